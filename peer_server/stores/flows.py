"""Flows and their versions as rows. Every function takes the workspace and answers nothing of another one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, insert, select, update

from flow_runtime.errors import Conflict, Json
from flow_runtime.store import Transaction
from flow_runtime.stores.definitions import get_definition, put_definition
from flow_runtime.stores.paging import Page, read_numbered_page, read_page
from peer_server.access import Principal, unknown
from peer_server.stores.definition_tables import flow_versions, flows
from peer_server.stores.grants import reached


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A flow as stored, with its draft."""

    id: str
    workspace_id: str
    owner_id: str | None
    seed_key: str | None
    name: str
    description: str
    draft: Mapping[str, Json]
    draft_rev: int
    latest_version: int | None
    deployed_version: int | None
    created_at: datetime
    updated_at: datetime
    deployed_at: datetime | None = None
    deployed_by: str | None = None


@dataclass(frozen=True, slots=True)
class FlowVersionRow:
    """A published version, without its definition; `audience` is who could reach the flow then."""

    flow_id: str
    number: int
    digest: str
    published_by: str
    published_at: datetime
    notes: str
    audience: Mapping[str, Json] | None


_FLOW_COLUMNS = [flows.c[name] for name in FlowRow.__slots__]
_VERSION_COLUMNS = [flow_versions.c[name] for name in FlowVersionRow.__slots__]


def _flows_of(workspace_id: str) -> Select[Any]:
    return select(*_FLOW_COLUMNS).where(flows.c.workspace_id == workspace_id, flows.c.deleted_at.is_(None))


def insert_flow(tx: Transaction, row: FlowRow) -> FlowRow:
    """Store a new flow; its draft becomes runnable at once."""
    put_definition(tx, row.draft, now=row.updated_at)
    tx.conn.execute(insert(flows).values({name: getattr(row, name) for name in FlowRow.__slots__}))
    return row


def get_flow(conn: Connection, flow_id: str, *, workspace_id: str, lock: bool = False) -> FlowRow:
    """The flow. Raises `NotFound`. With `lock`, nobody else changes it until this transaction ends."""
    query = _flows_of(workspace_id).where(flows.c.id == flow_id)
    found = conn.execute(query.with_for_update() if lock else query).first()
    if found is None:
        raise unknown("flow", flow_id)
    return _flow(found)


def seeded_flow(conn: Connection, seed_key: str, *, workspace_id: str) -> FlowRow | None:
    """The flow that was made from that example, if it is still there."""
    found = conn.execute(_flows_of(workspace_id).where(flows.c.seed_key == seed_key)).first()
    return None if found is None else _flow(found)


def owner_of_flow(conn: Connection, flow_id: str, *, workspace_id: str) -> str | None:
    """Whose flow it is, also if it was deleted; None without an owner, or for a flow of another workspace."""
    query = select(flows.c.owner_id).where(flows.c.id == flow_id, flows.c.workspace_id == workspace_id)
    owner_id: str | None = conn.scalar(query)
    return owner_id


def list_flows(conn: Connection, principal: Principal, *, search: str, cursor: str | None, limit: int) -> Page[FlowRow]:
    """A page of the flows that this principal may see, newest first; `search` looks into names and descriptions."""
    query = _flows_of(principal.workspace_id).where(
        reached(principal, "flow", id=flows.c.id, owner_id=flows.c.owner_id)
    )
    if search:
        text = flows.c.name + " " + flows.c.description
        query = query.where(text.icontains(search, autoescape=True))
    return read_page(conn, query, at=flows.c.created_at, id=flows.c.id, convert=_flow, cursor=cursor, limit=limit)


def update_draft(
    tx: Transaction, current: FlowRow, draft: Mapping[str, Json], *, draft_rev: int | None, now: datetime
) -> FlowRow:
    """Replace the draft of a locked flow. Raises `Conflict` ``stale_draft`` if it is no longer at `draft_rev`."""
    require_draft_rev(current, draft_rev)
    put_definition(tx, draft, now=now)
    values = {"name": draft["name"], "description": draft.get("description", ""), "draft": draft, "updated_at": now}
    tx.conn.execute(
        update(flows).where(flows.c.id == current.id).values(**values, draft_rev=current.draft_rev + 1),
    )
    return get_flow(tx.conn, current.id, workspace_id=current.workspace_id)


