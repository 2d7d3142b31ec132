"""Tables of tools, the events that they tell of, and the webhooks that flows have at them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from peer_server.stores.columns import Instant, Json, id_column, metadata

tools = Table(
    "tools",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("description", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("manifest", Json, nullable=False),
    Column("profile", String(100)),
    Column("created_by", String(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("workspace_id", "name"),
)
"""`profile` is the id of the authorization profile by which its calls sign in."""

tool_triggers = Table(
    "tool_triggers",
    metadata,
    id_column(),
    Column("tool_id", ForeignKey("tools.id", ondelete="CASCADE"), nullable=False),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("key", String(64), nullable=False),
    UniqueConstraint("tool_id", "key"),
)
"""The ids in ``webhook.<id>``: one for each trigger of a manifest, as long as the tool has a trigger of that key."""

webhooks = Table(
    "webhooks",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("flow_id", ForeignKey("flows.id"), nullable=False, index=True),
    Column("tool_id", String(32), nullable=False, index=True),
    Column("tool_trigger_id", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("config", Json, nullable=False),
    Column("token_digest", String(64), nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("secret_rev", Integer, nullable=False),
    Column("external_id", Text),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant),
    Column("error", Json),
    Column("created_at", Instant, nullable=False),
    Column("registered_at", Instant),
    Column("last_event_at", Instant),
    Column("last_run_id", String(32)),
    UniqueConstraint("token_digest"),
)
"""A trigger of a flow at a tool, from the save that brought it to the unregistering that ended it. `due_at` is when the
next call may begin; whoever makes it moves it on first, so that nobody else does. `secret` is sealed."""

_is_due = webhooks.c.due_at.is_not(None)
Index("webhooks_due", webhooks.c.due_at, postgresql_where=_is_due, sqlite_where=_is_due)
