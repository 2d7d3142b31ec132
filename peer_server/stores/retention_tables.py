"""Tables of how long a workspace keeps things, and of the work that removes them."""

from sqlalchemy import Column, ForeignKey, String, Table

from peer_server.stores.columns import Instant, Json, metadata

workspace_settings = Table(
    "workspace_settings",
    metadata,
    Column("workspace_id", ForeignKey("workspaces.id"), primary_key=True),
    Column("retention", Json),
    Column("file_quota", Json),
)
"""What a workspace set otherwise than by default. Its row lock orders those who store files."""

sweeps = Table(
    "sweeps",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("due_at", Instant, nullable=False),
    Column("claim", String(32)),
    Column("state", Json),
    Column("report", Json),
)
"""One row: when the next sweep is due, who is at it (`due_at` is then the end of their lease), how far the slow rounds
are (`state`), and what the last one removed."""
