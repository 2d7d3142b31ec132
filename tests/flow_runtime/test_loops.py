"""The loops that heal and fire go on, whatever one round of them meets."""

import asyncio
from typing import cast

import pytest

from flow_runtime import reconciler, scheduler
from flow_runtime.clock import SystemClock
from flow_runtime.queues.memory import MemoryQueue
from flow_runtime.reconciler import Reconciler
from flow_runtime.scheduler import Scheduler
from flow_runtime.signals import RunSignals
from flow_runtime.store import Store
from flow_runtime.stores.memory import MemoryStore
from flow_runtime.transitions import Transitions

pytestmark = pytest.mark.anyio


class Rounds:
    """Fails in the first round, and notes the second."""

    def __init__(self) -> None:
        self.count = 0
        self.second = asyncio.Event()

    async def __call__(self) -> int:
        self.count += 1
        if self.count == 1:
            raise KeyError("nobody expected this")
        self.second.set()
        await asyncio.Event().wait()
        return 0


@pytest.mark.parametrize(("part", "round_name"), [(Reconciler, "heal"), (Scheduler, "fire_due")])
async def test_a_round_that_fails_is_not_the_last(
    monkeypatch: pytest.MonkeyPatch, part: type[Reconciler | Scheduler], round_name: str
) -> None:
    # Given a loop whose first round meets something that nobody expected
    monkeypatch.setattr(reconciler, "PERIOD_S", 0)
    monkeypatch.setattr(scheduler, "_AFTER_FAULT_S", 0)
    queue, store = MemoryQueue(), cast(Store, MemoryStore())
    transitions = Transitions(queue, clock=SystemClock(), signals=RunSignals())
    loop = (
        Reconciler(store, queue, transitions=transitions)
        if part is Reconciler
        else Scheduler(store, transitions=transitions)
    )
    rounds = Rounds()
    monkeypatch.setattr(loop, round_name, rounds)
    # When it runs, then there is a second round
    task = asyncio.create_task(loop.run())
    async with asyncio.timeout(5):
        await rounds.second.wait()
    task.cancel()
