"""Runs: start, claim, park, wake, cancel. Lock order: the run's row (a parent before its child), then all the rest."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from flow_runtime.errors import Fenced, NotFound
from flow_runtime.ids import new_id
from flow_runtime.run import Event, Interrupt, Run, RunStatus, StartRun
from flow_runtime.store import Transaction
from flow_runtime.stores.columns import insert_new
from flow_runtime.stores.interrupts import interrupts_of
from flow_runtime.stores.journal import read_events
from flow_runtime.stores.rows import RUN_COLUMNS, AnyRow, AnySelect, new_run_row, to_run
from flow_runtime.stores.tables import IS_LIVE, LIVE, runs
from flow_runtime.stores.timers import drop_deadline, put_deadline


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed run with everything its executor needs, read under the run's lock.

    `attempts` counts the claims since the run last made progress, this one included: 1 in a healthy life. `interrupts`
    are all of the run, or None if there are so many that whoever needs some had better ask for those.
    """

    run: Run
    events: list[Event]
    interrupts: list[Interrupt] | None
    attempts: int


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run that somebody should be working on, as the reconciler sees it."""

    id: str
    workspace_id: str
    status: RunStatus
    job_id: int | None
    priority: int
    touched_at: datetime


MOST_READ = 64
"""A run that has opened more interrupts waits for few of them: a loop that asked or slept in each of its rounds."""

_RUN = runs.c.id == bindparam("run")
_GET = select(*RUN_COLUMNS).where(_RUN, runs.c.workspace_id == bindparam("workspace"))
_LOCK = select(*RUN_COLUMNS).where(_RUN).with_for_update()
_LOCK_STANDING = (
    select(
        runs.c.status,
        runs.c.epoch,
        runs.c.wake_seq,
        runs.c.job_id,
        runs.c.touched_at,
        runs.c.started_at,
        runs.c.deadline_at,
        runs.c.active_remaining_s,
        runs.c.fruitless_claims,
    )
    .where(_RUN)
    .with_for_update()
)
_SET_JOB = update(runs).where(_RUN).values(job_id=bindparam("job"))
_CLAIM = (
    update(runs)
    .where(_RUN)
    .values(
        status=RunStatus.RUNNING,
        epoch=runs.c.epoch + 1,
        owner=bindparam("worker"),
        job_id=bindparam("job"),
        touched_at=bindparam("now"),
        started_at=bindparam("started"),
        deadline_at=bindparam("deadline"),
        fruitless_claims=runs.c.fruitless_claims + 1,
    )
    .returning(*RUN_COLUMNS)
)
_TAKE_PARKED = (
    update(runs)
    .where(_RUN)
    .values(
        status=RunStatus.RUNNING,
        epoch=runs.c.epoch + 1,
        wake_seq=runs.c.wake_seq + 1,
        owner=bindparam("worker"),
        job_id=bindparam("job"),
        touched_at=bindparam("now"),
        deadline_at=bindparam("deadline"),
        fruitless_claims=1,
    )
)
_PARK = (
    update(runs)
    .where(_RUN)
    .values(
        status=RunStatus.WAITING,
        owner=None,
        job_id=None,
        touched_at=bindparam("now"),
        active_remaining_s=bindparam("remaining"),
        deadline_at=None,
        fruitless_claims=0,
    )
)
_REQUEUE = (
    update(runs)
    .where(_RUN)
    .values(
        status=RunStatus.QUEUED,
        epoch=runs.c.epoch + 1,
        owner=None,
        job_id=None,
        touched_at=bindparam("now"),
        active_remaining_s=bindparam("remaining"),
        deadline_at=None,
    )
)
_WAKE = (
    update(runs).where(_RUN).values(status=bindparam("next"), wake_seq=runs.c.wake_seq + 1, touched_at=bindparam("now"))
)
_WAKE_WITH_JOB = _WAKE.values(job_id=bindparam("job"))
_CANCEL = update(runs).where(_RUN).values(cancel_requested_at=bindparam("now"))
_DETACH = update(runs).where(_RUN, runs.c.ended_at.is_(None)).values(detached=True)
_LIVE = select(runs.c.id, runs.c.workspace_id, runs.c.status, runs.c.job_id, runs.c.priority, runs.c.touched_at).where(
    IS_LIVE
)


def insert_run(tx: Transaction, spec: StartRun, *, now: datetime) -> tuple[Run, bool]:
    """Create a queued run and answer it with True; the caller enqueues its job and calls `set_job`.

    If the workspace has used the idempotency key (or the run id) before, nothing is written: the first run and False.
    """
    run_id = spec.run_id or new_id()
    row = new_run_row(spec, run_id=run_id, now=now)
    created = tx.conn.execute(insert_new(tx.conn, runs, *RUN_COLUMNS), row).one_or_none()
    if created is not None:
        return to_run(created), True
    first: AnySelect = select(*RUN_COLUMNS).where(runs.c.workspace_id == spec.workspace_id)
    by_key = runs.c.idempotency_key == spec.idempotency_key
    found = tx.conn.execute(first.where(by_key if spec.idempotency_key else runs.c.id == run_id)).one_or_none()
    if found is None:
        raise NotFound("run_id_taken", f"the run id {run_id!r} is in use elsewhere", remedy="Leave run_id out.")
    return to_run(found), False


def get_run(conn: Connection, run_id: str, *, workspace_id: str) -> Run:
    """The run as it stands. Raises `NotFound`, also for a run of another workspace."""
    row = conn.execute(_GET, {"run": run_id, "workspace": workspace_id}).one_or_none()
    if row is None:
        raise _no_run(run_id)
    return to_run(row)


def lock_run(tx: Transaction, run_id: str) -> Run:
    """The run as it stands, locked until the transaction ends: read everything else after this. Raises `NotFound`."""
    row = tx.conn.execute(_LOCK, {"run": run_id}).one_or_none()
    if row is None:
        raise _no_run(run_id)
    return to_run(row)


def set_job(tx: Transaction, run_id: str, job_id: int | None) -> None:
    """Remember which job carries this run; the reconciler asks the queue whether it still exists."""
    tx.conn.execute(_SET_JOB, {"run": run_id, "job": job_id})


def claim_run(tx: Transaction, run_id: str, *, owner: str, job_id: int | None, now: datetime) -> Claim | None:
    """Take the right to execute a run that is queued, or that is running under this very job (its worker died).

    Raises the epoch (whoever held the run before is fenced from here on) and arms the deadline from the remaining
    active time. None means: not yours. The run ended, waits, does not exist, or another job keeps it running; a
    duplicate job for a healthy run thus changes nothing.
    """
    row = _lock_standing(tx, run_id)
    if row is None or not _may_claim(row, job_id):
        return None
    remaining = _remaining_s(row, row.touched_at)
    deadline = None if remaining is None else now + timedelta(seconds=remaining)
    started = row.started_at or now
    values = {"run": run_id, "worker": owner, "job": job_id, "now": now, "started": started, "deadline": deadline}
    run = to_run(tx.conn.execute(_CLAIM, values).one())
    if deadline is not None:
        put_deadline(tx, run_id, due_at=deadline)
    events = read_events(tx.conn, run_id) if run.event_seq else []
    opened = _few_interrupts(tx.conn, run) if run.interrupts_opened else []
    return Claim(run, events, opened, attempts=row.fruitless_claims + 1)


def claim_parked(
    tx: Transaction, run: Run, *, closed: Interrupt, owner: str, job_id: int | None, now: datetime
) -> Claim:
    """Wake a parked run and claim it, as `wake_locked` and `claim_run` would one after the other.

    For the process that has just closed this interrupt of it, in that very transaction: the run is locked.
    """
    deadline = None if run.active_remaining_s is None else now + timedelta(seconds=run.active_remaining_s)
    values = {"run": run.id, "worker": owner, "job": job_id, "now": now, "deadline": deadline}
    tx.conn.execute(_TAKE_PARKED, values)
    if deadline is not None:
        put_deadline(tx, run.id, due_at=deadline)
    claimed = replace(
        run,
        status=RunStatus.RUNNING,
        epoch=run.epoch + 1,
        wake_seq=run.wake_seq + 1,
        owner=owner,
        deadline_at=deadline,
    )
    opened = [closed] if run.interrupts_opened == 1 else _few_interrupts(tx.conn, run)
    return Claim(claimed, read_events(tx.conn, run.id), opened, attempts=1)


def park_run(tx: Transaction, run_id: str, *, epoch: int, wake_seq: int, now: datetime) -> bool:
    """Give a running run back as waiting; its clock stops: the remaining active seconds are kept, the deadline goes.

    False if `wake_seq` is no longer the run's: an answer arrived since it was read, so look again instead of leaving.
    Raises `Fenced` if the epoch has moved on.
    """
    row = _lock_standing(tx, run_id)
    if row is None or row.epoch != epoch or row.status != RunStatus.RUNNING:
        raise Fenced(run_id, epoch)
    if row.wake_seq != wake_seq:
        return False
    tx.conn.execute(_PARK, {"run": run_id, "now": now, "remaining": _remaining_s(row, now)})
    if row.deadline_at is not None:
        drop_deadline(tx, run_id)
    return True


def wake_run(tx: Transaction, run_id: str, *, now: datetime) -> bool:
    """Tell a run that something it waits for has been closed. True means: it was parked and is queued now, so enqueue.

    A queued or running run only notices (`wake_seq` grows); an ended one is left alone.
    """
    run = lock_run(tx, run_id)
    if run.status.has_ended:
        return False
    was_parked = run.status is RunStatus.WAITING
    next_status = RunStatus.QUEUED if was_parked else run.status
    tx.conn.execute(_WAKE, {"run": run_id, "next": next_status, "now": now})
    return was_parked


def wake_locked(tx: Transaction, run: Run, *, job_id: int | None, now: datetime) -> None:
    """The same for a run that was read under its lock and has not ended: a parked one is queued with this job."""
    if run.status is RunStatus.WAITING:
        values = {"run": run.id, "next": RunStatus.QUEUED, "now": now, "job": job_id}
        tx.conn.execute(_WAKE_WITH_JOB, values)
    else:
        tx.conn.execute(_WAKE, {"run": run.id, "next": run.status, "now": now})


def request_cancel(tx: Transaction, run_id: str, now: datetime) -> Run:
    """Ask that a run be cancelled and answer it as it stands now. Idempotent: the first request's time stays.

    A running run must be told (its worker ends it); a queued or waiting one the caller ends with `end_run` in this
    very transaction. Raises `NotFound`.
    """
    run = lock_run(tx, run_id)
    if run.status.has_ended or run.cancel_requested_at is not None:
        return run
    tx.conn.execute(_CANCEL, {"run": run_id, "now": now})
    return lock_run(tx, run_id)


def detach_run(tx: Transaction, run_id: str) -> bool:
    """Mark that nobody waits for this run any more, so its end must announce itself. False if it has already ended."""
    return tx.conn.execute(_DETACH, {"run": run_id}).rowcount == 1


def requeue_run(tx: Transaction, run_id: str, *, job_id: int | None, now: datetime) -> bool:
    """Take a queued or running run from a lost job (or a dead process) and queue it again; its old worker is fenced.

    True means: enqueue and `set_job`. False if the run moved on meanwhile: it ended, parked, or has another job than
    the lost one, so of any number of reconcilers one acts. Its clock stops at its last sign of life.
    """
    row = _lock_standing(tx, run_id)
    if row is None or row.status not in LIVE or row.job_id != job_id:
        return False
    tx.conn.execute(_REQUEUE, {"run": run_id, "now": now, "remaining": _remaining_s(row, row.touched_at)})
    if row.deadline_at is not None:
        drop_deadline(tx, run_id)
    return True


def live_runs(conn: Connection) -> list[LiveRun]:
    """Every queued or running run, oldest sign of life first: what an embedded start queues again."""
    return _live(conn, _LIVE)


def lost_runs(conn: Connection, *, older_than: datetime) -> list[LiveRun]:
    """The queued or running runs without a sign of life since then; the reconciler asks the queue about their jobs."""
    return _live(conn, _LIVE.where(runs.c.touched_at < older_than))


def _live(conn: Connection, query: AnySelect) -> list[LiveRun]:
    rows = conn.execute(query.order_by(runs.c.touched_at))
    return [LiveRun(run_id, workspace, RunStatus(status), *rest) for run_id, workspace, status, *rest in rows]


def _few_interrupts(conn: Connection, run: Run) -> list[Interrupt] | None:
    return interrupts_of(conn, run.id) if run.interrupts_opened <= MOST_READ else None


def _lock_standing(tx: Transaction, run_id: str) -> AnyRow | None:
    return tx.conn.execute(_LOCK_STANDING, {"run": run_id}).one_or_none()


def _may_claim(row: AnyRow, job_id: int | None) -> bool:
    if row.status == RunStatus.RUNNING:
        return job_id is not None and row.job_id == job_id
    return bool(row.status == RunStatus.QUEUED)


def _remaining_s(row: AnyRow, until: datetime) -> float | None:
    """Active seconds left at that moment; None for a run without a budget.

    A run that lost its worker is charged only up to its last sign of life: an outage is nobody's active time.
    """
    deadline: datetime | None = row.deadline_at
    if deadline is not None:
        return max((deadline - until).total_seconds(), 0.0)
    unspent: float | None = row.active_remaining_s
    return unspent


def _no_run(run_id: str) -> NotFound:
    return NotFound("not_found", f"there is no run {run_id!r}")
