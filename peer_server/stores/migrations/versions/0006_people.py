"""People: addresses, passwords, switches, named tokens, invitations, identities at providers."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add what people have, and credentials of visitors."""
    op.add_column("users", sa.Column("email", sa.String(length=320)))
    op.add_column("users", sa.Column("password", sa.Text()))
    op.add_column("users", sa.Column("switches", sa.Text()))
    op.add_column("users", sa.Column("removed_at", sa.BigInteger()))
    op.create_index("users_by_email", "users", ["workspace_id", "email"], unique=True)
    with op.batch_alter_table("credentials") as credentials:
        credentials.alter_column("user_id", existing_type=sa.String(length=32), nullable=True)
        credentials.add_column(sa.Column("visitor_id", sa.String(length=32)))
        credentials.add_column(sa.Column("name", sa.Text()))
        credentials.add_column(sa.Column("used_at", sa.BigInteger()))
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("invited_by", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger()),
        sa.Column("withdrawn_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_invitations_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("digest", name=op.f("uq_invitations_digest")),
    )
    op.create_index(op.f("ix_invitations_workspace_id"), "invitations", ["workspace_id"], unique=False)
    op.create_table(
        "identities",
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_identities_user_id")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identities")),
    )
    op.create_index(op.f("ix_identities_user_id"), "identities", ["user_id"], unique=False)
