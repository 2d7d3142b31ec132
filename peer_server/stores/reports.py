"""Reports of answers, as rows."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from flow_runtime.store import Transaction
from flow_runtime.stores.paging import Page, read_page
from peer_server.access import unknown
from peer_server.stores.report_tables import message_reports


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What somebody told about an answer; with `closed_at` somebody has looked after it."""

    id: str
    workspace_id: str
    peer_id: str
    conversation_id: str
    message_id: str
    reporter_kind: str
    reporter_id: str
    reporter_name: str
    reason: str
    comment: str | None
    text: str
    reported_at: datetime
    closed_at: datetime | None = None
    closed_by: str | None = None
    closed_by_name: str | None = None
    note: str | None = None


_COLUMNS = [message_reports.c[name] for name in ReportRow.__slots__]


def put_report(tx: Transaction, row: ReportRow) -> ReportRow:
    """Store a report; the same person's earlier one of this answer becomes it, and is open again."""
    values = {name: getattr(row, name) for name in ReportRow.__slots__}
    mine = (message_reports.c.message_id == row.message_id, message_reports.c.reporter_id == row.reporter_id)
    known = tx.conn.execute(select(message_reports.c.id).where(*mine)).scalar_one_or_none()
    if known is None:
        tx.conn.execute(insert(message_reports).values(values))
        return row
    tx.conn.execute(update(message_reports).where(*mine).values(values | {"id": known}))
    return replace(row, id=known)


def list_reports(
    conn: Connection, peer_id: str, *, is_open: bool | None, cursor: str | None, limit: int
) -> Page[ReportRow]:
    """A page of the reports of a Peer, newest first. Raises `InvalidDefinition` ``invalid_cursor``."""
    query = select(*_COLUMNS).where(message_reports.c.peer_id == peer_id)
    if is_open is not None:
        closed_at = message_reports.c.closed_at
        query = query.where(closed_at.is_(None) if is_open else closed_at.is_not(None))
    return read_page(
        conn,
        query,
        at=message_reports.c.reported_at,
        id=message_reports.c.id,
        convert=lambda found: ReportRow(*found[: len(_COLUMNS)]),
        cursor=cursor,
        limit=limit,
    )


def get_report(conn: Connection, report_id: str, *, peer_id: str) -> ReportRow:
    """A report of that Peer. Raises `NotFound`."""
    is_it = (message_reports.c.id == report_id, message_reports.c.peer_id == peer_id)
    found = conn.execute(select(*_COLUMNS).where(*is_it)).one_or_none()
    if found is None:
        raise unknown("report", report_id)
    return ReportRow(*found)


def close_report(tx: Transaction, row: ReportRow) -> None:
    """Store who closed the report, when, and what they noted."""
    names = ("closed_at", "closed_by", "closed_by_name", "note")
    values = {name: getattr(row, name) for name in names}
    tx.conn.execute(update(message_reports).where(message_reports.c.id == row.id).values(values))
