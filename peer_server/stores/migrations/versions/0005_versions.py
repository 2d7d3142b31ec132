"""Versions remember their notes and audience; flows remember who deployed them, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns."""
    for table in ("flow_versions", "peer_versions"):
        op.add_column(table, sa.Column("notes", sa.Text(), server_default="", nullable=False))
        op.add_column(table, sa.Column("audience", sa.Text(), nullable=True))
    op.add_column("flows", sa.Column("deployed_at", sa.BigInteger(), nullable=True))
    op.add_column("flows", sa.Column("deployed_by", sa.String(length=32), nullable=True))
