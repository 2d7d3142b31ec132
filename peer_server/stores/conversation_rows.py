"""The row of a conversation: reading, locking, listing. Core functions for `Store.write` and `Store.read`."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, insert, or_, select

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from flow_runtime.stores.columns import from_microseconds, to_microseconds
from flow_runtime.stores.paging import Page, no_cursor
from peer_server.access import Principal, unknown
from peer_server.stores.conversation_tables import conversations, messages
from peer_server.stores.statements import set_columns


@dataclass(frozen=True, slots=True)
class Conversation:
    """One row of `conversations`, as read."""

    id: str
    workspace_id: str
    peer_id: str
    is_preview: bool
    owner_kind: str
    owner_id: str
    owner_name: str
    epoch: str
    last_seq: int
    head_message_id: str | None
    active_turn_id: str | None
    title: str | None
    pinned: bool
    archived: bool
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    deleted_at: datetime | None
    purged_at: datetime | None = None

    def is_open_to(self, principal: Principal) -> bool:
        """Whether this principal takes part in the conversation."""
        return self.workspace_id == principal.workspace_id and (
            principal.kind == "system" or self.owner_id == principal.id
        )


_DIGITS = 17
_COLUMNS = tuple(conversations.c[field.name] for field in fields(Conversation))
_BY_ID = select(*_COLUMNS).where(conversations.c.id == bindparam("conversation"))
_LOCK = _BY_ID.with_for_update()


def insert_conversation(tx: Transaction, conversation: Conversation) -> None:
    """Add a new conversation."""
    row = {field.name: getattr(conversation, field.name) for field in fields(Conversation)}
    tx.conn.execute(insert(conversations).values(row))


def find_conversation(conn: Connection, conversation_id: str, *, lock: bool = False) -> Conversation | None:
    """The conversation of any workspace and state, or None; with `lock` nobody else changes it until the commit."""
    row = conn.execute(_LOCK if lock else _BY_ID, {"conversation": conversation_id}).one_or_none()
    return None if row is None else Conversation(*row)


def get_conversation(
    conn: Connection, conversation_id: str, *, principal: Principal, lock: bool = False, deleted: bool = False
) -> Conversation:
    """The conversation, if this principal takes part in it. Raises `NotFound` otherwise, and for deleted ones.

    `deleted` asks for one that was deleted and can be brought back.
    """
    found = find_own(conn, conversation_id, principal=principal, lock=lock)
    if (found.deleted_at is not None) != deleted:
        raise unknown("conversation", conversation_id)
    return found


def find_own(conn: Connection, conversation_id: str, *, principal: Principal, lock: bool = False) -> Conversation:
    """The same, whether it was deleted or not, unless it is going for good. Raises `NotFound`."""
    found = find_conversation(conn, conversation_id, lock=lock)
    if found is None or not found.is_open_to(principal) or found.purged_at is not None:
        raise unknown("conversation", conversation_id)
    return found


def update_conversation(tx: Transaction, conversation_id: str, **values: Json) -> None:
    """Set columns of a conversation that the caller has locked."""
    set_columns(tx, conversations, row_id=conversation_id, values=values)


def list_conversations(
    conn: Connection, *, principal: Principal, search: str, archived: bool, cursor: str | None, limit: int
) -> Page[Conversation]:
    """The principal's conversations: pinned ones first, then by the last thing that happened in them.

    Raises `InvalidDefinition` ``invalid_cursor``.
    """
    query = (
        select(*_COLUMNS)
        .where(
            conversations.c.workspace_id == principal.workspace_id,
            conversations.c.owner_id == principal.id,
            conversations.c.deleted_at.is_(None),
            conversations.c.archived.is_(archived),
        )
        .order_by(conversations.c.pinned.desc(), conversations.c.updated_at.desc(), conversations.c.id.desc())
        .limit(limit + 1)
    )
    if search:
        query = query.where(_matches(search))
    if cursor is not None:
        query = query.where(_after(cursor))
    found = [Conversation(*row) for row in conn.execute(query)]
    items = found[:limit]
    return Page(items, _cursor(items[-1]) if len(found) > limit else None)


def _matches(search: str) -> ColumnElement[bool]:
    """Whether the title or any message contains the text, whatever its case."""
    in_messages = exists().where(
        messages.c.conversation_id == conversations.c.id, messages.c.text.icontains(search, autoescape=True)
    )
    return or_(conversations.c.title.icontains(search, autoescape=True), in_messages)


def _cursor(last: Conversation) -> str:
    return f"{int(last.pinned)}.{to_microseconds(last.updated_at)}.{last.id}"


def _after(cursor: str) -> ColumnElement[bool]:
    """What comes after the row of this cursor in the order of the list."""
    pinned, _, rest_of = cursor.partition(".")
    at, _, last_id = rest_of.partition(".")
    if pinned not in ("0", "1") or not at.isdecimal() or len(at) > _DIGITS or not last_id:
        raise no_cursor(cursor)
    updated_at = from_microseconds(int(at))
    older = or_(
        conversations.c.updated_at < updated_at,
        and_(conversations.c.updated_at == updated_at, conversations.c.id < last_id),
    )
    rest = and_(conversations.c.pinned.is_(pinned == "1"), older)
    return or_(rest, conversations.c.pinned.is_(False)) if pinned == "1" else rest
