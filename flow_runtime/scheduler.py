"""Fires timers: interrupts that expire, pauses that are over, runs whose active time is used up; and foreign alarms."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from sqlalchemy import Connection

from flow_runtime.errors import Conflict, FlowError, Gone, NotFound, StoreUnavailable
from flow_runtime.failpoints import hit
from flow_runtime.run import Ending, InterruptStatus, Run, RunStatus, StartRun
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.runs import lock_run
from flow_runtime.stores.timers import Timer, TimerKind, due_timers, next_due, put_off, see_due
from flow_runtime.transitions import Transitions

_log = logging.getLogger(__name__)

_PER_PASS: Final = 20
"""Timers fired in one transaction."""
_LONGEST_SLEEP_S: Final = 30.0
"""Embedded, nobody else sets timers; this only heals what should not happen (a clock that was set)."""
_POLL_S: Final = 0.5
"""Other processes set timers too: how late a timer may be that this one was not told of."""
_AFTER_FAULT_S: Final = 5.0
"""The pause before a round is repeated that met a fault."""
_HELD_S: Final = 0.05
"""The pause before a timer is looked at again whose run somebody holds right now."""
_PUT_OFF: Final = timedelta(minutes=1)
"""How much later a timer is tried again that could not be fired."""


class Alarm(Protocol):
    """Something of the layer above that becomes due in time, such as a schedule."""

    def next_due(self, conn: Connection) -> datetime | None:
        """When the earliest is due; None if nothing is."""
        ...

    def fire(self, tx: Transaction, start: Callable[[Transaction, StartRun], Run], *, now: datetime, limit: int) -> int:
        """Do what is due, at most so many, and make it due later or never; answers how many that were.

        `start` starts a run in this transaction. Other processes fire at the same time: lock, and pass over what is
        locked.
        """
        ...


class Scheduler:
    """Fires what is due. Any number of processes may run one: each timer fires once."""

    def __init__(self, store: Store, *, transitions: Transitions, alarms: Sequence[Alarm] = ()) -> None:
        self._store = store
        self._transitions = transitions
        self._alarms = tuple(alarms)
        self._longest_s = _POLL_S if store.dialect == "postgresql" else _LONGEST_SLEEP_S

    async def run(self) -> None:
        """Fire timers until cancelled. Survives a database restart."""
        while True:
            try:
                fired = await self.fire_due()
                due_at = await self._store.read(self._next_due)
            except StoreUnavailable:
                _log.warning("timers wait: the store is unavailable")
                await asyncio.sleep(_POLL_S)
            except Exception:  # noqa: BLE001 - without this loop no timer would ever fire again
                _log.exception("firing timers failed; trying again")
                await self._transitions.signals.sleep_towards(None, at_most_s=_AFTER_FAULT_S)
            else:
                pause_s = self._until(due_at) or (0.0 if fired else _HELD_S)
                await self._transitions.signals.sleep_towards(due_at, at_most_s=pause_s)

    async def fire_due(self) -> int:
        """Fire everything that is due now; answers how many timers and alarms that were.

        A fault of one keeps no other from firing. That of an alarm is raised at the end.
        """
        fired, faults = await self._as_often_as_needed(self._fire_timers), list[Exception]()
        for alarm in self._alarms:
            try:
                fired += await self._as_often_as_needed(partial(self._store.write, partial(self._ring, alarm)))
            except StoreUnavailable:
                raise
            except Exception as fault:  # noqa: BLE001 - it is raised below
                faults.append(fault)
        if faults:
            raise faults[0]
        return fired

    async def _as_often_as_needed(self, fire: Callable[[], Awaitable[int]]) -> int:
        """Repeat it until it finds no more than it can fire at once; answers how many that were."""
        fired = 0
        while True:
            count = await fire()
            fired += count
            if count < _PER_PASS:
                return fired

    async def _fire_timers(self) -> int:
        """Fire some of the timers that are due; fewer than `_PER_PASS` if none is left."""
        try:
            return await self._store.write(self._fire)
        except StoreUnavailable:
            raise
        except Exception:  # noqa: BLE001 - one of them has a fault: which one, comes out below
            return await self._fire_one_by_one()

    async def _fire_one_by_one(self) -> int:
        """Fire each in a transaction of its own, and put off the ones that fail."""
        now = self._transitions.clock.now()
        due = await self._store.read(see_due, now, _PER_PASS)
        for timer in due:
            try:
                await self._store.write(self._fire, only=timer)
            except StoreUnavailable:
                raise
            except Exception:  # noqa: BLE001 - whatever it is, it must not keep the others waiting
                _log.exception("the %s of run %s cannot be fired; trying again later", timer.kind, timer.run_id)
                await self._store.write(put_off, timer, due_at=now + _PUT_OFF)
        return len(due)

    def _next_due(self, conn: Connection) -> datetime | None:
        due = (next_due(conn), *(alarm.next_due(conn) for alarm in self._alarms))
        return min((at for at in due if at is not None), default=None)

    def _ring(self, alarm: Alarm, tx: Transaction) -> int:
        return alarm.fire(tx, self._transitions.start, now=self._transitions.clock.now(), limit=_PER_PASS)

    def _until(self, due_at: datetime | None) -> float:
        if due_at is None:
            return self._longest_s
        seconds = (due_at - self._transitions.clock.now()).total_seconds()
        return min(max(seconds, 0.0), self._longest_s)

    def _fire(self, tx: Transaction, *, only: Timer | None = None) -> int:
        timers = due_timers(tx, self._transitions.clock.now(), _PER_PASS, only=only)
        for timer in timers:
            hit("timer")
            try:
                self._act(tx, timer)
            except (Conflict, Gone, NotFound) as error:
                _log.debug("the %s of run %s came too late: %s", timer.kind, timer.run_id, error.code)
        return len(timers)

    def _act(self, tx: Transaction, timer: Timer) -> None:
        if timer.kind is TimerKind.DEADLINE:
            self._transitions.end(tx, timer.run_id, ending=timed_out())
        elif timer.interrupt_id is not None:
            workspace_id = lock_run(tx, timer.run_id).workspace_id
            self._transitions.settle(tx, timer.interrupt_id, workspace_id=workspace_id, status=InterruptStatus.EXPIRED)


def timed_out() -> Ending:
    """The ending of a run that used up its active time, or the time that its caller waits."""
    error = FlowError("timeout", "the run took longer than its flow allows", remedy="Allow more time in the settings.")
    return Ending(RunStatus.TIMED_OUT, error={**error.as_json(), "category": "internal"})
