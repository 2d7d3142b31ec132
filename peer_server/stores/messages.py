"""Rows of messages: what commands must find again. Core functions for `Store.write` and `Store.read`."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.access import unknown
from peer_server.stores.conversation_tables import messages
from peer_server.stores.statements import set_columns


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


_NAMES = tuple(field.name for field in fields(MessageRow))
_ADD = insert(messages)
_OF_CONVERSATION = select(*(messages.c[name] for name in _NAMES)).where(
    messages.c.conversation_id == bindparam("conversation")
)
_BY_ID = _OF_CONVERSATION.where(messages.c.id == bindparam("message"))
_BY_CLIENT_ID = _OF_CONVERSATION.where(messages.c.client_message_id == bindparam("client"))


def insert_message(tx: Transaction, message: MessageRow) -> None:
    """Add a message. The caller holds the conversation's lock."""
    tx.conn.execute(_ADD, {name: getattr(message, name) for name in _NAMES})


def update_message(tx: Transaction, message_id: str, **values: Json) -> None:
    """Set columns of a message. The caller holds the conversation's lock."""
    set_columns(tx, messages, row_id=message_id, values=values)


def delete_message(tx: Transaction, message_id: str) -> None:
    """Remove a queued message that was taken back. The caller holds the conversation's lock."""
    tx.conn.execute(delete(messages).where(messages.c.id == message_id))


def get_message(conn: Connection, conversation_id: str, message_id: str) -> MessageRow:
    """The message of that conversation. Raises `NotFound`."""
    row = conn.execute(_BY_ID, {"message": message_id, "conversation": conversation_id}).one_or_none()
    if row is None:
        raise unknown("message", message_id)
    return MessageRow(*row)


def find_by_client_id(conn: Connection, conversation_id: str, client_message_id: str) -> MessageRow | None:
    """The message that was sent under the client's id before, if it was."""
    row = conn.execute(_BY_CLIENT_ID, {"client": client_message_id, "conversation": conversation_id}).one_or_none()
    return None if row is None else MessageRow(*row)


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
