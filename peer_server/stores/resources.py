"""What exists in a workspace, for the checks that follow a definition's references."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Connection, select

from flow_runtime.checks import ResourceKind
from peer_server.stores.definition_tables import flows, peers, variables


@dataclass(frozen=True, slots=True)
class KnownResources:
    """Ids of flows, Peers and widgets, and names of variables."""

    names: Mapping[ResourceKind, Collection[str]]

    def has(self, kind: ResourceKind, name: str) -> bool:
        """Whether it exists; kinds that were not loaded count as existing."""
        return kind not in self.names or name in self.names[kind]


def load_resources(conn: Connection, flow_id: str, *, workspace_id: str) -> KnownResources:
    """Everything that a definition of this flow may refer to."""

    def ids(column: Column[str], *conditions: ColumnElement[bool]) -> frozenset[str]:
        return frozenset(conn.scalars(select(column).where(*conditions)))

    return KnownResources(
        {
            "flow": ids(flows.c.id, flows.c.workspace_id == workspace_id, flows.c.deleted_at.is_(None)),
            "peer": ids(peers.c.id, peers.c.workspace_id == workspace_id, peers.c.deleted_at.is_(None)),
            "variable": ids(variables.c.name, variables.c.workspace_id == workspace_id, variables.c.flow_id == flow_id),
        }
    )
