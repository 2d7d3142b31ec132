"""Table of the drafts that imports replaced."""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Table, Text

from peer_server.stores.columns import Instant, id_column, metadata

flow_backups = Table(
    "flow_backups",
    metadata,
    id_column(),
    Column("flow_id", ForeignKey("flows.id"), nullable=False),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("created_by", String(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Index(None, "flow_id", "created_at"),
)
"""`data` is a package: without values of secure variables, like every export."""
