"""Tables of who may come in: workspaces, users and their credentials."""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Table, Text, UniqueConstraint

from peer_server.stores.columns import Instant, Json, id_column, metadata

workspaces = Table(
    "workspaces",
    metadata,
    id_column(),
    Column("name", Text, nullable=False),
    Column("kek_id", String(16), nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
)
"""The tenants, each with a data key of its own."""

users = Table(
    "users",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    Column("email", String(320)),
    Column("password", Text),
    Column("switches", Json),
    Column("removed_at", Instant),
    Index("users_by_email", "workspace_id", "email", unique=True),
)
"""People. `email` is in lower case, the name to sign in with; `password` is an argon2id hash. `switches` are those that
the workspace left a member, NULL for all. Somebody who was removed stays as a row without an address, because what they
did still bears their name."""

credentials = Table(
    "credentials",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), index=True),
    Column("visitor_id", String(32)),
    Column("kind", String(8), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("parent_id", String(32)),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("ended_at", Instant),
    Column("name", Text),
    Column("used_at", Instant),
    UniqueConstraint("digest"),
    Index(None, "expires_at"),
)
"""Links and password resets (one use), sessions, tokens and socket tickets (one use). Only their HMAC is stored;
`parent_id` is the credential that a session or ticket was made from, so that ending the parent ends it too. `name` is
what its owner calls a token, or the program that holds a session; `used_at` is right to a few minutes."""

invitations = Table(
    "invitations",
    metadata,
    id_column(),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False, index=True),
    Column("email", String(320), nullable=False),
    Column("role", String(16), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("invited_by", String(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("accepted_at", Instant),
    Column("withdrawn_at", Instant),
    UniqueConstraint("digest"),
)
"""Invitations to a workspace, one use each; the person comes into being when it is accepted."""

identities = Table(
    "identities",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
)
"""Who a person is at an identity provider, once they have signed in through it."""
