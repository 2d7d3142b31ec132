"""The front door of the runtime: start runs, settle interrupts, cancel, read, wait."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final, Literal

from sqlalchemy import Connection, select

from flow_runtime.errors import Json
from flow_runtime.run import ASKED_KINDS, Event, Interrupt, InterruptStatus, Run, RunStatus, StartRun
from flow_runtime.scheduler import timed_out
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.interrupts import interrupts_of
from flow_runtime.stores.journal import read_events
from flow_runtime.stores.runs import get_run, lock_run
from flow_runtime.stores.tables import LIVE, interrupts, runs
from flow_runtime.transitions import Transitions

_TAIL_S: Final = 1.0
"""How often a waiter looks by itself: runs that another process executes send it no hints."""


class FlowClient:
    """What services and doors use. The `_in` verbs take part in the caller's transaction; the others make their own."""

    def __init__(self, store: Store, *, transitions: Transitions) -> None:
        self._store = store
        self._transitions = transitions
        self._signals = transitions.signals

    def start_in(self, tx: Transaction, spec: StartRun) -> Run:
        """Start a run: its row and its job. A known idempotency key answers the run of the first time."""
        return self._transitions.start(tx, spec)

    def settle_in(
        self,
        tx: Transaction,
        interrupt_id: str,
        *,
        workspace_id: str,
        status: InterruptStatus = InterruptStatus.SETTLED,
        resolution: Json = None,
        decided_by: Mapping[str, Json] | None = None,
    ) -> Interrupt:
        """Close an interrupt and wake its run. Of all that try, exactly one succeeds.

        Raises `NotFound`, `Conflict` (``already_settled``, the recorded decision in `details`), `Gone` (expired or
        cancelled).
        """
        return self._transitions.settle(
            tx,
            interrupt_id,
            workspace_id=workspace_id,
            status=status,
            resolution=resolution,
            decided_by=decided_by,
        )

    def cancel_in(self, tx: Transaction, run_id: str, *, reason: str) -> bool:
        """Cancel a run and all below it. False if it had ended. Raises `NotFound`."""
        return self._transitions.cancel(tx, run_id, reason=reason)

    def set_alarm_in(self, tx: Transaction, due_at: datetime) -> None:
        """Tell the timer loop of this process that an alarm was set for that time; others look by themselves."""
        tx.after_commit(partial(self._signals.timer_set, due_at))

    async def start(self, spec: StartRun) -> Run:
        """Start a run in a transaction of its own."""
        return await self._store.write(self.start_in, spec)

    async def settle(
        self,
        interrupt_id: str,
        *,
        workspace_id: str,
        status: InterruptStatus = InterruptStatus.SETTLED,
        resolution: Json = None,
        decided_by: Mapping[str, Json] | None = None,
    ) -> Interrupt:
        """Close an interrupt in a transaction of its own. Raises as `settle_in`."""
        return await self._store.write(
            self.settle_in,
            interrupt_id,
            workspace_id=workspace_id,
            status=status,
            resolution=resolution,
            decided_by=decided_by,
        )

    async def cancel(self, run_id: str, *, reason: str) -> bool:
        """Cancel a run in a transaction of its own. Raises `NotFound`."""
        return await self._store.write(self.cancel_in, run_id, reason=reason)

    async def time_out(self, run_id: str, *, workspace_id: str) -> bool:
        """End a run whose caller waits no longer; False if it has ended or waits for somebody outside.

        Raises `NotFound`.
        """
        return await self._store.write(self._time_out, run_id, workspace_id=workspace_id)

    async def get(self, run_id: str, *, workspace_id: str) -> Run:
        """The run as it stands. Raises `NotFound`, also for a run of another workspace."""
        return await self._store.read(get_run, run_id, workspace_id=workspace_id)

    async def journal(self, run_id: str, *, after_seq: int = 0) -> list[Event]:
        """The run's events after that one, in order."""
        return await self._store.read(read_events, run_id, after_seq=after_seq)

    async def interrupts(self, run_id: str, *, with_children: bool = False) -> list[Interrupt]:
        """The run's interrupts, open and closed, oldest first; if wished, those of all runs below it too."""
        return await self._store.read(interrupts_below if with_children else interrupts_of, run_id)

    async def wait(
        self, run_id: str, *, workspace_id: str, timeout_s: float, until: Literal["ended", "parked"] = "parked"
    ) -> Run:
        """The run once it has ended, or as it stands after the timeout. Raises `NotFound`.

        With ``parked`` also once it, or a run below it, waits for somebody outside and nothing of it is running.
        """
        now = asyncio.get_running_loop().time
        deadline = now() + timeout_s
        look = _standing if until == "parked" else _as_it_is
        with self._signals.watching(run_id) as watch:
            claimed = self._signals.claimed_here(run_id)
            if claimed is not None and claimed.workspace_id == workspace_id and timeout_s > 0:
                # There is nothing to look at before this process tells of its rest.
                await watch.sleep(min(timeout_s, _TAIL_S))
            while watch.ended is None:
                run, is_at_rest = await self._store.read(look, run_id, workspace_id=workspace_id)
                remaining = deadline - now()
                if is_at_rest or remaining <= 0:
                    return run
                await watch.sleep(min(remaining, _TAIL_S))
            return watch.ended

    def _time_out(self, tx: Transaction, run_id: str, *, workspace_id: str) -> bool:
        lock_run(tx, run_id)
        _, is_at_rest = _standing(tx.conn, run_id, workspace_id=workspace_id)
        return not is_at_rest and self._transitions.end(tx, run_id, ending=timed_out()) is not None


def _as_it_is(conn: Connection, run_id: str, *, workspace_id: str) -> tuple[Run, bool]:
    """The run, and whether it has ended."""
    run = get_run(conn, run_id, workspace_id=workspace_id)
    return run, run.status.has_ended


def _standing(conn: Connection, run_id: str, *, workspace_id: str) -> tuple[Run, bool]:
    """The run, and whether it has ended or its tree rests on an answer from outside."""
    run = get_run(conn, run_id, workspace_id=workspace_id)
    if run.status is not RunStatus.WAITING:
        return run, run.status.has_ended
    tree = _below(conn, run_id)
    working = select(runs.c.id).where(runs.c.id.in_(tree), runs.c.status.in_(LIVE)).limit(1)
    if conn.execute(working).first() is not None:
        return run, False
    asked = select(interrupts.c.id).where(
        interrupts.c.run_id.in_(tree),
        interrupts.c.status == InterruptStatus.OPEN,
        interrupts.c.kind.in_(sorted(ASKED_KINDS)),
    )
    return run, conn.execute(asked.limit(1)).first() is not None


def _below(conn: Connection, run_id: str) -> list[str]:
    """The ids of a run and all runs below it, level by level; there are at most 16."""
    found = level = [run_id]
    while level:
        level = list(conn.scalars(select(runs.c.id).where(runs.c.parent_run_id.in_(level))))
        found = found + level
    return found


def interrupts_below(conn: Connection, run_id: str) -> list[Interrupt]:
    """The interrupts of a run and of all runs below it, open and closed, oldest first."""
    found = [interrupt for each in _below(conn, run_id) for interrupt in interrupts_of(conn, each)]
    return sorted(found, key=lambda interrupt: (interrupt.opened_at, interrupt.id))
