"""Table of what people reported about answers of Peers."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from peer_server.stores.columns import Instant, id_column, metadata

message_reports = Table(
    "message_reports",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("peer_id", ForeignKey("peers.id"), nullable=False),
    Column("conversation_id", String(32), nullable=False),
    Column("message_id", String(32), nullable=False),
    Column("reporter_kind", String(16), nullable=False),
    Column("reporter_id", String(32), nullable=False),
    Column("reporter_name", Text, nullable=False),
    Column("reason", String(16), nullable=False),
    Column("comment", Text),
    Column("text", Text, nullable=False),
    Column("reported_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", String(32)),
    Column("closed_by_name", Text),
    Column("note", Text),
    UniqueConstraint("message_id", "reporter_id"),
    Index(None, "peer_id", "reported_at"),
)
"""`text` is a copy of the answer: who looks after the Peer may not read the conversation, and it may be deleted."""
