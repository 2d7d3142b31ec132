"""Webhooks of flows at tools, as rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, Row, insert, select

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from flow_runtime.stores.tables import runs
from peer_server.access import unknown
from peer_server.stores.statements import set_columns
from peer_server.stores.tool_tables import webhooks

WebhookStatus = Literal["pending", "active", "failing", "removing", "remove_failed", "removed"]
LIVE: Final[tuple[WebhookStatus, ...]] = ("pending", "active", "failing")
"""Those whose events are taken."""
LEAVING: Final[tuple[WebhookStatus, ...]] = ("removing", "remove_failed")


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook as stored."""

    id: str
    workspace_id: str
    flow_id: str
    tool_id: str
    tool_trigger_id: str
    status: WebhookStatus
    config: Mapping[str, Json]
    token_digest: str
    secret: bytes
    secret_rev: int
    external_id: str | None
    attempts: int
    due_at: datetime | None
    error: Mapping[str, Json] | None
    created_at: datetime
    registered_at: datetime | None
    last_event_at: datetime | None
    last_run_id: str | None


_COLUMNS: Final = [webhooks.c[name] for name in WebhookRow.__slots__]


def insert_webhook(tx: Transaction, row: WebhookRow) -> None:
    """Store a new webhook. The caller has locked the flow."""
    tx.conn.execute(insert(webhooks).values({name: getattr(row, name) for name in WebhookRow.__slots__}))


def change_webhook(tx: Transaction, webhook_id: str, **values: Json) -> None:
    """Set these columns."""
    set_columns(tx, webhooks, row_id=webhook_id, values=values)


def webhooks_of(conn: Connection, flow_id: str) -> list[WebhookRow]:
    """The webhooks of a flow that are there or still to be unregistered, oldest first."""
    return _read(conn, webhooks.c.flow_id == flow_id, webhooks.c.status != "removed")


def live_at_tool(conn: Connection, tool_id: str) -> list[WebhookRow]:
    """The webhooks at a tool whose events are taken."""
    return _read(conn, webhooks.c.tool_id == tool_id, webhooks.c.status.in_(LIVE))


def get_webhook(conn: Connection, webhook_id: str, *, flow_id: str) -> WebhookRow:
    """A webhook of that flow that was not removed. Raises `NotFound`."""
    found = _read(conn, webhooks.c.id == webhook_id, webhooks.c.flow_id == flow_id, webhooks.c.status != "removed")
    if not found:
        raise unknown("trigger", webhook_id)
    return found[0]


def find_by_token(conn: Connection, digest: str) -> WebhookRow | None:
    """The webhook that a callback URL belongs to, if its events are taken."""
    return next(iter(_read(conn, webhooks.c.token_digest == digest, webhooks.c.status.in_(LIVE))), None)


def due_webhooks(conn: Connection, now: datetime, *, limit: int) -> list[WebhookRow]:
    """Those that something is to be done about, the most overdue first."""
    query = select(*_COLUMNS).where(webhooks.c.due_at <= now).order_by(webhooks.c.due_at).limit(limit)
    return [_row(found) for found in conn.execute(query)]


def claim_webhook(tx: Transaction, webhook_id: str, *, now: datetime, until: datetime) -> WebhookRow | None:
    """Take on what is to be done about a webhook, up to that time; None if another process was faster."""
    query = select(*_COLUMNS).where(webhooks.c.id == webhook_id, webhooks.c.due_at <= now).with_for_update()
    found = tx.conn.execute(query).first()
    if found is None:
        return None
    row = _row(found)
    change_webhook(tx, row.id, due_at=until, attempts=row.attempts + 1)
    return row


def run_of_event(conn: Connection, key: str, *, workspace_id: str) -> str | None:
    """The run that was started with that idempotency key."""
    query = select(runs.c.id).where(runs.c.workspace_id == workspace_id, runs.c.idempotency_key == key)
    run_id: str | None = conn.scalar(query)
    return run_id


def _read(conn: Connection, *conditions: ColumnElement[bool]) -> list[WebhookRow]:
    query = select(*_COLUMNS).where(*conditions).order_by(webhooks.c.created_at, webhooks.c.id)
    return [_row(found) for found in conn.execute(query)]


def _row(found: Row[Any]) -> WebhookRow:
    return WebhookRow(*found[: len(_COLUMNS)])
