"""Table of the connections to providers of models."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from peer_server.stores.columns import Instant, Json, id_column, metadata

model_connections = Table(
    "model_connections",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("name", String(64), nullable=False),
    Column("base_url", Text, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("error", Json),
    Column("checked_at", Instant),
    Column("created_by", String(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("provider", String(64), nullable=False, server_default="openai"),
    Column("prices", Json, nullable=False, server_default="{}"),
    Column("currency", String(3), nullable=False, server_default="USD"),
    UniqueConstraint("workspace_id", "name"),
)
"""`ciphertext` holds the key, bound to this row and its `rev`. `provider` is ``openai`` for every server that speaks
its API at `base_url`, else the name of a LangChain provider. `prices` are {prompt, completion, cached?} by model, or by
``*`` for all others."""
