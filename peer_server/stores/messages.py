"""Rows of messages: what commands must find again. Core functions for `Store.write` and `Store.read`."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.access import unknown
from peer_server.stores.conversation_tables import messages


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One row of `messages`, as read."""

    id: str
    conversation_id: str
    workspace_id: str
    role: str
    status: str
    parent_id: str | None
    turn_id: str | None
    client_message_id: str | None
    placed_seq: int | None
    text: str
    created_at: datetime


_COLUMNS = tuple(messages.c[field.name] for field in fields(MessageRow))


def insert_message(tx: Transaction, message: MessageRow) -> None:
    """Add a message. The caller holds the conversation's lock."""
    row = {field.name: getattr(message, field.name) for field in fields(MessageRow)}
    tx.conn.execute(insert(messages).values(row))


def update_message(tx: Transaction, message_id: str, **values: Json) -> None:
    """Set columns of a message. The caller holds the conversation's lock."""
    tx.conn.execute(update(messages).where(messages.c.id == message_id).values(values))


def delete_message(tx: Transaction, message_id: str) -> None:
    """Remove a queued message that was taken back. The caller holds the conversation's lock."""
    tx.conn.execute(delete(messages).where(messages.c.id == message_id))


def get_message(conn: Connection, conversation_id: str, message_id: str) -> MessageRow:
    """The message of that conversation. Raises `NotFound`."""
    query = select(*_COLUMNS).where(messages.c.id == message_id, messages.c.conversation_id == conversation_id)
    row = conn.execute(query).one_or_none()
    if row is None:
        raise unknown("message", message_id)
    return MessageRow(*row)


def find_by_client_id(conn: Connection, conversation_id: str, client_message_id: str) -> MessageRow | None:
    """The message that was sent under the client's id before, if it was."""
    query = select(*_COLUMNS).where(
        messages.c.conversation_id == conversation_id, messages.c.client_message_id == client_message_id
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else MessageRow(*row)


def streaming_messages(conn: Connection, turn_id: str, conversation_id: str) -> list[MessageRow]:
    """The messages that a turn began and did not finish."""
    query = select(*_COLUMNS).where(
        messages.c.conversation_id == conversation_id,
        messages.c.turn_id == turn_id,
        messages.c.status == "streaming",
    )
    return [MessageRow(*row) for row in conn.execute(query)]


def newest_below(conn: Connection, conversation_id: str, message_id: str) -> str:
    """The newest message that descends from this one, or itself: the leaf that selecting it shows.

    The same rule as in `peer_server.conversation`.
    """
    query = (
        select(messages.c.id, messages.c.parent_id)
        .where(messages.c.conversation_id == conversation_id, messages.c.placed_seq.is_not(None))
        .order_by(messages.c.placed_seq)
    )
    below, newest = {message_id}, message_id
    for found_id, parent_id in conn.execute(query):
        if parent_id in below:
            below.add(found_id)
            newest = found_id
    return newest
