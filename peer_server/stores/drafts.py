"""Half-typed forms. Core functions for `Store.write` and `Store.read`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.stores.conversation_tables import form_drafts


@dataclass(frozen=True, slots=True)
class Draft:
    """One row of `form_drafts`; `rev` grows by one with every save."""

    interrupt_id: str
    conversation_id: str | None
    workspace_id: str
    values: Mapping[str, Json]
    rev: int
    page: int | None
    saved_by: Mapping[str, Json]
    saved_at: datetime


_COLUMNS = tuple(form_drafts.c[field.name] for field in fields(Draft))


def find_draft(conn: Connection, interrupt_id: str) -> Draft | None:
    """The draft of a form, if somebody has typed anything."""
    row = conn.execute(select(*_COLUMNS).where(form_drafts.c.interrupt_id == interrupt_id)).one_or_none()
    return None if row is None else Draft(*row)


def drafts_of(conn: Connection, conversation_id: str) -> list[Draft]:
    """The drafts of all open forms of a conversation."""
    query = select(*_COLUMNS).where(form_drafts.c.conversation_id == conversation_id)
    return [Draft(*row) for row in conn.execute(query.order_by(form_drafts.c.interrupt_id))]


def put_draft(tx: Transaction, draft: Draft) -> None:
    """Write revision `draft.rev`. The caller holds the lock of the run whose form it is."""
    row = {field.name: getattr(draft, field.name) for field in fields(Draft)}
    if draft.rev == 1:
        tx.conn.execute(insert(form_drafts).values(row))
    else:
        tx.conn.execute(update(form_drafts).where(form_drafts.c.interrupt_id == draft.interrupt_id).values(row))


def delete_draft(tx: Transaction, interrupt_id: str) -> None:
    """Forget the draft of a form that is closed. Idempotent."""
    tx.conn.execute(delete(form_drafts).where(form_drafts.c.interrupt_id == interrupt_id))
