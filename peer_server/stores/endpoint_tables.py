"""Tables of what lies outside the sign-in: API keys, share links, pushes, and answers kept for repeated requests."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from peer_server.stores.columns import Instant, Json, id_column, metadata

api_keys = Table(
    "api_keys",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("flow_id", ForeignKey("flows.id")),
    Column("name", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("prefix", String(16), nullable=False),
    Column("last_characters", String(8), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("created_by", String(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
    UniqueConstraint("digest"),
    Index(None, "workspace_id", "flow_id"),
)
"""A key reaches its flow, or without one every flow of the workspace. A withdrawn key has no row any more."""

share_links = Table(
    "share_links",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("flow_id", ForeignKey("flows.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("last_characters", String(8), nullable=False),
    Column("version", Integer),
    Column("runs_per_minute", Integer, nullable=False),
    Column("created_by", String(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
    UniqueConstraint("digest"),
)
"""Whoever holds the token may run the flow: the pinned version, or without one whatever is deployed."""

push_targets = Table(
    "push_targets",
    metadata,
    Column("flow_id", ForeignKey("flows.id"), primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("url", Text, nullable=False),
    Column("access_token", LargeBinary, nullable=False),
    Column("signing_secret", LargeBinary, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
"""Where results are pushed to. Both secrets are ciphertexts, bound to this row and its `rev`."""

push_deliveries = Table(
    "push_deliveries",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("flow_id", ForeignKey("flows.id"), nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempts", Json, nullable=False),
    Column("due_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    UniqueConstraint("run_id"),
    Index(None, "flow_id", "created_at"),
    Index(None, "due_at"),
)
"""The outbox: one row per run that is to be pushed, written in the transaction that ended the run. `due_at` is when the
next attempt may begin; whoever takes a row moves it on first, so that nobody else does, and a killed process loses
nothing."""

kept_answers = Table(
    "kept_answers",
    metadata,
    Column("scope", String(64), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("claim", String(32), nullable=False),
    Column("status", Integer),
    Column("media_type", String(128)),
    Column("body", LargeBinary),
    Column("expires_at", Instant, nullable=False, index=True),
)
"""What was answered under an `Idempotency-Key`, encrypted; without a status the first request is still at work."""
