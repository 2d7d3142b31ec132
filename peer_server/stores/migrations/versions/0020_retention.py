"""How long things are kept: the settings of workspaces, the sweep, and what it finds things by."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_FIRST_AFTER_S = 600


def upgrade() -> None:
    """Create both tables, the mark of conversations that go for good, and the indexes. The first sweep is due soon."""
    op.create_table(
        "workspace_settings",
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("retention", sa.Text(), nullable=True),
        sa.Column("file_quota", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_workspace_settings_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_workspace_settings")),
    )
    sweeps = op.create_table(
        "sweeps",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("claim", sa.String(length=32), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sweeps")),
    )
    due_at = int((time.time() + _FIRST_AFTER_S) * 1_000_000)
    op.execute(sa.insert(sweeps).values(name="all", due_at=due_at))
    op.add_column("conversations", sa.Column("purged_at", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_turns_conversation_id"), "turns", ["conversation_id"])
    op.create_index(op.f("ix_message_widgets_conversation_id"), "message_widgets", ["conversation_id"])
    op.create_index("files_of_owner", "files", ["workspace_id", "owner_id", "status", "size"])
