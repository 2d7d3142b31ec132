"""Widgets shown in messages. Core functions for `Store.write` and `Store.read`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from sqlalchemy import Connection, insert, select, update

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.access import unknown
from peer_server.stores.conversation_tables import message_widgets


@dataclass(frozen=True, slots=True)
class MessageWidget:
    """One row of `message_widgets`; `actions` says what each action does and is never told to clients."""

    id: str
    conversation_id: str
    workspace_id: str
    message_id: str
    run_id: str
    widget_id: str
    state: Json
    rev: int
    actions: Mapping[str, Json]


_COLUMNS = tuple(message_widgets.c[field.name] for field in fields(MessageWidget))


def insert_widget(tx: Transaction, widget: MessageWidget) -> None:
    """Add a widget to a message. The caller holds, or will take, the conversation's lock."""
    row = {field.name: getattr(widget, field.name) for field in fields(MessageWidget)}
    tx.conn.execute(insert(message_widgets).values(row))


def get_widget(conn: Connection, message_widget_id: str, *, workspace_id: str) -> MessageWidget:
    """The widget. Raises `NotFound`, also for another workspace."""
    query = select(*_COLUMNS).where(
        message_widgets.c.id == message_widget_id, message_widgets.c.workspace_id == workspace_id
    )
    row = conn.execute(query).one_or_none()
    if row is None:
        raise unknown("widget", message_widget_id)
    return MessageWidget(*row)


def set_widget_state(tx: Transaction, message_widget_id: str, *, state: Json, rev: int) -> None:
    """Write the next revision. The caller holds the conversation's lock and has checked the last one."""
    changed = update(message_widgets).where(message_widgets.c.id == message_widget_id)
    tx.conn.execute(changed.values(state=state, rev=rev))
