"""Table of the authorization profiles."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from peer_server.stores.columns import Instant, Json, id_column, metadata

auth_profiles = Table(
    "auth_profiles",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("description", Text, nullable=False),
    Column("scheme", Json, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("hosts", Json, nullable=False),
    Column("flows", Json, nullable=False),
    Column("test_url", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("error", Json),
    Column("checked_at", Instant),
    Column("created_by", String(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("workspace_id", "name"),
)
"""`ciphertext` holds what is secret in the scheme, bound to this row and its `rev`. `flows` is ``"all"`` or the ids of
those that may use it."""
