"""An index by which the runs of a conversation are found when it is removed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create it."""
    where = sa.text("conversation_id IS NOT NULL")
    op.create_index("runs_of_conversation", "runs", ["conversation_id"], postgresql_where=where, sqlite_where=where)
