"""Whoever lost a run writes nothing any more; whoever takes it over repeats nothing that is finished."""

import asyncio

import pytest

from flow_runtime.claimed_run import ClaimedRun
from flow_runtime.clock import ManualClock
from flow_runtime.errors import Fenced
from flow_runtime.lease import Lease
from flow_runtime.queue import Queue
from flow_runtime.queues.memory import MemoryQueue
from flow_runtime.reconciler import GRACE_S
from flow_runtime.run import Ending, Event, Run, RunStatus, StartRun, Trigger
from flow_runtime.signals import LeaseSignals
from flow_runtime.store import Store
from flow_runtime.stores.runs import claim_run, live_runs, requeue_run
from flow_runtime.worker import MOST_ATTEMPTS
from tests.fakes.runtime_bench import Bench
from tests.fakes.steps import flow, scope, step

pytestmark = pytest.mark.anyio


async def claim(bench: Bench, run: Run, owner: str = "w") -> ClaimedRun:
    """Claim a queued run by hand."""
    found = await bench.store.write(claim_run, run.id, owner=owner, job_id=None, now=bench.runtime.clock.now())
    assert found is not None
    return ClaimedRun(found, store=bench.store, transitions=bench.runtime.transitions, signals=LeaseSignals())


async def lose(bench: Bench, lease: ClaimedRun) -> None:
    """The worker of that lease is thought dead; the run is queued again, without a job."""
    now = bench.runtime.clock.now()
    assert await bench.store.write(requeue_run, lease.run.id, job_id=None, now=now)


@pytest.mark.promise("E8")
async def test_a_worker_that_lost_its_run_cannot_write(idle: Bench) -> None:
    # Given a claimed run that another worker takes over
    lease = await claim(idle, await idle.start(flow(step("a"))))
    await lease.append([Event("step.done", "a", {"output": 1})])
    await lose(idle, lease)
    # When the first one tries to go on, then every write is refused and nothing is journaled
    for write in (
        lease.append([Event("step.done", "b", {})]),
        lease.append([Event("step.done", "b", {})], also=lambda _tx: None),
        lease.park(),
        lease.end(Ending(RunStatus.COMPLETED)),
    ):
        with pytest.raises(Fenced):
            await write
    second = await claim(idle, lease.run)
    assert second.run.epoch > lease.run.epoch
    assert [event.key for event in second.history] == ["a"]


@pytest.mark.promise("E8")
async def test_the_step_in_flight_runs_again_with_its_key_and_finished_ones_do_not(idle: Bench) -> None:
    # Given a worker that died after the first step and during the second
    run = await idle.start(flow(step("a", "work", "b", value=1), step("b", "work", None, value=2)))
    lease = await claim(idle, run)
    await lease.append([Event("step.done", "a", {"output": 1})])
    await lose(idle, lease)
    # When another one takes the run over
    async with idle.serving(is_alone=True):
        run = await idle.ended(run)
    # Then only the second one runs
    assert run.output == 2
    assert idle.work.keys == [f"{run.id}:b"]


@pytest.mark.parametrize("ports", [{"ok": "b", "error": "look"}, {"ok": "b"}], ids=["connected", "open"])
async def test_a_once_step_of_unknown_outcome_is_never_repeated(idle: Bench, ports: dict[str, str]) -> None:
    # Given a `once` step that was begun when its worker died
    look = step("look", "compute", None, expression="error.code")
    run = await idle.start(flow(step("a", "work-once", ports), step("b"), look))
    lease = await claim(idle, run)
    await lease.append([Event("step.started", "a", {"attempt": 1})])
    await lose(idle, lease)
    # When the run is taken over
    async with idle.serving(is_alone=True):
        run = await idle.ended(run)
    # Then it takes its error port, or fails
    assert idle.once.calls == []
    if "error" in ports:
        assert run.output == "outcome_unknown"
    else:
        assert (run.error or {})["code"] == "outcome_unknown"


async def test_a_once_step_is_announced_before_it_begins(bench: Bench) -> None:
    run = await bench.start(flow(step("a", "work-once", None, gate="g")))
    await bench.once.begun()
    assert await bench.journal(run) == [("step.started", "a")]
    bench.once.gate("g").set()
    assert (await bench.ended(run)).status is RunStatus.COMPLETED


