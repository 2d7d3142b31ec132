"""What a worker that looks at its runs from time to time learns of other processes, and what it must not believe."""

import asyncio
from collections.abc import Sequence

import pytest

from flow_runtime import worker
from flow_runtime.clock import ManualClock
from flow_runtime.queue import Queue
from flow_runtime.run import RunStatus
from flow_runtime.signals import Standing
from flow_runtime.store import Store
from tests.fakes.runtime_bench import Bench
from tests.fakes.steps import flow, scope, step

pytestmark = pytest.mark.anyio


async def test_a_look_that_was_overtaken_by_a_claim_cancels_nothing(
    idle: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, looked = asyncio.get_running_loop(), asyncio.Event()

    def overtaken(_conn: object, run_ids: Sequence[str]) -> dict[str, Standing]:
        """What the database said just before the runs were claimed; called in a thread of the store's."""
        loop.call_soon_threadsafe(looked.set)
        return {run_id: Standing(epoch=0, wake_seq=0, is_cancelled=False) for run_id in run_ids}

    monkeypatch.setattr(worker, "_TAIL_S", 0.001)
    monkeypatch.setattr(worker, "_standing", overtaken)
    # Given a run that is being executed
    async with idle.serving(is_alone=True):
        run = await idle.start(flow(step("a", "work", None, gate="g", value=1)))
        await idle.work.begun()
        # When its worker hears, more than once, how it stood before
        for _ in range(3):
            looked.clear()
            await asyncio.wait_for(looked.wait(), 5)
        idle.work.gate("g").set()
        run = await idle.ended(run)
    # Then it ends by itself
    assert run.status is RunStatus.COMPLETED


@pytest.mark.parametrize("answer", ["answered", "expired"])
async def test_a_busy_run_hears_of_an_answer_that_another_process_took(
    answer: str, store: Store, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_TAIL_S", 0.01)
    # Each has a clock of its own: no timer of the one at work shall fire by itself.
    here, elsewhere = Bench(store, queue, clock=ManualClock()), Bench(store, queue, clock=(clock := ManualClock()))
    # Given a race between an effect that takes forever and a question
    branches = {
        "effect": scope(step("x", "work", None, gate="never")),
        "person": scope(
            step("q", "ask", {"approve": "a", "expired": "e"}, expires_in_s=60),
            step("a", "say", None, value="answered"),
            step("e", "say", None, value="expired"),
        ),
    }
    async with here.serving(is_alone=True):
        run = await here.start(flow(step("p", "parallel", None, branches=branches, wait="first")))
        await here.work.begun()
        (card,) = await here.open(run)
        # When a process that cannot poke the one at work takes the answer, or fires the expiry
        if answer == "answered":
            await elsewhere.answer(card)
        else:
            clock.advance(61)
            assert await elsewhere.runtime.scheduler.fire_due() == 1
        run = await here.ended(run)
    # Then the question wins, and the effect is stopped
    assert run.output == {"person": answer}
    assert here.work.cancelled == ["p.effect/x"]
