"""How much is in work right now: read from partial indexes, so that looking costs the same however much has ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, func, select

from flow_runtime.run import RunStatus
from flow_runtime.stores.tables import IS_LIVE, IS_OPEN, interrupts, runs
from peer_server.stores.endpoint_tables import push_deliveries
from peer_server.stores.tool_tables import webhooks

Counts = Mapping[tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class Standing:
    """Runs by (kind, status), open interrupts by kind, the age of the queue, and deliveries that are due."""

    runs: Counts
    interrupts: Counts
    oldest_queued_s: float
    pushes_due: int
    webhooks_due: int

    def by_labels(self) -> Mapping[str, Counts]:
        """What there are several of."""
        return {"runs": self.runs, "interrupts": self.interrupts}


def find_standing(conn: Connection, *, now: datetime) -> Standing:
    """Everything at one moment."""
    live = select(runs.c.kind, runs.c.status, func.count()).where(IS_LIVE).group_by(runs.c.kind, runs.c.status)
    waiting = (
        select(runs.c.kind, func.count(runs.c.id.distinct()))
        .join(interrupts, interrupts.c.run_id == runs.c.id)
        .where(IS_OPEN, runs.c.status == RunStatus.WAITING)
        .group_by(runs.c.kind)
    )
    counts: dict[tuple[str, ...], int] = {(kind, status): count for kind, status, count in conn.execute(live)}
    counts |= {(kind, RunStatus.WAITING.value): count for kind, count in conn.execute(waiting)}
    opened = select(interrupts.c.kind, func.count()).where(IS_OPEN).group_by(interrupts.c.kind)
    oldest: datetime | None = conn.scalar(
        select(func.min(runs.c.touched_at, type_=runs.c.touched_at.type)).where(
            IS_LIVE, runs.c.status == RunStatus.QUEUED
        )
    )
    return Standing(
        runs=counts,
        interrupts={(kind,): count for kind, count in conn.execute(opened)},
        oldest_queued_s=0.0 if oldest is None else max((now - oldest).total_seconds(), 0.0),
        pushes_due=_due(conn, push_deliveries),
        webhooks_due=_due(conn, webhooks),
    )


def _due(conn: Connection, table: Table) -> int:
    return conn.scalar(select(func.count()).select_from(table).where(table.c.due_at.is_not(None))) or 0