async def test_a_duplicate_job_for_a_healthy_run_changes_nothing(bench: Bench, queue: Queue) -> None:
    run = await bench.start(flow(step("a", "work", None, gate="g")))
    await bench.work.begun()
    await bench.store.write(lambda tx: queue.enqueue(tx, "app.run", run.id))
    await bench.ended(await bench.start(flow(step("x"))))
    bench.work.gate("g").set()
    assert (await bench.ended(run)).status is RunStatus.COMPLETED
    assert bench.work.calls == ["a"]


async def test_an_answer_between_the_look_and_the_park_is_not_lost(idle: Bench) -> None:
    # Given runs whose questions are answered at every possible moment around their parking
    definition = flow(step("q", "ask", "w"), step("w", "work"))
    async with idle.serving(is_alone=True):
        runs = [await idle.start(definition) for _ in range(40)]

        async def answer(run: Run) -> None:
            while True:
                found = await idle.open(run)
                if found:
                    await idle.answer(found[0])
                    return
                await asyncio.sleep(0)

        await asyncio.gather(*(answer(run) for run in runs))
        # Then none is stuck
        for run in runs:
            assert (await idle.ended(run)).status is RunStatus.COMPLETED
    assert len(idle.work.calls) == 40


async def test_answers_while_a_sibling_works_are_taken_up_at_once(bench: Bench) -> None:
    # Given a branch at work and a branch that asks
    branches = {
        "busy": scope(step("x", "work", None, gate="g")),
        "ask": scope(step("q", "ask", "y"), step("y", "work")),
    }
    run = await bench.start(flow(step("p", "parallel", None, branches=branches)))
    await bench.work.begun()
    found = await bench.open(run)
    while not found:
        found = await bench.open(run)
    # When it is answered, then its branch goes on although the other one is still busy
    await bench.answer(found[0])
    await bench.work.begun(2)
    assert bench.work.calls == ["p.busy/x", "p.ask/y"]
    bench.work.gate("g").set()
    assert (await bench.ended(run)).status is RunStatus.COMPLETED


@pytest.mark.promise("E9")
async def test_a_poison_run_is_given_up(idle: Bench) -> None:
    # Given a run whose workers died again and again without getting anywhere
    run = await idle.start(flow(step("a", "work")))
    for n in range(MOST_ATTEMPTS):
        await lose(idle, await claim(idle, run, owner=f"w{n}"))
    # When the next one takes it up
    async with idle.serving(is_alone=True):
        run = await idle.ended(run)
    # Then it fails alone, with a diagnosis
    assert (run.error or {})["code"] == "no_progress"
    assert idle.work.calls == []


async def test_a_clean_stop_lets_the_step_finish_and_leaves_the_rest(store: Store, queue: Queue, idle: Bench) -> None:
    # Given a run in the middle of a `once` step
    definition = flow(step("a", "work-once", "b", gate="g"), step("b", "work", None, value="end"))
    async with idle.serving(is_alone=True):
        run = await idle.start(definition)
        await idle.once.begun()
        # When the process drains, and the step ends meanwhile
        asyncio.get_running_loop().call_later(0.05, idle.once.gate("g").set)
    # Then the step is finished, the next one was not begun, and the run is queued for somebody else
    found = await idle.client.get(run.id, workspace_id="w1")
    assert found.status is RunStatus.QUEUED
    assert idle.work.calls == []
    assert await idle.journal(run) == [("step.started", "a"), ("step.done", "a")]


async def test_the_reconciler_heals_a_lost_job(store: Store, queue: Queue, clock: ManualClock) -> None:
    # Given a run whose job was lost
    run = await Bench(store, MemoryQueue(), clock=clock).start(flow(step("a")))
    bench = Bench(store, queue, clock=clock)
    async with bench.serving(is_alone=False):
        # When the reconciler looks before the grace is over, it leaves the run to its worker
        assert await bench.runtime.reconciler.heal() == 0
        # When it looks afterwards, the run gets a new job
        clock.advance(GRACE_S + 1)
        assert await bench.runtime.reconciler.heal() == 1
        assert (await bench.ended(run)).status is RunStatus.COMPLETED
    # And a start that knows itself alone waits for nobody
    run = await Bench(store, MemoryQueue(), clock=clock).start(flow(step("a")))
    assert await bench.runtime.reconciler.recover() == 1


