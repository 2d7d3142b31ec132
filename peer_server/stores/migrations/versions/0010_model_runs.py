"""Model runs: one row per time that a step of a flow asked a model."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the table and its indexes."""
    counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "model_runs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("flow_id", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("environment", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("step_key", sa.Text(), nullable=False),
        sa.Column("step_name", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("prompt_tokens", counter, nullable=False),
        sa.Column("completion_tokens", counter, nullable=False),
        sa.Column("total_tokens", counter, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_runs")),
    )
    op.create_index("model_runs_of_run", "model_runs", ["run_id"], unique=False)
    columns = ["workspace_id", "flow_id", "started_at", "ended_at", "status"]
    columns += ["model", "connection", "step_name", "version", "environment"]
    where = sa.text("environment = 'production'")
    op.create_index("model_runs_monitored", "model_runs", columns, postgresql_where=where, sqlite_where=where)
