"""Timers: rows that become due. They are few per run, and removed in the transaction that makes them pointless."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, bindparam, delete, func, insert, select, tuple_, update

from flow_runtime.store import Transaction
from flow_runtime.stores.columns import insert_or_update
from flow_runtime.stores.rows import AnyRow
from flow_runtime.stores.tables import runs, timers


class TimerKind(StrEnum):
    """What a timer ends: an interrupt (approvals expire, sleeps and retries come due), or a run's active time."""

    WAIT_EXPIRY = "wait_expiry"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class Timer:
    """One timer. A run has at most one deadline, an interrupt at most one expiry; setting it again moves it."""

    kind: TimerKind
    run_id: str
    due_at: datetime
    interrupt_id: str | None = None


_COLUMNS = (timers.c.kind, timers.c.run_id, timers.c.due_at, timers.c.interrupt_id)
_KEY = tuple_(timers.c.run_id, timers.c.kind, timers.c.interrupt_id)
_IS_DUE = timers.c.due_at <= bindparam("now", type_=timers.c.due_at.type)
_DUE = (
    select(*_COLUMNS)
    .join(runs, runs.c.id == timers.c.run_id)
    .where(_IS_DUE)
    .order_by(timers.c.due_at)
    .limit(bindparam("at_most"))
    .with_for_update(of=runs, skip_locked=True)
)
_ALL_DUE = select(*_COLUMNS).where(_IS_DUE).order_by(timers.c.due_at).limit(bindparam("at_most"))
_ONE = (
    timers.c.run_id == bindparam("run"),
    timers.c.kind == bindparam("what"),
    timers.c.interrupt_id == bindparam("of"),
)
_ONE_DUE = _DUE.where(*_ONE)
_PUT_OFF = update(timers).where(*_ONE).values(due_at=bindparam("later"))
_TAKE = delete(timers).where(_KEY.in_(bindparam("keys", expanding=True)), _IS_DUE).returning(*_COLUMNS)
_OF_RUN = delete(timers).where(timers.c.run_id == bindparam("run"))
_DEADLINE = _OF_RUN.where(timers.c.kind == TimerKind.DEADLINE)
_EXPIRIES = _OF_RUN.where(
    timers.c.kind == TimerKind.WAIT_EXPIRY, timers.c.interrupt_id.in_(bindparam("ids", expanding=True))
)
_NEXT = select(func.min(timers.c.due_at, type_=timers.c.due_at.type))


def due_timers(tx: Transaction, now: datetime, limit: int, *, only: Timer | None = None) -> list[Timer]:
    """Take the timers that are due, the most overdue first: they are removed, so the caller acts on each in this tx.

    With `only` that one, if it is still there and due.

    Their runs are locked (lock order: run row first); runs that somebody else holds right now are passed over, so that
    any number of nodes may ask at once and each timer fires in one of them.
    """
    if only is None:
        rows = tx.conn.execute(_DUE, {"now": now, "at_most": limit}).all()
    else:
        rows = tx.conn.execute(_ONE_DUE, {"now": now, "at_most": limit, **_key(only)}).all()
    if not rows:
        return []
    keys = [(row.run_id, row.kind, row.interrupt_id) for row in rows]
    # Seen before the lock, taken after it: what was removed or moved meanwhile does not fire.
    taken = tx.conn.execute(_TAKE, {"keys": keys, "now": now})
    return sorted((_timer(row) for row in taken), key=lambda timer: timer.due_at)


def see_due(conn: Connection, now: datetime, limit: int) -> list[Timer]:
    """The timers that are due, the most overdue first, left where they are."""
    return [_timer(row) for row in conn.execute(_ALL_DUE, {"now": now, "at_most": limit})]


def put_off(tx: Transaction, timer: Timer, *, due_at: datetime) -> None:
    """Let a timer that cannot be fired now become due later."""
    tx.conn.execute(_PUT_OFF, {**_key(timer), "later": due_at})


def next_due(conn: Connection) -> datetime | None:
    """When the earliest timer is due; None without timers."""
    earliest: datetime | None = conn.scalar(_NEXT)
    return earliest


def put_deadline(tx: Transaction, run_id: str, *, due_at: datetime) -> None:
    """Set or move the deadline of a locked run."""
    tx.conn.execute(insert_or_update(tx.conn, timers, "due_at"), _row(Timer(TimerKind.DEADLINE, run_id, due_at)))


def put_expiries(tx: Transaction, run_id: str, *, due_at: Sequence[tuple[str, datetime]]) -> None:
    """Set the expiries of interrupts that were opened just now, as pairs of interrupt id and time."""
    rows = [_row(Timer(TimerKind.WAIT_EXPIRY, run_id, at, interrupt_id)) for interrupt_id, at in due_at]
    if rows:
        tx.conn.execute(insert(timers), rows)


def drop_deadline(tx: Transaction, run_id: str) -> None:
    """Remove the deadline of a run. Idempotent."""
    tx.conn.execute(_DEADLINE, {"run": run_id})


def drop_expiries(tx: Transaction, run_id: str, *, interrupt_ids: Collection[str]) -> None:
    """Remove the expiries of these interrupts of a run. Idempotent."""
    if interrupt_ids:
        tx.conn.execute(_EXPIRIES, {"run": run_id, "ids": list(interrupt_ids)})


def _timer(row: AnyRow) -> Timer:
    kind, run_id, due_at, interrupt_id = row
    return Timer(TimerKind(kind), run_id, due_at, interrupt_id or None)


def _key(timer: Timer) -> dict[str, object]:
    return {"run": timer.run_id, "what": timer.kind, "of": timer.interrupt_id or ""}


def _row(timer: Timer) -> dict[str, object]:
    return {
        "run_id": timer.run_id,
        "kind": timer.kind,
        "interrupt_id": timer.interrupt_id or "",
        "due_at": timer.due_at,
    }
