"""A worker that looks at its runs from time to time believes nothing that is older than its own claim."""

import asyncio
from collections.abc import Sequence

import pytest

from flow_runtime import worker
from flow_runtime.run import RunStatus
from tests.fakes.runtime_bench import Bench
from tests.fakes.steps import flow, step

pytestmark = pytest.mark.anyio


async def test_a_look_that_was_overtaken_by_a_claim_cancels_nothing(
    idle: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, looked = asyncio.get_running_loop(), asyncio.Event()

    def overtaken(_conn: object, run_ids: Sequence[str]) -> list[tuple[str, int, bool]]:
        """What the database said just before the runs were claimed; called in a thread of the store's."""
        loop.call_soon_threadsafe(looked.set)
        return [(run_id, 0, False) for run_id in run_ids]

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
