"""Tables of who may reach what: groups, their members, and grants on flows and Peers."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from peer_server.stores.columns import Instant, id_column, metadata

groups = Table(
    "groups",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("workspace_id", "name"),
)

group_members = Table(
    "group_members",
    metadata,
    Column("group_id", ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "user_id"),
)

grants = Table(
    "grants",
    metadata,
    Column("object_kind", String(8), primary_key=True),
    Column("object_id", String(32), primary_key=True),
    Column("subject_kind", String(16), primary_key=True),
    Column("subject_id", String(32), primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("granted_by", String(32), nullable=False),
    Column("granted_at", Instant, nullable=False),
    Index(None, "subject_id"),
)
"""One role of one subject on one flow or Peer. A subject is a user, a group, or a whole workspace (its own id). A thing
without grants is private; whoever owns it needs none."""
