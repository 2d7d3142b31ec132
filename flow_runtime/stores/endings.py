"""How a run ends: one transaction for the run, its interrupts and timers, its children, and the parent that waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from flow_runtime.errors import Fenced, Json
from flow_runtime.run import Ending, Event, Interrupt, InterruptStatus, Run, RunStatus
from flow_runtime.store import Append, Transaction
from flow_runtime.stores.interrupts import cancel_interrupts, close_locked, find_child_interrupt
from flow_runtime.stores.journal import add_events, stamp
from flow_runtime.stores.rows import RUN_COLUMNS, to_run
from flow_runtime.stores.runs import lock_run, wake_run
from flow_runtime.stores.tables import runs
from flow_runtime.stores.timers import drop_deadline


@dataclass(frozen=True, slots=True)
class EndedRun:
    """What ended with a run, so that the caller can project it, enqueue the parent and poke or end the children.

    `events` were journaled, the last one is ``run.ended``; `closed` are the interrupts of this run that it cancelled.
    `settled` is the parent's interrupt that it answered, `parent` that run, to be enqueued if `must_enqueue_parent`.
    `children` are the live runs below that were asked to cancel: running ones need a poke, others an `end_run` each.
    """

    run: Run
    events: list[Event]
    closed: list[Interrupt]
    settled: Interrupt | None
    parent: Run | None
    must_enqueue_parent: bool
    children: list[Run]

    @property
    def event(self) -> Event:
        """The journaled ``run.ended``."""
        return self.events[-1]


_OWNED = (runs.c.epoch == bindparam("held"), runs.c.status == RunStatus.RUNNING)
_PARENT_OF = select(runs.c.parent_run_id).where(runs.c.id == bindparam("run"))
_END = (
    update(runs)
    .where(runs.c.id == bindparam("run"))
    .values(
        status=bindparam("next"),
        epoch=runs.c.epoch + 1,
        event_seq=runs.c.event_seq + bindparam("more"),
        owner=None,
        job_id=None,
        touched_at=bindparam("now"),
        deadline_at=None,
        ended_at=bindparam("now"),
        rejected=bindparam("declined"),
        output=bindparam("result"),
        error=bindparam("failure"),
        warnings=bindparam("notes"),
    )
    .returning(*RUN_COLUMNS)
)
_END_OWNED = _END.where(*_OWNED)
_CANCEL_CHILDREN = (
    update(runs)
    .where(
        runs.c.parent_run_id == bindparam("run"),
        runs.c.ended_at.is_(None),
        runs.c.cancel_requested_at.is_(None),
        # A detached child outlives whoever started it: its end announces itself.
        runs.c.detached.is_(False),
    )
    .values(cancel_requested_at=bindparam("now"))
    .returning(*RUN_COLUMNS)
)


def end_run(
    tx: Transaction,
    run_id: str,
    *,
    ending: Ending,
    now: datetime,
    claimed: Run | None = None,
    events: Sequence[Event] = (),
    warnings: tuple[str, ...] = (),
) -> EndedRun | None:
    """End a run: journal ``run.ended``, cancel its interrupts, drop its timers, answer its parent, cancel its children.

    Its owner gives the run as `claimed`, whose epoch must still hold (`Fenced` otherwise), and may bring its last
    `events`. Without that it may stand anywhere: a deadline or a cancellation ends it from outside, whoever executes it
    is fenced, and None is answered if it had ended already. Raises `NotFound`.
    """
    # Immutable, so it may be known before the lock; parents are locked before children, or two ends could deadlock.
    parent_id = claimed.parent_run_id if claimed else tx.conn.scalar(_PARENT_OF, {"run": run_id})
    parent = lock_run(tx, parent_id) if parent_id is not None else None
    before = claimed or lock_run(tx, run_id)
    if before.status.has_ended:
        return None
    last = [*events, Event("run.ended", "", _ending_json(ending))]
    values: dict[str, Any] = {
        "run": run_id,
        "more": len(last),
        "next": ending.status,
        "now": now,
        "declined": ending.rejected,
        "result": ending.output,
        "failure": ending.error,
        "notes": warnings,
    }
    ended = _write_end(tx, values, claimed=claimed)
    journaled = stamp(Append(run_id, ended.epoch, ended.event_seq - len(last), last), now=now)
    add_events(tx, run_id, journaled)
    # What was never opened need not be looked for. An expiry goes with its interrupt; the other timer is the deadline.
    closed = cancel_interrupts(tx, run_id, now=now) if ended.interrupts_opened else []
    if before.deadline_at is not None:
        drop_deadline(tx, run_id)
    settled = _answer_parent(tx, ended, parent=parent, now=now)
    must_enqueue = settled is not None and wake_run(tx, settled.run_id, now=now)
    children = [to_run(row) for row in tx.conn.execute(_CANCEL_CHILDREN, {"run": run_id, "now": now})]
    return EndedRun(ended, journaled, closed, settled, parent, must_enqueue, children)


def _write_end(tx: Transaction, values: dict[str, Any], *, claimed: Run | None) -> Run:
    """The run's row as it ends; with `claimed` only if that epoch still holds."""
    if claimed is None:
        return to_run(tx.conn.execute(_END, values).one())
    row = tx.conn.execute(_END_OWNED, {**values, "held": claimed.epoch}).one_or_none()
    if row is None:
        raise Fenced(claimed.id, claimed.epoch)
    return to_run(row)


def _answer_parent(tx: Transaction, run: Run, *, parent: Run | None, now: datetime) -> Interrupt | None:
    """Settle the interrupt through which the parent waits for this run, if it (still) does."""
    if parent is None or run.parent_key is None or parent.status.has_ended:
        return None
    waiting = find_child_interrupt(tx.conn, parent.id, key=run.parent_key)
    if waiting is None or (waiting.expires_at is not None and waiting.expires_at <= now):
        return None
    resolution: dict[str, Json] = {"runId": run.id, "status": run.status, "output": run.output, "error": run.error}
    if run.rejected:
        resolution["rejected"] = True
    return close_locked(
        tx,
        waiting,
        status=InterruptStatus.SETTLED,
        resolution={name: value for name, value in resolution.items() if value is not None},
        now=now,
    )


def _ending_json(ending: Ending) -> dict[str, Json]:
    """The data of ``run.ended``; absent fields are absent."""
    data: dict[str, Json] = {"status": ending.status}
    if ending.output is not None:
        data["output"] = ending.output
    if ending.error is not None:
        data["error"] = ending.error
    if ending.rejected:
        data["rejected"] = True
    return data
