"""Tables of who may come in: workspaces, users and their credentials."""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Table, Text, UniqueConstraint

from peer_server.stores.columns import Instant, id_column, metadata

workspaces = Table(
    "workspaces",
    metadata,
    id_column(),
    Column("name", Text, nullable=False),
    Column("kek_id", String(16), nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
)
"""The tenants, each with a data key of its own."""

users = Table(
    "users",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
)

credentials = Table(
    "credentials",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("kind", String(8), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("parent_id", String(32)),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("ended_at", Instant),
    UniqueConstraint("digest"),
    Index(None, "expires_at"),
)
"""Links (one use), sessions, tokens and socket tickets (one use). Only their HMAC is stored; `parent_id` is the
credential that a session or ticket was made from, so that ending the parent ends it too."""
