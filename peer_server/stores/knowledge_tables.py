"""Tables of data sources, their documents, and the passages that are found in them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR

from peer_server.stores.columns import Counter, Instant, Json, id_column, metadata

data_sources = Table(
    "data_sources",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("embedding_model", String(256)),
    Column("passage_size", Integer, nullable=False),
    Column("passage_overlap", Integer, nullable=False),
    Column("created_by", String(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("workspace_id", "name"),
    Index(None, "workspace_id", "created_at", "id"),
)

documents = Table(
    "documents",
    metadata,
    id_column(),
    Column("source_id", ForeignKey("data_sources.id"), nullable=False),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("file_id", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("mime", String(255), nullable=False),
    Column("size", Counter, nullable=False),
    Column("status", String(16), nullable=False),
    Column("error", Json),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant),
    Column("claim", String(32)),
    Column("rev", Integer, nullable=False),
    Column("passages", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("created_by", String(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("indexed_at", Instant),
    UniqueConstraint("source_id", "file_id"),
    Index(None, "source_id", "created_at", "id"),
    Index(None, "due_at"),
)
"""`rev` is the indexing whose passages count; the next one writes beside them. `due_at` is when somebody should work on
the document: at once, after a failure, or when whoever holds the `claim` has not been heard of."""

passages = Table(
    "passages",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("source_id", ForeignKey("data_sources.id"), nullable=False),
    Column("document_id", ForeignKey("documents.id"), nullable=False),
    Column("rev", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("place", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("words", Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
    Column("embedding", LargeBinary),
    Column("signature", LargeBinary),
    UniqueConstraint("document_id", "rev", "number"),
    Index(None, "source_id"),
    Index("ix_passages_words", "words", postgresql_using="gin").ddl_if(dialect="postgresql"),
)
"""`words` are those that search compares. In SQLite the FTS5 table `passage_words` follows them by triggers."""
