"""Budgets and what was used of them; prices of connections, and what model runs cost."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, add the columns."""
    _budgets()
    op.create_table(
        "model_spending",
        *_subject(),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("tokens", _COUNTER, nullable=False),
        sa.Column("cost", _COUNTER, nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "subject_kind", "subject_id", "day", "currency", name=op.f("pk_model_spending")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "model_holds",
        *_subject(),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("lapses_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "subject_kind", "subject_id", "call_id", name=op.f("pk_model_holds")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_model_holds_call_id"), "model_holds", ["call_id"], unique=False)
    op.add_column(
        "model_connections", sa.Column("provider", sa.String(length=64), server_default="openai", nullable=False)
    )
    op.add_column("model_connections", sa.Column("prices", sa.Text(), server_default="{}", nullable=False))
    op.add_column("model_connections", sa.Column("currency", sa.String(length=3), server_default="USD", nullable=False))
    op.add_column("model_runs", sa.Column("cached_tokens", _COUNTER, server_default="0", nullable=False))
    op.add_column("model_runs", sa.Column("cost", sa.BigInteger(), nullable=True))
    op.add_column("model_runs", sa.Column("currency", sa.String(length=3), nullable=True))


def _budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("id", sa.String(length=32), nullable=False),
        *_subject(),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_by", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("low_at", sa.BigInteger(), nullable=True),
        sa.Column("spent_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_budgets_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budgets")),
        sa.UniqueConstraint(
            "workspace_id",
            "subject_kind",
            "subject_id",
            "period",
            name=op.f("uq_budgets_workspace_id_subject_kind_subject_id_period"),
        ),
    )


def _subject() -> list[sa.Column[str]]:
    return [
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
    ]
