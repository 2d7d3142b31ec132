"""The tables of conversations: the log, and what must be looked up or locked without folding it."""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    text,
)

from flow_runtime.stores.columns import JsonText
from peer_server.stores.columns import Counter, Instant, id_column, metadata

conversations = Table(
    "conversations",
    metadata,
    id_column(),
    Column("workspace_id", String(32), nullable=False),
    Column("peer_id", String(32), nullable=False),
    Column("is_preview", Boolean, nullable=False),
    Column("owner_kind", String(16), nullable=False),
    Column("owner_id", String(64), nullable=False),
    Column("owner_name", Text, nullable=False),
    Column("epoch", String(32), nullable=False),
    Column("last_seq", Counter, nullable=False),
    Column("head_message_id", String(32)),
    Column("active_turn_id", String(32)),
    Column("title", Text),
    Column("pinned", Boolean, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("deleted_at", Instant),
    Column("purged_at", Instant),
)
"""One row per conversation. Its row lock orders everything that is said in it; `head_message_id` is the shown leaf.
`deleted_at` can be undone; from `purged_at` on it goes for good, piece by piece, this row last."""

Index("conversations_of_owner", conversations.c.workspace_id, conversations.c.owner_id, conversations.c.updated_at)

conversation_events = Table(
    "conversation_events",
    metadata,
    Column("conversation_id", String(32), nullable=False),
    Column("seq", Counter, nullable=False),
    Column("at", Instant, nullable=False),
    Column("type", String(32), nullable=False),
    # The JSON text of the event exactly as it goes over the wire, so that a replay needs no decoding.
    Column("event", Text, nullable=False),
    PrimaryKeyConstraint("conversation_id", "seq"),
    sqlite_with_rowid=False,
)
"""The log: append only, `seq` without gaps from 1."""

messages = Table(
    "messages",
    metadata,
    id_column(),
    Column("conversation_id", String(32), nullable=False),
    Column("workspace_id", String(32), nullable=False),
    Column("role", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("parent_id", String(32)),
    Column("turn_id", String(32)),
    Column("client_message_id", String(64)),
    # The event that put the message in its place: creation, or the end of its waiting in the queue.
    Column("placed_seq", Counter),
    Column("text", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("conversation_id", "client_message_id", name="messages_client_id"),
)
"""What commands must find again: by the client's id (a resend), by parent (branches), by text (search)."""

Index("messages_of_conversation", messages.c.conversation_id, messages.c.placed_seq)

turns = Table(
    "turns",
    metadata,
    id_column(),
    Column("conversation_id", String(32), nullable=False),
    Column("workspace_id", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", String(16), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("position", Counter, nullable=False),
    Column("message_id", String(32)),
    Column("parent_id", String(32)),
    Column("caused_by", JsonText, nullable=False),
    Column("input", JsonText, nullable=False),
    Column("created_at", Instant, nullable=False),
)
"""The queue of each conversation: queued, then active (one at most), then done. A turn's id is the id of its run."""

Index(None, turns.c.conversation_id)

_is_queued = turns.c.status == text("'queued'")
Index(
    "turns_queued",
    turns.c.conversation_id,
    turns.c.rank,
    turns.c.position,
    postgresql_where=_is_queued,
    sqlite_where=_is_queued,
)
_of_message = and_(turns.c.message_id.is_not(None), _is_queued)
Index("turns_of_message", turns.c.message_id, postgresql_where=_of_message, sqlite_where=_of_message)

form_drafts = Table(
    "form_drafts",
    metadata,
    Column("interrupt_id", String(32), primary_key=True),
    Column("conversation_id", String(32)),
    Column("workspace_id", String(32), nullable=False),
    Column("values", JsonText, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("page", Integer),
    Column("saved_by", JsonText, nullable=False),
    Column("saved_at", Instant, nullable=False),
)
"""Half-typed forms, one per open interrupt; gone once it closes."""

Index("form_drafts_of_conversation", form_drafts.c.conversation_id)

message_widgets = Table(
    "message_widgets",
    metadata,
    id_column(),
    Column("conversation_id", String(32), nullable=False),
    Column("workspace_id", String(32), nullable=False),
    Column("message_id", String(32), nullable=False),
    Column("run_id", String(32), nullable=False),
    Column("widget_id", String(64), nullable=False),
    Column("state", JsonText, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("actions", JsonText, nullable=False),
)
"""Widgets shown in messages: their state, and what their actions do (never told to clients)."""

Index(None, message_widgets.c.conversation_id)
