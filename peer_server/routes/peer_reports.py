"""`/v1/peer/:id/report`: what people reported about the answers of a Peer."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from peer_server.access import Principal
from peer_server.stores.reports import ReportRow
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body, Cursor, Limit
from peer_server.wire import ReportReason

api = router("peer")
Manager = Annotated[Principal, needs("peer.reports")]


class ReportClosing(Body):
    """What came of it."""

    note: Annotated[str, Field(max_length=2000, examples=["The prompt names the right office now."])] | None = None


class ReportAnswer(Answer):
    """A report: what was said of which answer, and what came of it."""

    id: str
    status: Literal["open", "closed"]
    reason: ReportReason
    comment: str | None
    text: str
    """The answer as it was when it was reported; at most its first 20,000 characters."""
    conversation_id: str
    message_id: str
    reported_by: str
    reported_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    note: str | None


class ReportPage(Answer):
    """A page of reports, newest first."""

    items: list[ReportAnswer]
    next_cursor: str | None = None


@api.get("/v1/peer/{peer_id}/report")
async def page(
    *,
    peer_id: str,
    who: Manager,
    services: Use,
    status: Annotated[Literal["open", "closed"] | None, Query()] = None,
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> ReportPage:
    """What people reported about the answers of this Peer."""
    is_open = None if status is None else status == "open"
    found = await services.chat.reports.list(who, peer_id, is_open=is_open, cursor=cursor, limit=limit)
    return ReportPage(items=[_answer(row) for row in found.items], next_cursor=found.next_cursor)


@api.post("/v1/peer/{peer_id}/report/{report_id}/close")
async def close(
    *, peer_id: str, report_id: str, who: Manager, services: Use, body: ReportClosing | None = None
) -> ReportAnswer:
    """Mark a report as looked after; closing it again changes nothing."""
    note = None if body is None else body.note
    return _answer(await services.chat.reports.close(who, peer_id, report_id, note=note))


def _answer(row: ReportRow) -> ReportAnswer:
    return ReportAnswer.model_validate(
        {
            "id": row.id,
            "status": "open" if row.closed_at is None else "closed",
            "reason": row.reason,
            "comment": row.comment,
            "text": row.text,
            "conversation_id": row.conversation_id,
            "message_id": row.message_id,
            "reported_by": row.reporter_name,
            "reported_at": row.reported_at,
            "closed_by": row.closed_by_name,
            "closed_at": row.closed_at,
            "note": row.note,
        }
    )