def offered_inputs(conn: Connection, flow: FlowRow, version: Literal["deployed", "latest"] | int) -> Mapping[str, Json]:
    """The schema of what that version of a flow takes; before one is published, of the draft. Raises `NotFound`."""
    deployed = flow.deployed_version or flow.latest_version
    number = version if isinstance(version, int) else flow.latest_version if version == "latest" else deployed
    definition = flow.draft
    if number is not None:
        found = get_version(conn, flow.id, number, workspace_id=flow.workspace_id)
        definition = get_definition(conn, found.digest)
    schema: Mapping[str, Json] = definition.get("inputs", {})
    return schema


def require_draft_rev(flow: FlowRow, draft_rev: int | None) -> None:
    """Raises `Conflict` ``stale_draft`` if a revision is named and the draft is no longer there."""
    if draft_rev is not None and draft_rev != flow.draft_rev:
        raise Conflict(
            "stale_draft",
            f"the draft is at revision {flow.draft_rev}, not {draft_rev}",
            remedy="read the flow again, apply your change to that draft, and send its draftRev",
            details={"draftRev": flow.draft_rev},
        )


def set_flow_owner(tx: Transaction, flow_id: str, owner_id: str) -> None:
    """Give a locked flow to somebody."""
    tx.conn.execute(update(flows).where(flows.c.id == flow_id).values(owner_id=owner_id))


def delete_flow(tx: Transaction, flow_id: str, *, now: datetime) -> None:
    """Take a locked flow away from everybody; its runs and versions stay."""
    tx.conn.execute(update(flows).where(flows.c.id == flow_id).values(deleted_at=now, seed_key=None))


def insert_version(
    tx: Transaction, flow: FlowRow, *, published_by: str, now: datetime, notes: str, audience: Mapping[str, Json]
) -> FlowVersionRow:
    """Freeze the draft of a locked flow as its next version."""
    number = (flow.latest_version or 0) + 1
    digest = put_definition(tx, flow.draft, now=now)
    row = FlowVersionRow(flow.id, number, digest, published_by, now, notes, audience)
    values = {name: getattr(row, name) for name in FlowVersionRow.__slots__}
    tx.conn.execute(insert(flow_versions).values(**values, workspace_id=flow.workspace_id))
    tx.conn.execute(update(flows).where(flows.c.id == flow.id).values(latest_version=number))
    return row


def set_deployed(tx: Transaction, flow_id: str, number: int | None, *, by: str, now: datetime) -> None:
    """Point the endpoint of a locked flow at a version, or at none."""
    values = {"deployed_version": number, "deployed_at": now, "deployed_by": by}
    tx.conn.execute(update(flows).where(flows.c.id == flow_id).values(values))


def get_version(conn: Connection, flow_id: str, number: int, *, workspace_id: str) -> FlowVersionRow:
    """One version. Raises `NotFound`."""
    query = select(*_VERSION_COLUMNS).where(
        flow_versions.c.flow_id == flow_id,
        flow_versions.c.number == number,
        flow_versions.c.workspace_id == workspace_id,
    )
    found = conn.execute(query).mappings().first()
    if found is None:
        raise unknown("version", str(number))
    return FlowVersionRow(**found)


def list_versions(conn: Connection, flow: FlowRow, *, cursor: str | None, limit: int) -> Page[FlowVersionRow]:
    """A page of the versions, newest first."""
    query = select(*_VERSION_COLUMNS).where(
        flow_versions.c.flow_id == flow.id, flow_versions.c.workspace_id == flow.workspace_id
    )
    return read_numbered_page(
        conn,
        query,
        number=flow_versions.c.number,
        convert=lambda row: FlowVersionRow(*row[: len(_VERSION_COLUMNS)]),
        cursor=cursor,
        limit=limit,
    )


def version_definition(conn: Connection, version: FlowVersionRow) -> dict[str, Json]:
    """The definition that a version froze."""
    return get_definition(conn, version.digest)


def _flow(found: Row[Any]) -> FlowRow:
    return FlowRow(*found[: len(_FLOW_COLUMNS)])
