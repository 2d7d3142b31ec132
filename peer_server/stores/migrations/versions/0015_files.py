"""What holds files, and how far each one is."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the status of files, and the table of their uses."""
    op.add_column("files", sa.Column("status", sa.String(length=8), server_default="kept", nullable=False))
    op.create_index(
        op.f("ix_files_workspace_id_status_created_at"), "files", ["workspace_id", "status", "created_at"]
    )
    op.create_index(op.f("ix_files_status_created_at"), "files", ["status", "created_at"])
    op.create_table(
        "file_uses",
        sa.Column("file_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("object_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_file_uses_file_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", "kind", "object_id", name=op.f("pk_file_uses")),
    )
    op.create_index(op.f("ix_file_uses_kind_object_id"), "file_uses", ["kind", "object_id"])
