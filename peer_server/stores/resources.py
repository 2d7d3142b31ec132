"""What exists in a workspace and is within reach, for the checks that follow a definition's references."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, Table, or_, select

from flow_runtime.checks import ResourceKind
from flow_runtime.models.catalog import BUILT_IN, LANGCHAIN_PROVIDERS, OPENAI_SERVER, missing_packages
from peer_server.access import Principal
from peer_server.stores.auth_profiles import list_profiles
from peer_server.stores.data_sources import source_names
from peer_server.stores.definition_tables import flows, peers
from peer_server.stores.grants import ObjectKind, reached
from peer_server.stores.model_connections import list_connections
from peer_server.stores.tools import list_triggers
from peer_server.stores.variables import list_variables


@dataclass(frozen=True, slots=True)
class KnownResources:
    """Ids of flows, Peers, widgets and profiles, and names of profiles and of variables that have a value."""

    names: Mapping[ResourceKind, Collection[str]]
    providers: Mapping[str, str] = field(default_factory=dict)
    """The provider of LangChain behind each connection."""

    def has(self, kind: ResourceKind, name: str) -> bool:
        """Whether it exists; kinds that were not loaded count as existing."""
        return kind not in self.names or name in self.names[kind]

    def lacks(self, kind: ResourceKind, name: str) -> str:
        """What is to be installed before it works; empty if it works."""
        if kind != "connection":
            return ""
        provider = self.providers.get(name, name if name in LANGCHAIN_PROVIDERS else "")
        missing = missing_packages(provider) if provider else []
        return f"install {' and '.join(missing)} where the server runs" if missing else ""


def load_resources(
    conn: Connection,
    flow_id: str,
    *,
    principal: Principal,
    kept: Collection[tuple[ResourceKind, str]] | None,
    widgets: Collection[str],
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
            old = [name for what, name in kept if what == kind]
            query = query.where(
                or_(reached(principal, kind, id=own_id, owner_id=owner_id, least="runner"), own_id.in_(old))
            )
        return frozenset(conn.scalars(query))

    rows = [row for scope in (None, flow_id) for row in list_variables(conn, scope, workspace_id=workspace_id)]
    connections = list_connections(conn, workspace_id=workspace_id)
    effective = {row.name: row for row in rows}  # A flow's own come later, and count.
    return KnownResources(
        {
            "flow": ids("flow", flows),
            "peer": ids("peer", peers),
            "widget": widgets,
            "profile": frozenset(_profiles(conn, flow_id, workspace_id=workspace_id)),
            "trigger": frozenset(one.type for one in list_triggers(conn, workspace_id=workspace_id)),
            "connection": frozenset((*BUILT_IN, *LANGCHAIN_PROVIDERS, *(row.name for row in connections))),
            "data source": frozenset(one for both in source_names(conn, workspace_id=workspace_id) for one in both),
            "variable": frozenset(name for name, row in effective.items() if row.is_set),
        },
        {row.name: "" if row.provider == OPENAI_SERVER else row.provider for row in connections},
    )


def _profiles(conn: Connection, flow_id: str, *, workspace_id: str) -> Iterator[str]:
    """Ids and names of the authorization profiles that the flow may use."""
    for profile in list_profiles(conn, workspace_id=workspace_id):
        if profile.may_be_used_by(flow_id):
            yield from (profile.id, profile.name)
