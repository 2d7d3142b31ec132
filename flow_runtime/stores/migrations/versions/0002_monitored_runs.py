"""Indexes for the monitor: everything that its figures need of a run, without looking at the run."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create both."""
    monitored = "kind = 'flow' AND environment = 'production'"
    _create("runs_finished", _FINISHED, sa.text(f"ended_at IS NOT NULL AND {monitored}"))
    _create("runs_unfinished", _UNFINISHED, sa.text(f"ended_at IS NULL AND {monitored}"))


_UNFINISHED = ["workspace_id", "flow_id", "created_at"]
_FINISHED = [
    *_UNFINISHED,
    "ended_at",
    "status",
    "trigger_type",
    "trigger_source",
    "version",
    "kind",
    "environment",
]


def _create(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, "runs", columns, postgresql_where=where, sqlite_where=where)
