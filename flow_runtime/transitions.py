"""Everything that moves a run from outside its executor, with all consequences, inside the caller's transaction.

Starting, settling, cancelling, ending and queueing again: each writes its rows, enqueues the jobs that follow from
it, tells the projections, and hints to this process once it is committed. Lock order: run row (a parent before its
children), then the rest.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

from flow_runtime.clock import Clock
from flow_runtime.errors import Json
from flow_runtime.failpoints import hit
from flow_runtime.lease import Ledger, Projection
from flow_runtime.queue import Queue, job_of
from flow_runtime.run import Ending, Event, Interrupt, InterruptKind, InterruptStatus, Run, RunStatus, StartRun
from flow_runtime.signals import RunSignals
from flow_runtime.store import Transaction
from flow_runtime.stores.endings import EndedRun, end_run
from flow_runtime.stores.interrupts import cancel_interrupts, close_locked, lock_interrupt
from flow_runtime.stores.runs import (
    Claim,
    claim_parked,
    insert_run,
    lock_run,
    request_cancel,
    requeue_run,
    set_job,
    wake_locked,
)


class Claimant(Protocol):
    """The worker of this process, for which a run may be claimed in the transaction that wakes it."""

    name: str

    def takes(self, kind: str) -> bool:
        """Whether it executes runs of this kind and is not about to end. Called within transactions, in any thread."""
        ...

    def take(self, claim: Claim, job_id: int) -> None:
        """The claim is on disk, and the handler of this job is about to begin: hear all hints about its run from now.

        Called on the event loop.
        """
        ...


class Transitions:
    """The transitions over one queue. Holds no state of its own but who executes runs here."""

    def __init__(
        self,
        queue: Queue,
        *,
        clock: Clock,
        signals: RunSignals,
        projections: Sequence[Projection] = (),
        ledger: Ledger | None = None,
    ) -> None:
        self._queue = queue
        self._projections = tuple(projections)
        self._ledger = ledger
        self.clock = clock
        self.signals = signals
        self.claimant: Claimant | None = None
        """The worker of this process, while it takes runs."""

    def start(self, tx: Transaction, spec: StartRun) -> Run:
        """Start a run, or answer the one that was started with the same idempotency key (or run id) before."""
        if spec.parent_run_id is not None:
            hit("child.start")
        run, is_new = insert_run(tx, spec, now=self.clock.now())
        if is_new:
            self._enqueue(tx, run)
        return run

    def settle(
        self,
        tx: Transaction,
        interrupt_id: str,
        *,
        workspace_id: str,
        status: InterruptStatus,
        resolution: Json = None,
        decided_by: Mapping[str, Json] | None = None,
    ) -> Interrupt:
        """Close an interrupt and wake its run. Raises what `close_interrupt` raises."""
        hit("settle")
        now = self.clock.now()
        run, found = lock_interrupt(tx, interrupt_id, workspace_id=workspace_id)
        closed = close_locked(tx, found, status=status, resolution=resolution, decided_by=decided_by, now=now)
        self.project(tx, run, closed=[closed])
        self._drop_child(tx, closed)
        if run.status is RunStatus.WAITING:
            self._go_on(tx, run, closed=closed, now=now)
        elif not run.status.has_ended:
            wake_locked(tx, run, job_id=None, now=now)
            tx.after_commit(partial(self.signals.woken, run.id))
        return closed

    def cancel(self, tx: Transaction, run_id: str, *, reason: str) -> bool:
        """Cancel a run: a running one is told to stop, any other ends here. False if it had ended.

        Raises `NotFound`.
        """
        run = request_cancel(tx, run_id, self.clock.now())
        if run.status.has_ended:
            return False
        self._cancel_live(tx, run, reason=reason)
        return True

    def end(
        self,
        tx: Transaction,
        run_id: str,
        *,
        ending: Ending,
        claimed: Run | None = None,
        events: Sequence[Event] = (),
        warnings: tuple[str, ...] = (),
    ) -> EndedRun | None:
        """End a run: as the owner of the `claimed` one, with its last `events`; or from outside, None if it had ended.

        Raises `Fenced` if the claim is lost, `NotFound`.
        """
        now = self.clock.now()
        ended = end_run(tx, run_id, ending=ending, now=now, claimed=claimed, events=events, warnings=warnings)
        if ended is None:
            return None
        self.enter(tx, ended.run, ended.events)
        self.project(tx, ended.run, events=ended.events, closed=ended.closed, ending=ending)
        tx.after_commit(partial(self.signals.rested, ended.run))
        if claimed is None:
            tx.after_commit(partial(self.signals.cancel, run_id))
        if ended.settled is not None and ended.parent is not None:
            self.project(tx, ended.parent, closed=[ended.settled])
            if ended.must_enqueue_parent:
                self._enqueue(tx, ended.parent)
            else:
                tx.after_commit(partial(self.signals.woken, ended.parent.id))
        for child in ended.children:
            self._cancel_live(tx, child, reason="the run that started it has ended")
        return ended

    def drop_interrupts(self, tx: Transaction, run: Run, interrupt_ids: Sequence[str]) -> list[Interrupt]:
        """Cancel interrupts that nobody needs any more, and the child runs behind them. The run is locked already."""
        closed = cancel_interrupts(tx, run.id, now=self.clock.now(), only=interrupt_ids)
        for interrupt in closed:
            self._drop_child(tx, interrupt)
        return closed

    def requeue(self, tx: Transaction, run_id: str, *, job_id: int | None) -> bool:
        """Queue a run again whose job or process was lost. False if it moved on meanwhile."""
        if not requeue_run(tx, run_id, job_id=job_id, now=self.clock.now()):
            return False
        self._enqueue(tx, lock_run(tx, run_id))
        return True

    def project(
        self,
        tx: Transaction,
        run: Run,
        *,
        events: Sequence[Event] = (),
        opened: Sequence[Interrupt] = (),
        closed: Sequence[Interrupt] = (),
        ending: Ending | None = None,
    ) -> None:
        """Tell the projections, if the run belongs to a conversation, asks something, got an answer, or ends."""
        if run.conversation_id is not None or opened or closed or ending is not None:
            for projection in self._projections:
                projection(tx, run, events=events, opened=opened, closed=closed, ending=ending)

    def asks_models(self, events: Sequence[Event]) -> bool:
        """Whether the ledger wants to hear of these events."""
        return self._ledger is not None and any("model" in event.data for event in events)

    def enter(self, tx: Transaction, run: Run, events: Sequence[Event]) -> None:
        """Tell the ledger, if a model was asked."""
        if self._ledger is not None and self.asks_models(events):
            self._ledger(tx, run, events)

    def _go_on(self, tx: Transaction, run: Run, *, closed: Interrupt, now: datetime) -> None:
        """Queue a parked run; if it is certain to begin here at once, claim it too: one transaction less to wait for.

        Whoever dies before it begins leaves it as any worker does that dies: running, for take-over to find.
        """
        # Who takes a question back often goes on to cancel the run, which ends at once only if nobody executes it.
        worker = self.claimant if closed.status is not InterruptStatus.CANCELLED else None
        is_ours = worker is not None and worker.takes(run.kind) and self._queue.has_room(priority=run.priority)
        job_id = self._add_job(tx, run)
        if worker is None or job_id is None or not is_ours:
            wake_locked(tx, run, job_id=job_id, now=now)
            return
        claim = claim_parked(tx, run, closed=closed, owner=worker.name, job_id=job_id, now=now)
        # The job was offered by the callback before this one; its handler begins in a later turn of the loop.
        tx.after_commit(partial(worker.take, claim, job_id))

    def _enqueue(self, tx: Transaction, run: Run) -> None:
        set_job(tx, run.id, self._add_job(tx, run))

    def _add_job(self, tx: Transaction, run: Run) -> int | None:
        return self._queue.enqueue(tx, job_of(run.kind), run.id, priority=run.priority)

    def _drop_child(self, tx: Transaction, interrupt: Interrupt) -> None:
        """The child behind an interrupt that was closed before the child ended."""
        is_dropped = interrupt.status is not InterruptStatus.SETTLED
        if interrupt.kind is InterruptKind.CHILD_RUN and is_dropped and "runId" in interrupt.payload:
            self.cancel(tx, interrupt.payload["runId"], reason="the step that started it was dropped")

    def _cancel_live(self, tx: Transaction, run: Run, *, reason: str) -> None:
        if run.status is RunStatus.RUNNING:
            tx.after_commit(partial(self.signals.cancel, run.id))
        else:
            self.end(tx, run.id, ending=cancelled(reason))


def cancelled(reason: str) -> Ending:
    """The ending of a cancelled run."""
    return Ending(RunStatus.CANCELLED, error={"code": "cancelled", "message": reason})
