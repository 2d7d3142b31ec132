"""Table of what holds files: the conversations, runs and data sources that they were given to."""

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, String, Table

from peer_server.stores.columns import metadata

file_uses = Table(
    "file_uses",
    metadata,
    Column("file_id", ForeignKey("files.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("object_id", String(32), nullable=False),
    PrimaryKeyConstraint("file_id", "kind", "object_id"),
    Index(None, "kind", "object_id"),
)
"""A file was sent in this ``conversation``, given to this ``run``, or put into this data ``source``. Whoever may see
that may read the file; a file that nothing holds is removed after a while."""
