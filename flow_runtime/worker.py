"""Takes runs from the queue, claims each under a new epoch, and lets the executor of its kind carry it on."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from sqlalchemy import Connection, select

from flow_runtime.claimed_run import ClaimedRun
from flow_runtime.errors import Fenced, StoreUnavailable
from flow_runtime.failpoints import hit
from flow_runtime.ids import new_id
from flow_runtime.lease import Executor
from flow_runtime.queue import Queue, job_of
from flow_runtime.run import Ending, RunStatus
from flow_runtime.signals import LeaseSignals, Standing
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.runs import Claim, claim_run
from flow_runtime.stores.tables import runs
from flow_runtime.transitions import Transitions, cancelled

_log = logging.getLogger(__name__)

MOST_ATTEMPTS: Final = 5
"""Claims without any progress between them before a run is given up as poisoned."""
_CANCEL_GRACE_S: Final = 5.0
"""How long an executor may take to stop by itself after a cancellation."""
_TAIL_S: Final = 1.0
"""How often a worker asks whether another process has answered, cancelled or taken what it executes."""
DRAIN_S: Final = 5.0
"""How long a closing worker waits for runs to come to a boundary between steps, unless it is told otherwise."""


class Worker:
    """Executes runs of this process. `run` until `close`."""

    def __init__(
        self,
        store: Store,
        queue: Queue,
        executors: Mapping[str, Executor],
        *,
        transitions: Transitions,
        drain_s: float = DRAIN_S,
    ) -> None:
        self.name = new_id()
        self._store = store
        self._queue = queue
        self._executors = dict(executors)
        self._transitions = transitions
        self._signals = transitions.signals
        self._drain_s = drain_s
        self._is_draining = False
        self._taken: dict[int, tuple[Claim, LeaseSignals]] = {}
        """Claims that were made with a wake-up, by the job that is about to carry each on."""

    async def run(self) -> None:
        """Take jobs until `close`. Survives a database restart."""
        tail = asyncio.create_task(self._tail())
        self._transitions.claimant = self
        try:
            await self._queue.run({job_of(kind): self.handle for kind in self._executors})
        finally:
            self._transitions.claimant = None
            tail.cancel()

    async def close(self) -> None:
        """Take no more jobs; runs stop at their next boundary, what does not is interrupted and left to others."""
        self._is_draining = True
        self._transitions.claimant = None
        self._signals.drain()
        closing = asyncio.create_task(self._queue.close())
        await asyncio.wait([closing], timeout=self._drain_s)
        for run_id in self._signals.executed_here():
            self._signals.cancel(run_id)
        await closing
        with suppress(StoreUnavailable):  # Then take-over finds them.
            for claim, _ in list(self._taken.values()):
                await self._store.write(self._release, claim.run.id, epoch=claim.run.epoch)

    def takes(self, kind: str) -> bool:
        """Whether runs of this kind may be claimed for this worker."""
        return kind in self._executors and not self._is_draining

    def take(self, claim: Claim, job_id: int) -> None:
        """A run was claimed with its wake-up: be there for hints about it until the handler of its job begins."""
        signals = LeaseSignals()
        signals.run = claim.run
        self._signals.begin(claim.run.id, signals)
        if self._is_draining:
            signals.drain()
        self._taken[job_id] = claim, signals

    async def handle(self, run_id: str, job_id: int) -> None:
        """Execute one run, if it is to be had. A job for a run that somebody executes already changes nothing."""
        claim, signals = self._taken.pop(job_id, None) or (None, LeaseSignals())
        if self._is_draining and claim is None:
            with suppress(StoreUnavailable):  # With a job of its own it need not wait for the reconciler.
                await self._store.write(self._transitions.requeue, run_id, job_id=job_id)
            return
        with self._signals.executing(run_id, signals):
            try:
                if claim is None:
                    now = self._transitions.clock.now()
                    claim = await self._store.write(claim_run, run_id, owner=self.name, job_id=job_id, now=now)
                hit("claimed")
                if claim is not None:
                    await self._execute(claim, signals)
            except Fenced:
                _log.info("run %s was taken over or ended elsewhere", run_id)
            except StoreUnavailable:
                _log.warning("run %s is left to take-over: the store is unavailable", run_id)

    async def _execute(self, claim: Claim, signals: LeaseSignals) -> None:
        run = claim.run
        lease = ClaimedRun(claim, store=self._store, transitions=self._transitions, signals=signals)
        signals.run = run
        if run.deadline_at is not None:
            self._signals.timer_set(run.deadline_at)
        if run.cancel_requested_at is not None:
            signals.cancel()
        if claim.attempts > MOST_ATTEMPTS:
            message = f"the run was taken up {claim.attempts - 1} times without getting anywhere"
            await lease.end(_failed("no_progress", message))
            return
        try:
            if not lease.cancelled.is_set():
                await _carry_on(self._executors[run.kind], lease, signals=signals)
        except (Fenced, StoreUnavailable):
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the run must not hang; it is logged
            _log.exception("executing run %s failed", run.id)
            if not lease.is_over:
                await lease.end(_failed("internal_error", "the runtime has a fault; the server's log has the details"))
            return
        if not lease.is_over:
            await self._give_back(lease)

    async def _give_back(self, lease: ClaimedRun) -> None:
        """The executor left a run that is neither parked nor over: cancelled, or this worker is closing."""
        if self._is_draining:
            await self._store.write(self._release, lease.run.id, epoch=lease.run.epoch)
        elif lease.cancelled.is_set():
            await lease.end(cancelled("the run was cancelled"))
        else:
            await lease.end(_failed("internal_error", f"the executor of kind {lease.run.kind!r} left the run behind"))

    def _release(self, tx: Transaction, run_id: str, *, epoch: int) -> None:
        query = select(runs.c.job_id, runs.c.epoch).where(runs.c.id == run_id)
        job_id, current = tx.conn.execute(query).one()
        if current == epoch:
            self._transitions.requeue(tx, run_id, job_id=job_id)

    async def _tail(self) -> None:
        """Other processes cannot poke this one: look once a second at what they did to the runs that it executes."""
        while True:
            await asyncio.sleep(_TAIL_S)
            here = self._signals.executed_here()
            if not here:
                continue
            try:
                found = await self._store.read(_standing, list(here))
            except StoreUnavailable:
                continue
            except Exception:  # noqa: BLE001 - without this loop nothing here would hear of other processes again
                _log.exception("looking at the runs that are executed here failed; trying again")
                continue
            for run_id, standing in found.items():
                for signals in here[run_id]:
                    signals.hear(standing)


async def _carry_on(executor: Executor, lease: ClaimedRun, *, signals: LeaseSignals) -> None:
    """Execute; whoever ignores a cancellation is interrupted after a grace."""
    task = asyncio.current_task()
    if task is None:  # Only outside the event loop.
        raise RuntimeError("runs are executed in tasks")
    with signals.interrupting(task, grace_s=_CANCEL_GRACE_S):
        try:
            await executor.execute(lease)
        except asyncio.CancelledError:
            if not lease.cancelled.is_set() or task.uncancel() > 0:
                raise


def _standing(conn: Connection, run_ids: list[str]) -> dict[str, Standing]:
    """How each of these runs stands."""
    query = select(runs.c.id, runs.c.epoch, runs.c.wake_seq, runs.c.cancel_requested_at).where(runs.c.id.in_(run_ids))
    return {
        run_id: Standing(epoch, wake_seq, is_cancelled=cancelled_at is not None)
        for run_id, epoch, wake_seq, cancelled_at in conn.execute(query)
    }


def _failed(code: str, message: str) -> Ending:
    return Ending(RunStatus.FAILED, error={"code": code, "message": message, "category": "internal"})
