"""Table of the variables that every flow of a workspace finds under `env`. Those of one flow are beside the flows."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from peer_server.stores.columns import Instant, Json, metadata

workspace_variables = Table(
    "workspace_variables",
    metadata,
    Column("workspace_id", ForeignKey("workspaces.id"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("secure", Boolean, nullable=False),
    Column("value", Json),
    Column("ciphertext", LargeBinary),
    Column("notes", Text, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
"""A flow's own variable of the same name counts instead. A secure one has only a ciphertext, as in `variables`."""