class Deaf:
    """An executor that does not listen."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.was_interrupted = False

    async def execute(self, lease: Lease) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.was_interrupted = True
            raise


async def test_an_executor_that_ignores_a_cancellation_is_interrupted(
    idle: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flow_runtime.worker._CANCEL_GRACE_S", 0.01)
    deaf = Deaf()
    async with idle.serving(is_alone=True, executors={"deaf": deaf}):
        run = await idle.client.start(StartRun("w1", "deaf", {}, Trigger("api")))
        await deaf.begun.wait()
        await idle.client.cancel(run.id, reason="stop")
        run = await idle.ended(run)
    assert run.status is RunStatus.CANCELLED
    assert deaf.was_interrupted


class Broken:
    """An executor with a bug, or one that leaves its run behind."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    async def execute(self, lease: Lease) -> None:
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("error", [RuntimeError("bug"), None], ids=["raises", "leaves"])
async def test_a_broken_executor_fails_the_run(idle: Bench, error: Exception | None) -> None:
    async with idle.serving(is_alone=True, executors={"broken": Broken(error)}):
        run = await idle.ended(await idle.client.start(StartRun("w1", "broken", {}, Trigger("api"))))
        assert (run.error or {})["code"] == "internal_error"


async def test_a_run_of_a_kind_that_nobody_here_executes_waits_for_others(idle: Bench) -> None:
    async with idle.serving():
        run = await idle.client.start(StartRun("w1", "rare", {}, Trigger("api")))
        await idle.ended(await idle.start(flow(step("a"))))  # whoever is here has work to do, and does it
        assert (await idle.client.get(run.id, workspace_id="w1")).status is RunStatus.QUEUED


async def test_a_child_beside_a_run_is_started_once_per_key(idle: Bench) -> None:
    digest = (await idle.start(flow(step("a")))).definition_digest
    lease = await claim(idle, await idle.start(flow(step("b"))))
    spec = StartRun("w1", "flow", {}, Trigger("peer.action"), definition_digest=digest)
    first = await lease.start_child("call_1", spec)
    assert await lease.start_child("call_1", spec) == first
    assert await lease.start_child("call_2", spec) != first
    child = await idle.client.get(first, workspace_id="w1")
    assert (child.parent_run_id, child.root_run_id, child.depth) == (lease.run.id, lease.run.id, 1)
    await lose(idle, lease)
    with pytest.raises(Fenced):
        await lease.start_child("call_3", spec)


async def test_a_cancellation_just_before_the_park_is_not_lost(idle: Bench) -> None:
    # Given a claimed run that somebody cancels while it is running
    lease = await claim(idle, await idle.start(flow(step("q", "ask"))))
    assert await idle.client.cancel(lease.run.id, reason="stop")
    # When its executor parks it before it has heard of that, then it is told instead
    assert not await lease.park()
    assert lease.cancelled.is_set()


async def test_a_cancellation_from_another_process_is_noticed(
    idle: Bench, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flow_runtime.worker._TAIL_S", 0.02)
    async with idle.serving(is_alone=True):
        run = await idle.start(flow(step("a", "work", None, gate="never")))
        await idle.work.begun()
        # When a process that cannot poke this one cancels the run
        await Bench(store, MemoryQueue()).client.cancel(run.id, reason="stop")
        # Then its worker sees it
        assert (await idle.ended(run)).status is RunStatus.CANCELLED
    assert idle.work.cancelled == ["a"]


async def test_a_job_that_comes_to_a_closing_worker_is_handed_on_at_once(idle: Bench, queue: Queue) -> None:
    # Given a worker that is closing, and a run that was queued
    async with idle.runtime.serving() as worker:
        await worker.close()
        run = await idle.start(flow(step("a")))
        (before,) = await idle.store.read(live_runs)
        assert before.job_id is not None
        # When the queue gives it that run's job all the same
        await worker.handle(run.id, before.job_id)
        # Then the run has another job, which is still to be had, and waits for no reconciler
        (after,) = await idle.store.read(live_runs)
        assert after.job_id not in {None, before.job_id}
        assert await queue.missing([after.job_id or 0]) == set()
