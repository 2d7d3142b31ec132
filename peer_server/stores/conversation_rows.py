"""The row of a conversation: reading, locking, listing. Core functions for `Store.write` and `Store.read`."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, or_, select, update

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.access import Principal, unknown
from peer_server.stores.conversation_tables import conversations, messages


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

    def is_open_to(self, principal: Principal) -> bool:
        """Whether this principal takes part in the conversation."""
        return self.workspace_id == principal.workspace_id and (
            principal.kind == "system" or self.owner_id == principal.id
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Which conversations to list: `search` looks into titles and messages, `before` is the last row of a page."""

    limit: int
    archived: bool = False
    search: str | None = None
    before: tuple[bool, datetime, str] | None = None


_COLUMNS = tuple(conversations.c[field.name] for field in fields(Conversation))


def insert_conversation(tx: Transaction, conversation: Conversation) -> None:
    """Add a new conversation."""
    row = {field.name: getattr(conversation, field.name) for field in fields(Conversation)}
    tx.conn.execute(insert(conversations).values(row))


def find_conversation(conn: Connection, conversation_id: str, *, lock: bool = False) -> Conversation | None:
    """The conversation of any workspace and state, or None; with `lock` nobody else changes it until the commit."""
    query = select(*_COLUMNS).where(conversations.c.id == conversation_id)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Conversation(*row)


def get_conversation(
    conn: Connection, conversation_id: str, *, principal: Principal, lock: bool = False, deleted: bool = False
) -> Conversation:
    """The conversation, if this principal takes part in it. Raises `NotFound` otherwise, and for deleted ones."""
    found = find_conversation(conn, conversation_id, lock=lock)
    if found is None or not found.is_open_to(principal) or (found.deleted_at is not None) != deleted:
        raise unknown("conversation", conversation_id)
    return found


def update_conversation(tx: Transaction, conversation_id: str, **values: Json) -> None:
    """Set columns of a conversation that the caller has locked."""
    tx.conn.execute(update(conversations).where(conversations.c.id == conversation_id).values(values))


def list_conversations(conn: Connection, *, principal: Principal, page: Page) -> list[Conversation]:
    """The principal's conversations: pinned ones first, then by the last thing that happened in them."""
    query = (
        select(*_COLUMNS)
        .where(
            conversations.c.workspace_id == principal.workspace_id,
            conversations.c.owner_id == principal.id,
            conversations.c.deleted_at.is_(None),
            conversations.c.archived.is_(page.archived),
        )
        .order_by(conversations.c.pinned.desc(), conversations.c.updated_at.desc(), conversations.c.id.desc())
        .limit(page.limit)
    )
    if page.search:
        query = query.where(_matches(page.search))
    if page.before is not None:
        query = query.where(_after(page.before))
    return [Conversation(*row) for row in conn.execute(query)]


def _matches(search: str) -> ColumnElement[bool]:
    """Whether the title or any message contains the text, whatever its case."""
    in_messages = exists().where(
        messages.c.conversation_id == conversations.c.id, messages.c.text.icontains(search, autoescape=True)
    )
    return or_(conversations.c.title.icontains(search, autoescape=True), in_messages)


def _after(last: tuple[bool, datetime, str]) -> ColumnElement[bool]:
    """What comes after this row in the order of the list."""
    pinned, updated_at, conversation_id = last
    same_pin = conversations.c.pinned.is_(pinned)
    older = or_(
        conversations.c.updated_at < updated_at,
        and_(conversations.c.updated_at == updated_at, conversations.c.id < conversation_id),
    )
    rest = and_(same_pin, older)
    return or_(rest, conversations.c.pinned.is_(False)) if pinned else rest
