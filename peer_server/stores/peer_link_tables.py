"""Tables of public links to Peers, and of who came by them."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from peer_server.stores.columns import Instant, id_column, metadata

peer_links = Table(
    "peer_links",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("peer_id", ForeignKey("peers.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("last_characters", String(8), nullable=False),
    Column("visits_per_minute", Integer, nullable=False),
    Column("created_by", String(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("ended_at", Instant),
    UniqueConstraint("digest"),
)
"""Whoever holds the token may talk to the Peer; only its HMAC is stored."""

visitors = Table(
    "visitors",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("link_id", ForeignKey("peer_links.id"), nullable=False, index=True),
    Column("peer_id", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)
"""Somebody who came by a public link, known by nothing but their session."""
