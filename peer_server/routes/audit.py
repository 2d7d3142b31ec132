"""`/v1/workspace/audit` and `/v1/flow/{id}/audit`: who did what. Only reading: nothing here changes a record."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import Depends, Query
from fastapi.responses import StreamingResponse
from sqlalchemy import RowMapping

from flow_runtime.errors import InvalidDefinition, Json
from peer_server.access import Principal
from peer_server.audit_events import AUDIT_EVENTS, CATEGORIES
from peer_server.services.oversight.audit_log import AuditQuery
from peer_server.stores.audit_search import FIELDS, Condition
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, AwareMoment, Cursor, Limit

api = router("audit")
Admin = Annotated[Principal, needs("workspace.audit")]
Manager = Annotated[Principal, needs("flow.audit")]

COLUMNS: Final = {
    "number": "seq",
    "date and time": "at",
    "event": "event",
    "category": "category",
    "user id": "actor_id",
    "user name": "actor_name",
    "ip": "address",
    "channel": "channel",
    "object": "object_kind",
    "object id": "object_id",
    "flow id": "flow_id",
    "description": "description",
}
_OPERATORS: Final = {"is": False, "isNot": True}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula."""


class AuditAnswer(Answer):
    """One record."""

    seq: int
    id: str
    at: datetime
    event: str
    category: str
    user_id: str
    user_name: str
    user_kind: str
    ip: str | None
    channel: str
    object_kind: str
    object_id: str
    flow_id: str | None
    description: str
    digest: str | None
    """The SHA-256 of what a decision was about."""
    details: Json


class AuditList(Answer):
    """Records, newest first."""

    items: list[AuditAnswer]
    next_cursor: str | None


class EventAnswer(Answer):
    """One kind of event."""

    event: str
    category: str
    description: str


class EventList(Answer):
    """Every event that there may be, and what can be filtered by."""

    categories: list[str]
    fields: list[str]
    items: list[EventAnswer]


class FlawAnswer(Answer):
    """The first record that is not as it was written."""

    seq: int
    code: str
    message: str


class VerifiedAnswer(Answer):
    """Whether the log is as it was written."""

    ok: bool
    records: int
    flaw: FlawAnswer | None


def _query(
    filters: Annotated[
        list[str],
        Query(
            alias="filter",
            max_length=50,
            description=f"`field:is:value` or `field:isNot:value`; fields are {', '.join(FIELDS)}.",
            examples=["category:is:people"],
        ),
    ] = [],  # noqa: B006 - FastAPI copies it
    match: Annotated[Literal["all", "any"], Query(description="All filters must hold, or any.")] = "all",
    since: Annotated[AwareMoment | None, Query(alias="from", description="Default: 30 days before `to`.")] = None,
    until: Annotated[AwareMoment | None, Query(alias="to", description="Default: now.")] = None,
) -> AuditQuery:
    return AuditQuery(since, until, [_condition(text) for text in filters], match)


Wanted = Annotated[AuditQuery, Depends(_query)]


@api.get("/v1/workspace/audit")
async def of_workspace(
    *,
    query: Wanted,
    who: Admin,
    services: Use,
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> AuditList:
    """Everything that was done in the workspace, newest first."""
    page = await services.audit.page(who, query, flow_id=None, cursor=cursor, limit=limit)
    return AuditList(items=[_answer(row) for row in page.items], next_cursor=page.next_cursor)


@api.get("/v1/workspace/audit/export", response_class=StreamingResponse)
async def export_workspace(*, query: Wanted, who: Admin, services: Use) -> StreamingResponse:
    """The same as a CSV file."""
    return _file(await services.audit.export(who, query, flow_id=None))


@api.get("/v1/workspace/audit/event", dependencies=[needs("workspace.audit")])
async def events() -> EventList:
    """Every event that there may be."""
    items = [EventAnswer(event=name, category=e.category, description=e.sentence) for name, e in AUDIT_EVENTS.items()]
    return EventList(categories=list(CATEGORIES), fields=list(FIELDS), items=items)


@api.get("/v1/workspace/audit/verify")
async def verify(*, who: Admin, services: Use) -> VerifiedAnswer:
    """Whether every record is as it was written, and the first one that is not."""
    found = await services.audit.verify(who.workspace_id)
    flaw = found.flaw
    told = None if flaw is None else FlawAnswer(seq=flaw.seq, code=flaw.code, message=flaw.message)
    return VerifiedAnswer(ok=flaw is None, records=found.records, flaw=told)


@api.get("/v1/flow/{flow_id}/audit")
async def of_flow(
    *,
    flow_id: str,
    query: Wanted,
    who: Manager,
    services: Use,
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> AuditList:
    """Everything that was done with a flow, newest first."""
    page = await services.audit.page(who, query, flow_id=flow_id, cursor=cursor, limit=limit)
    return AuditList(items=[_answer(row) for row in page.items], next_cursor=page.next_cursor)


@api.get("/v1/flow/{flow_id}/audit/export", response_class=StreamingResponse)
async def export_flow(*, flow_id: str, query: Wanted, who: Manager, services: Use) -> StreamingResponse:
    """The same as a CSV file."""
    return _file(await services.audit.export(who, query, flow_id=flow_id))


def _condition(text: str) -> Condition:
    field, _, rest = text.partition(":")
    operator, separator, value = rest.partition(":")
    if field not in FIELDS or operator not in _OPERATORS or not separator:
        raise InvalidDefinition(
            "invalid_filter",
            f"{text!r} is not a filter",
            path="query:filter",
            remedy=f"send field:is:value or field:isNot:value; fields are {', '.join(FIELDS)}",
        )
    return Condition(field, _OPERATORS[operator], value)


def _answer(row: RowMapping) -> AuditAnswer:
    return AuditAnswer(
        seq=row["seq"],
        id=row["id"],
        at=row["at"],
        event=row["event"],
        category=row["category"],
        user_id=row["actor_id"],
        user_name=row["actor_name"],
        user_kind=row["actor_kind"],
        ip=row["address"],
        channel=row["channel"],
        object_kind=row["object_kind"],
        object_id=row["object_id"],
        flow_id=row["flow_id"],
        description=row["description"],
        digest=row["digest"],
        details=None if row["details"] is None else orjson.loads(row["details"]),
    )


def _file(parts: AsyncIterator[Sequence[RowMapping]]) -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        yield _csv([list(COLUMNS)])
        async for rows in parts:
            yield _csv([[_cell(row[column]) for column in COLUMNS.values()] for row in rows])

    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(lines(), media_type="text/csv", headers=headers)


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(value: Any) -> str:  # noqa: ANN401 - whatever a column holds
    text = value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
