"""What exists in a workspace and is within reach, for the checks that follow a definition's references."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Table, or_, select

from flow_runtime.checks import ResourceKind
from peer_server.access import Principal
from peer_server.stores.definition_tables import flows, peers, variables
from peer_server.stores.grants import ObjectKind, reached


@dataclass(frozen=True, slots=True)
class KnownResources:
    """Ids of flows, Peers and widgets, and names of variables."""

    names: Mapping[ResourceKind, Collection[str]]

    def has(self, kind: ResourceKind, name: str) -> bool:
        """Whether it exists; kinds that were not loaded count as existing."""
        return kind not in self.names or name in self.names[kind]


def load_resources(
    conn: Connection, flow_id: str, *, principal: Principal, kept: Collection[str] | None, widgets: Collection[str]
) -> KnownResources:
    """Everything that a definition of this flow may refer to.

    Flows and Peers are those that the principal may run or talk to, and those in `kept`; without `kept` all of the
    workspace.
    """
    workspace_id = principal.workspace_id

    def ids(kind: ObjectKind, table: Table) -> frozenset[str]:
        own_id, owner_id = table.c.id, table.c.owner_id
        query = select(own_id).where(table.c.workspace_id == workspace_id, table.c.deleted_at.is_(None))
        if kept is not None:
            query = query.where(
                or_(reached(principal, kind, id=own_id, owner_id=owner_id, least="runner"), own_id.in_(kept))
            )
        return frozenset(conn.scalars(query))

    own = select(variables.c.name).where(variables.c.workspace_id == workspace_id, variables.c.flow_id == flow_id)
    return KnownResources(
        {
            "flow": ids("flow", flows),
            "peer": ids("peer", peers),
            "widget": widgets,
            "variable": frozenset(conn.scalars(own)),
        }
    )
