"""One execution of one flow run: asks the engine what comes next, lets the steps do it, and journals the outcomes.

Pure steps are computed one after the other on the spot; their events wait in a buffer. The buffer is on disk before an
effect begins, before the run parks, and with the run's end, so the way to every effect is always recorded before it.
One effect at a time is awaited on the spot too; several become tasks.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flow_runtime import engine
from flow_runtime.clock import Clock
from flow_runtime.errors import FlowError, Json, StepFailed
from flow_runtime.failpoints import hit
from flow_runtime.frame import Phase, Position
from flow_runtime.journal_buffer import JournalBuffer
from flow_runtime.lease import Lease
from flow_runtime.plan import Plan
from flow_runtime.run import Event, InterruptKind, InterruptStatus, NewInterrupt, Settlement
from flow_runtime.state import RunState, fold
from flow_runtime.step import CallFlow, Wait
from flow_runtime.step_moment import Moment, Performed, StepMoments
from flow_runtime.wait_opening import WaitOpening

Note = Mapping[str, Json]
LONGEST_SLEEP_S: Final = 5.0
"""Longer pauses before another attempt park the run; so do those of `once` steps, which have not begun meanwhile."""
_BREATH: Final = 64
"""Pure steps computed in a row before everybody else gets a turn."""


@dataclass(slots=True, eq=False)
class _Effect:
    """A step that is at work: its position, and its outcome once there is one."""

    position: Position
    task: "asyncio.Task[Performed]"


class FlowRun:
    """Drives one run until it ends, parks, or must be given back."""

    def __init__(
        self,
        lease: Lease,
        plan: Plan,
        *,
        clock: Clock,
        moments: StepMoments,
        buffer: JournalBuffer,
        opening: WaitOpening,
    ) -> None:
        self._lease = lease
        self._clock = clock
        self._moments = moments
        self._buffer = buffer
        self._opening = opening
        self._state = fold(RunState(plan, lease.run.inputs), lease.history)
        self._state.take_dropped()  # Their interrupts were cancelled with the events that dropped them.
        self._settled: dict[str, Settlement] = {}
        self._effects: dict[str, _Effect] = {}
        self._main: asyncio.Task[object] | None = None
        self._is_interruptible = False

    async def drive(self) -> None:
        """Carry the run on. On return it has ended, is parked, or the lease was cancelled or drained."""
        self._main = asyncio.current_task()
        watcher = asyncio.create_task(self._watch_cancel())
        try:
            if self._state.waiting:
                await self._look()
            while not await self._advance():
                pass
        except asyncio.CancelledError:
            if not self._lease.cancelled.is_set() or self._main is None or self._main.uncancel() > 0:
                raise
        finally:
            watcher.cancel()
            await self._stop(list(self._effects.values()))

    async def _advance(self) -> bool:
        """One round: compute, begin effects, wait. True if there is nothing more to do here."""
        if self._lease.cancelled.is_set():
            return True
        await self._compute()
        if self._state.ending is not None:
            await self._stop(list(self._effects.values()))
            await self._lease.end(self._state.ending, events=self._buffer.take_events())
            return True
        if self._lease.draining.is_set() and not self._effects:
            await self._buffer.flush()
            return True
        moments = [] if self._lease.draining.is_set() else self._due_effects()
        if len(moments) == 1 and not self._effects and not self._state.waiting:
            await self._perform_alone(moments[0])
        elif moments:
            await self._begin_side_by_side(moments)
        elif self._effects:
            await self._wait()
        else:
            return await self._park()
        return False

    # --- pure steps -------------------------------------------------------------------------------------------------

    async def _compute(self) -> None:
        """Compute every step that touches nothing outside, until only effects and waits are left."""
        computed = 0
        while not self._is_stopping():
            moments = [moment for moment in self._due() if self._is_pure(moment)]
            if not moments:
                return
            for moment in moments:
                if self._state.positions.get(moment.position.key) is not moment.position:
                    continue  # A sibling has dropped it meanwhile.
                await self._compute_one(moment)
                computed += 1
                if computed % _BREATH == 0:
                    await self._buffer.flush()
                    await asyncio.sleep(0)
                if self._is_stopping():
                    return

    def _is_stopping(self) -> bool:
        return self._state.ending is not None or self._lease.cancelled.is_set()

    async def _compute_one(self, moment: Moment) -> None:
        position = moment.position
        if position.phase is Phase.FAILED:
            self._emit(engine.failed_inside(position))
        elif position.phase is Phase.STARTED and moment.settlement is None:
            self._emit(engine.failed(position, engine.outcome_unknown(position)))
        else:
            await self._record(position, await self._moments.perform(moment))

    def _due(self) -> Iterable[Moment]:
        """What can go on: ready positions, and waiting ones whose interrupt was closed."""
        for position in list(self._state.ready.values()):
            if position.key not in self._effects:
                yield Moment(position)
        for name, settlement in self._settled.items() if self._settled else ():
            waiting = self._state.waiting.get(name)
            if waiting is not None and waiting.key not in self._effects:
                yield Moment(waiting, None if waiting.retries else settlement)

    def _due_effects(self) -> list[Moment]:
        return [moment for moment in self._due() if not self._is_pure(moment)]

    def _is_pure(self, moment: Moment) -> bool:
        position = moment.position
        if position.phase is Phase.FAILED or (position.phase is Phase.STARTED and moment.settlement is None):
            return True  # Only an event to write: the failure of a container, or an unknown outcome.
        return position.plan.is_pure and position.retry_delay_s == 0

    # --- effects ----------------------------------------------------------------------------------------------------

    async def _perform_alone(self, moment: Moment) -> None:
        """The common case: nothing else is going on, so no task is needed."""
        await self._announce([moment])
        self._is_interruptible = True
        try:
            outcome = await self._moments.perform(moment)
        finally:
            self._is_interruptible = False
        await self._record(moment.position, outcome)

    async def _begin_side_by_side(self, moments: list[Moment]) -> None:
        await self._announce(moments)
        for moment in moments:
            task = asyncio.create_task(self._moments.perform(moment))
            task.add_done_callback(lambda _: self._lease.woken.set())
            self._effects[moment.position.key] = _Effect(moment.position, task)

    async def _announce(self, moments: list[Moment]) -> None:
        """Write down all that leads to these effects; and of `once` steps that they begin now."""
        for moment in moments:
            if (
                moment.position.plan.is_once
                and moment.settlement is None
                and moment.position.phase is not Phase.RETURNED
            ):
                self._emit(engine.started(moment.position))
        await self._buffer.flush()
        hit("effect.before")

    async def _wait(self) -> None:
        """Wait until an effect is done, an interrupt was closed, or the run was cancelled."""
        await self._lease.woken.wait()
        self._lease.woken.clear()
        for key, effect in list(self._effects.items()):
            # What an earlier one of these drops is cancelled and gone: it is done too, but gave nothing.
            is_ours = effect.task.done() and self._effects.pop(key, None) is effect
            if is_ours and self._state.positions.get(key) is effect.position:
                await self._record(effect.position, effect.task.result())
        if self._state.waiting and not self._lease.cancelled.is_set():
            await self._look()

    async def _stop(self, effects: list[_Effect]) -> None:
        """Cancel effects and wait for them to be gone, so that nothing of this run goes on unseen."""
        for effect in effects:
            self._effects.pop(effect.position.key, None)
            effect.task.cancel()
        if effects:
            await asyncio.wait([effect.task for effect in effects])

    async def _watch_cancel(self) -> None:
        await self._lease.cancelled.wait()
        if self._is_interruptible and self._main is not None:
            self._main.cancel()

    # --- outcomes ---------------------------------------------------------------------------------------------------

    async def _record(self, position: Position, performed: Performed) -> None:
        """Turn an outcome into events and openings, and apply them."""
        hit("outcome")
        outcome, note = performed.outcome, performed.note
        try:
            if isinstance(outcome, FlowError):
                self._record_failure(position, outcome, note=note)
            elif isinstance(outcome, Wait):
                self._open(position, self._opening.wait(position, outcome), carry=outcome.carry, note=note)
            elif isinstance(outcome, CallFlow):
                self._open(position, await self._opening.call(position, outcome), carry=outcome.carry, note=note)
            else:
                self._emit(engine.advance(position, outcome), note)
        except StepFailed as error:
            self._emit(engine.failed(position, error), note)
        if position.plan.is_once:
            await self._buffer.flush()
        dropped = [
            effect for key, effect in self._effects.items() if self._state.positions.get(key) is not effect.position
        ]
        await self._stop(dropped)

    def _record_failure(self, position: Position, error: FlowError, *, note: Note) -> None:
        delay = engine.retry_delay(position, error)
        if delay is None:
            self._emit(engine.failed(position, error), note)
            return
        self._emit(engine.retrying(position, error, delay_s=delay), note)
        if delay > LONGEST_SLEEP_S or position.plan.is_once:
            at = self._clock.now() + timedelta(seconds=delay)
            pause = Wait(InterruptKind.TIMER, {"attempt": position.attempt}, expires_at=at)
            self._open(position, self._opening.wait(position, pause), is_retry=True)

    def _open(
        self,
        position: Position,
        new: NewInterrupt,
        *,
        is_retry: bool = False,
        carry: Json = None,
        note: Note | None = None,
    ) -> None:
        self._emit(engine.waiting(position, interrupt_id=new.id, kind=new.kind, is_retry=is_retry, carry=carry), note)
        self._buffer.open(new)

    def _emit(self, event: Event, note: Note | None = None) -> None:
        event = self._buffer.add(event, note)
        self._state.apply(event)
        self._buffer.drop(self._state.take_dropped())

    # --- waiting ----------------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        """Read which interrupts were closed."""
        await self._buffer.flush()
        for interrupt in await self._lease.interrupts(self._state.waiting.keys()):
            if interrupt.status is not InterruptStatus.OPEN:
                self._settled[interrupt.id] = Settlement(
                    interrupt_id=interrupt.id,
                    status=interrupt.status,
                    resolution=interrupt.resolution,
                    decided_by=interrupt.decided_by,
                    settled_at=interrupt.settled_at,
                    payload=interrupt.payload,
                    digest=interrupt.digest,
                )

    async def _park(self) -> bool:
        """Give the run back, unless an answer arrived since the last look."""
        await self._buffer.flush()
        if await self._lease.park():
            return True
        await self._look()
        return False
