"""Tables of what people build: flows and their versions, variables, Peers and their versions, files."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from peer_server.stores.columns import Counter, Instant, Json, id_column, metadata


def _owned() -> list[Column[str]]:
    return [Column("workspace_id", ForeignKey("workspaces.id"), nullable=False), Column("owner_id", String(32))]


flows = Table(
    "flows",
    metadata,
    id_column(),
    *_owned(),
    Column("seed_key", String(128)),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("draft", Json, nullable=False),
    Column("draft_rev", Integer, nullable=False),
    Column("latest_version", Integer),
    Column("deployed_version", Integer),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Column("deployed_at", Instant),
    Column("deployed_by", String(32)),
    UniqueConstraint("workspace_id", "seed_key"),
    Index(None, "workspace_id", "id"),
)
"""`draft_rev` is the optimistic lock of the draft; a deleted flow stays as a row, because runs still point at it."""

flow_versions = Table(
    "flow_versions",
    metadata,
    Column("flow_id", ForeignKey("flows.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("published_by", String(32), nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("notes", Text, nullable=False, server_default=""),
    Column("audience", Json),
)
"""Immutable snapshots; the definition itself is kept by the runtime under its digest. `audience` is who could reach the
flow when it was published; versions of before that was recorded have none."""

variables = Table(
    "variables",
    metadata,
    Column("flow_id", ForeignKey("flows.id"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("secure", Boolean, nullable=False),
    Column("value", Json),
    Column("ciphertext", LargeBinary),
    Column("notes", Text, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
"""`env.<name>` of a flow. A secure one has only a ciphertext, bound to this row and its `rev`."""

peers = Table(
    "peers",
    metadata,
    id_column(),
    *_owned(),
    Column("seed_key", String(128)),
    Column("name", Text, nullable=False),
    Column("draft", Json, nullable=False),
    Column("draft_rev", Integer, nullable=False),
    Column("latest_version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    UniqueConstraint("workspace_id", "seed_key"),
    Index(None, "workspace_id", "id"),
)

peer_versions = Table(
    "peer_versions",
    metadata,
    Column("peer_id", ForeignKey("peers.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("content", Json, nullable=False),
    Column("published_by", String(32), nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("notes", Text, nullable=False, server_default=""),
    Column("audience", Json),
)
"""Immutable snapshots, with who could reach the Peer when each was published."""

files = Table(
    "files",
    metadata,
    id_column(),
    *_owned(),
    Column("name", Text, nullable=False),
    Column("mime", String(255), nullable=False),
    Column("size", Counter, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("status", String(8), nullable=False, server_default="kept"),
    Index(None, "workspace_id", "status", "created_at"),
    Index(None, "status", "created_at"),
    Index("files_of_owner", "workspace_id", "owner_id", "status", "size"),
)
"""Uploaded files; the bytes are in the blob store under the id. The name is only ever shown. A row is there before its
bytes (``arriving``) and until after them (``removed``), so that no bytes are ever left without one. A file whose bytes
are found missing is ``lost``."""
