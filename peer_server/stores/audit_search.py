"""Finding audit records: conditions that hold or do not hold, all of them or any, in a range of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, not_, or_, select

from flow_runtime.stores.paging import Page, no_cursor
from peer_server.stores.audit_tables import audit_records

Field = Literal["event", "category", "userId", "userName", "ip", "channel", "objectKind", "objectId", "flowId"]
FIELDS: Final[tuple[Field, ...]] = get_args(Field)
_COLUMNS: Final[Mapping[Field, Any]] = {
    "event": audit_records.c.event,
    "category": audit_records.c.category,
    "userId": audit_records.c.actor_id,
    "userName": audit_records.c.actor_name,
    "ip": audit_records.c.address,
    "channel": audit_records.c.channel,
    "objectKind": audit_records.c.object_kind,
    "objectId": audit_records.c.object_id,
    "flowId": audit_records.c.flow_id,
}
_NEWEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter: the field is this value, or (`negated`) is not."""

    field: Field
    negated: bool
    value: str


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for in the log of a workspace, or of one flow."""

    workspace_id: str
    since: datetime
    until: datetime
    flow_id: str | None = None
    conditions: Sequence[Condition] = ()
    match: Literal["all", "any"] = "all"


def find_audit(conn: Connection, search: Search, *, cursor: str | None, limit: int) -> Page[RowMapping]:
    """A page of records, newest first. Raises `InvalidDefinition` for a cursor that was not given out."""
    query = _query(search).where(audit_records.c.seq < _seq(cursor))
    rows = conn.execute(query.order_by(audit_records.c.seq.desc()).limit(limit + 1)).mappings().all()
    more = len(rows) > limit
    return Page(rows[:limit], str(rows[limit - 1]["seq"]) if more else None)


def _query(search: Search) -> Select[Any]:
    table = audit_records.c
    query = select(audit_records).where(
        table.workspace_id == search.workspace_id, table.at >= search.since, table.at < search.until
    )
    if search.flow_id is not None:
        query = query.where(table.flow_id == search.flow_id)
    if search.conditions:
        found = [_condition(one) for one in search.conditions]
        query = query.where(and_(*found) if search.match == "all" else or_(*found))
    return query


def _condition(condition: Condition) -> ColumnElement[bool]:
    column = _COLUMNS[condition.field]
    holds = and_(column.is_not(None), column == condition.value)
    return not_(holds) if condition.negated else holds


def _seq(cursor: str | None) -> int:
    if cursor is None:
        return _NEWEST
    if not cursor.isdecimal() or len(cursor) > len(str(_NEWEST)) - 1:
        raise no_cursor(cursor)
    return int(cursor)
