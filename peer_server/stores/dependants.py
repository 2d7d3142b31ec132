"""Who uses a flow and goes on with whatever version it has: Peers, other flows, schedules, keys and links."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, Text, or_, select, type_coerce

from flow_runtime.errors import Json
from flow_runtime.stores.tables import definitions
from peer_server.access import Principal
from peer_server.flow_changes import steps_of
from peer_server.stores.definition_tables import flow_versions, flows, peer_versions, peers
from peer_server.stores.endpoint_tables import api_keys, share_links
from peer_server.stores.flows import FlowRow
from peer_server.stores.grants import reached
from peer_server.stores.schedule_tables import schedules

Follows = Literal["deployed", "latest"]
Kind = Literal["peer", "flow", "schedule", "key", "share-link"]


@dataclass(frozen=True, slots=True)
class Dependant:
    """Somebody who runs the version that is deployed, or the latest one, whichever that becomes."""

    kind: Kind
    id: str
    name: str
    follows: Follows
    is_visible: bool = True
    """Whether the one who asks may know of it."""


def dependants_of(conn: Connection, flow: FlowRow, principal: Principal, *, now: datetime) -> list[Dependant]:
    """Everybody who would notice another version; those who pinned a number would not."""
    return [*_peers(conn, flow, principal), *_flows(conn, flow, principal), *_programs(conn, flow, now)]


def _peers(conn: Connection, flow: FlowRow, principal: Principal) -> Iterator[Dependant]:
    visible = reached(principal, "peer", id=peers.c.id, owner_id=peers.c.owner_id).label("visible")
    query = (
        select(peers.c.id, peers.c.name, peer_versions.c.content, visible)
        .join(
            peer_versions, (peer_versions.c.peer_id == peers.c.id) & (peer_versions.c.number == peers.c.latest_version)
        )
        .where(peers.c.workspace_id == flow.workspace_id, peers.c.deleted_at.is_(None))
        .where(type_coerce(peer_versions.c.content, Text).contains(flow.id, autoescape=True))
        .order_by(peers.c.name)
    )
    for row in conn.execute(query):
        for follows in _followed(row.content.get("attachments", ()), flow.id):
            yield Dependant("peer", row.id, row.name, follows, bool(row.visible))


def _flows(conn: Connection, flow: FlowRow, principal: Principal) -> Iterator[Dependant]:
    """Flows whose deployed or newest version runs this one."""
    visible = reached(principal, "flow", id=flows.c.id, owner_id=flows.c.owner_id).label("visible")
    counts: ColumnElement[bool] = or_(
        flow_versions.c.number == flows.c.deployed_version, flow_versions.c.number == flows.c.latest_version
    )
    query = (
        select(flows.c.id, flows.c.name, definitions.c.definition, visible)
        .join(flow_versions, (flow_versions.c.flow_id == flows.c.id) & counts)
        .join(definitions, definitions.c.digest == flow_versions.c.digest)
        .where(flows.c.workspace_id == flow.workspace_id, flows.c.deleted_at.is_(None), flows.c.id != flow.id)
        .where(type_coerce(definitions.c.definition, Text).contains(flow.id, autoescape=True))
        .order_by(flows.c.name)
    )
    found: dict[tuple[str, Follows], Dependant] = {}
    for row in conn.execute(query):
        configs = [step.get("config") or {} for step in steps_of(row.definition.get("steps")).values()]
        for follows in _followed(configs, flow.id):
            found[row.id, follows] = Dependant("flow", row.id, row.name, follows, bool(row.visible))
    yield from found.values()


def _programs(conn: Connection, flow: FlowRow, now: datetime) -> Iterator[Dependant]:
    """Schedules that run, keys that were used, and links that are open."""
    fired = select(schedules.c.id, schedules.c.name).where(
        schedules.c.flow_id == flow.id, schedules.c.enabled, schedules.c.cancelled_at.is_(None)
    )
    used = select(api_keys.c.id, api_keys.c.name).where(
        api_keys.c.flow_id == flow.id,
        api_keys.c.last_used_at.is_not(None),
        or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now),
    )
    open_links = select(share_links.c.id, share_links.c.name).where(
        share_links.c.flow_id == flow.id,
        share_links.c.version.is_(None),
        or_(share_links.c.expires_at.is_(None), share_links.c.expires_at > now),
    )
    kinds: Sequence[tuple[Kind, Select[Any]]] = (("schedule", fired), ("key", used), ("share-link", open_links))
    for kind, query in kinds:
        for row in conn.execute(query):
            yield Dependant(kind, row.id, row.name, "deployed")


def _followed(places: Iterator[Mapping[str, Json]] | list[Mapping[str, Json]], flow_id: str) -> set[Follows]:
    """How places that name a flow follow it: ``deployed`` where they say nothing."""
    versions = {place.get("version", "deployed") for place in places if place.get("flowId") == flow_id}
    return {follows for follows in ("deployed", "latest") if follows in versions}
