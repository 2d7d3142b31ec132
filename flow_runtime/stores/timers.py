"""Timers: rows that become due. They are few per run, and removed in the transaction that makes them pointless."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from flow_runtime.store import Transaction
from flow_runtime.stores.tables import runs, timers


class TimerKind(StrEnum):
    """What a timer is for: the expiry of an interrupt, a sleep, the next attempt, the limit of active time."""

    WAIT_EXPIRY = "wait_expiry"
    SLEEP = "sleep"
    RETRY = "retry"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class Timer:
    """One timer of a run. `id` is chosen by whoever sets it; setting the same id again moves the timer."""

    id: str
    kind: TimerKind
    run_id: str
    due_at: datetime
    interrupt_id: str | None = None


def deadline_timer(run_id: str, *, due_at: datetime) -> Timer:
    """The one deadline timer of a run."""
    return Timer(f"deadline:{run_id}", TimerKind.DEADLINE, run_id, due_at)


def expiry_timer(run_id: str, *, interrupt_id: str, due_at: datetime) -> Timer:
    """The one expiry timer of an interrupt."""
    return Timer(f"expiry:{interrupt_id}", TimerKind.WAIT_EXPIRY, run_id, due_at, interrupt_id)


_COLUMNS = (timers.c.id, timers.c.kind, timers.c.run_id, timers.c.due_at, timers.c.interrupt_id)
_DUE = (
    select(*_COLUMNS)
    .join(runs, runs.c.id == timers.c.run_id)
    .where(timers.c.due_at <= bindparam("now", type_=timers.c.due_at.type))
    .order_by(timers.c.due_at)
    .limit(bindparam("at_most"))
    .with_for_update(of=runs, skip_locked=True)
)
_TAKE = delete(timers).where(timers.c.id.in_(bindparam("ids", expanding=True))).returning(timers.c.id)
_DROP_OF_RUN = delete(timers).where(timers.c.run_id == bindparam("run"))
_DROP_ONE = delete(timers).where(timers.c.id == bindparam("timer"))
_DROP_OF_INTERRUPTS = delete(timers).where(timers.c.id.in_(bindparam("ids", expanding=True)))
_NEXT = select(func.min(timers.c.due_at, type_=timers.c.due_at.type))
_PUT = insert(timers)


def due_timers(tx: Transaction, now: datetime, limit: int) -> list[Timer]:
    """Take the timers that are due, the most overdue first: they are removed, so the caller acts on each in this tx.

    Their runs are locked (lock order: run row first); runs that somebody else holds right now are passed over, so that
    any number of nodes may ask at once and each timer fires in one of them.
    """
    rows = tx.conn.execute(_DUE, {"now": now, "at_most": limit}).all()
    if not rows:
        return []
    taken = set(tx.conn.scalars(_TAKE, {"ids": [row.id for row in rows]}))
    return [Timer(row[0], TimerKind(row[1]), *row[2:]) for row in rows if row.id in taken]


def next_due(conn: Connection) -> datetime | None:
    """When the earliest timer is due; None without timers."""
    earliest: datetime | None = conn.scalar(_NEXT)
    return earliest


def put_timer(tx: Transaction, timer: Timer) -> None:
    """Set a timer, or move the one with the same id. The caller holds the run's lock."""
    tx.conn.execute(_DROP_ONE, {"timer": timer.id})
    put_new_timers(tx, [timer])


def put_new_timers(tx: Transaction, new: list[Timer]) -> None:
    """Set timers whose ids are not in use."""
    rows = [
        {"id": t.id, "kind": t.kind, "run_id": t.run_id, "interrupt_id": t.interrupt_id, "due_at": t.due_at}
        for t in new
    ]
    if rows:
        tx.conn.execute(_PUT, rows)


def drop_timers(tx: Transaction, run_id: str) -> None:
    """Remove every timer of a run. Idempotent."""
    tx.conn.execute(_DROP_OF_RUN, {"run": run_id})


def drop_timer(tx: Transaction, timer_id: str) -> None:
    """Remove one timer by its id. Idempotent."""
    tx.conn.execute(_DROP_ONE, {"timer": timer_id})


def drop_expiries(tx: Transaction, interrupt_ids: list[str]) -> None:
    """Remove the expiry timers of these interrupts. Idempotent."""
    if interrupt_ids:
        tx.conn.execute(_DROP_OF_INTERRUPTS, {"ids": [f"expiry:{interrupt_id}" for interrupt_id in interrupt_ids]})
