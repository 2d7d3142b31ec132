"""Time: expiries, pauses, retries and deadlines, by a clock that the tests move."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from flow_runtime.clock import ManualClock
from flow_runtime.errors import Gone
from flow_runtime.queue import Queue
from flow_runtime.run import Event, Interrupt, Run, RunStatus
from flow_runtime.store import Append, Store, Transaction
from flow_runtime.stores.journal import append_events
from flow_runtime.stores.runs import claim_run
from tests.fakes.runtime_bench import Bench
from tests.fakes.steps import flow, step

pytestmark = pytest.mark.anyio

YEAR = 365 * 24 * 3600


@pytest.fixture
async def timed(store: Store, queue: Queue, clock: ManualClock) -> AsyncIterator[Bench]:
    """A bench at work whose time stands still."""
    bench = Bench(store, queue, clock=clock)
    async with bench.serving(is_alone=True):
        yield bench


@pytest.mark.promise("E4")
async def test_an_unanswered_question_takes_the_expired_port_after_exactly_its_time(
    timed: Bench, clock: ManualClock
) -> None:
    # Given a question that expires after a year
    ports = {"approve": "yes", "expired": "late"}
    definition = flow(
        step("q", "ask", ports, expires_in_s=YEAR), step("yes", "work"), step("late", "say", None, value="nobody came")
    )
    run = await timed.parked(await timed.start(definition))
    (card,) = await timed.open(run)
    # When the year is not quite over, nothing happens
    clock.advance(YEAR - 1)
    assert await timed.runtime.scheduler.fire_due() == 0
    # When it is, the expired port is taken and an answer is too late
    clock.advance(1)
    assert await timed.runtime.scheduler.fire_due() == 1
    run = await timed.ended(run)
    assert run.output == "nobody came"
    assert timed.work.calls == []
    with pytest.raises(Gone):
        await timed.answer(card)


@pytest.mark.promise("E4")
async def test_an_answer_after_the_time_is_late_even_before_the_timer_fires(timed: Bench, clock: ManualClock) -> None:
    run = await timed.parked(await timed.start(flow(step("q", "ask", None, expires_in_s=60))))
    (card,) = await timed.open(run)
    clock.advance(61)
    with pytest.raises(Gone):
        await timed.answer(card)


async def test_waiting_for_people_costs_no_active_time(timed: Bench, clock: ManualClock) -> None:
    # Given a run with five active seconds
    run = await timed.start(flow(step("q", "ask", "w"), step("w", "work", None, value=1)), active_budget_s=5.0)
    run = await timed.parked(run)
    # When it waits for three hours
    clock.advance(3 * 3600)
    await timed.runtime.scheduler.fire_due()
    # Then its budget is untouched
    await timed.answer((await timed.open(run))[0])
    run = await timed.ended(run)
    assert (run.status, run.output) == (RunStatus.COMPLETED, 1)


async def test_a_run_that_uses_up_its_active_time_ends_timed_out(timed: Bench, clock: ManualClock) -> None:
    # Given a step with more time than its run: the outer limit wins
    run = await timed.start(flow(step("a", "work", None, gate="never", timeoutS=3600)), active_budget_s=60.0)
    await timed.work.begun()
    clock.advance(59)
    assert await timed.runtime.scheduler.fire_due() == 0
    clock.advance(1)
    assert await timed.runtime.scheduler.fire_due() == 1
    run = await timed.ended(run)
    assert run.status is RunStatus.TIMED_OUT
    assert (run.error or {})["code"] == "timeout"


async def test_a_long_pause_before_a_retry_parks_the_run(timed: Bench, clock: ManualClock) -> None:
    # Given a flaky step that is to be tried again after ten minutes
    retry = {"maxAttempts": 2, "delayS": 600, "maxDelayS": 600}
    run = await timed.start(flow(step("a", "work", None, value="ok", fail_times=1, retry=retry)))
    while (await timed.client.get(run.id, workspace_id="w1")).status is not RunStatus.WAITING:
        await timed.client.wait(run.id, workspace_id="w1", timeout_s=0.01)
    # When they are over
    clock.advance(600)
    await timed.runtime.scheduler.fire_due()
    # Then it is tried again, with the same key
    run = await timed.ended(run)
    assert run.output == "ok"
    assert timed.work.keys == [f"{run.id}:a"] * 2


async def test_a_step_that_runs_once_has_not_begun_while_it_pauses_before_a_retry(
    timed: Bench, clock: ManualClock
) -> None:
    # Given a `once` step whose first attempt failed for sure, to be tried again after a second
    retry = {"maxAttempts": 2, "delayS": 1}
    run = await timed.start(flow(step("a", "work-once", None, value="ok", fail_times=1, retry=retry)))
    async with asyncio.timeout(10):
        while (await timed.client.get(run.id, workspace_id="w1")).status is not RunStatus.WAITING:
            await timed.client.wait(run.id, workspace_id="w1", timeout_s=0.01)
    # Then the journal does not say that the second one has begun: whoever takes the run over may make it
    assert [kind for kind, _ in await timed.journal(run)] == ["step.started", "step.retrying", "step.waiting"]
    assert timed.once.calls == ["a"]
    # And it is made after the pause
    clock.advance(1)
    await timed.runtime.scheduler.fire_due()
    assert (await timed.ended(run)).output == "ok"
    assert timed.once.calls == ["a", "a"]


class Broken:
    """A projection with a fault that shows at the answers of one run."""

    def __init__(self) -> None:
        self.run_id = ""

    def __call__(self, tx: Transaction, run: Run, *, closed: Sequence[Interrupt], **_rest: object) -> None:
        if closed and run.id == self.run_id:
            raise KeyError("nobody expected this")


async def test_a_timer_that_cannot_be_fired_keeps_no_other_waiting(
    store: Store, queue: Queue, clock: ManualClock
) -> None:
    # Given two questions that expire, and a fault in what follows from the first
    broken = Broken()
    bench = Bench(store, queue, clock=clock, projections=[broken])
    async with bench.serving(is_alone=True):
        ports = {"approve": "x", "expired": "x"}
        definition = flow(step("q", "ask", ports, expires_in_s=60), step("x", "say", None, value="late"))
        first, second = [await bench.parked(await bench.start(definition)) for _ in range(2)]
        broken.run_id = first.id
        # When both are due
        clock.advance(60)
        await bench.runtime.scheduler.fire_due()
        # Then the second one fires
        assert (await bench.ended(second)).output == "late"
        assert (await bench.client.get(first.id, workspace_id="w1")).status is RunStatus.WAITING
        # And the first one too, once it can
        broken.run_id = ""
        assert await bench.runtime.scheduler.fire_due() == 0
        clock.advance(60)
        await bench.runtime.scheduler.fire_due()
        assert (await bench.ended(first)).output == "late"


async def test_a_clock_that_was_set_back_makes_no_pause_longer(idle: Bench) -> None:
    # Given a run whose worker died in the pause before a retry, and whose journal comes from a clock an hour ahead
    run = await idle.start(flow(step("a", "work", None, value="ok")))
    failed = {"attempt": 1, "error": {"code": "flaky", "message": "it failed"}, "delayS": 0.01}
    ahead = idle.runtime.clock.now() + timedelta(hours=1)

    def fail_once(tx: Transaction) -> None:
        claim = claim_run(tx, run.id, owner="dead", job_id=None, now=ahead)
        assert claim is not None
        event = Event("step.retrying", "a", failed, at=ahead)
        append_events(tx, Append(run.id, claim.run.epoch, claim.run.event_seq, [event]))

    await idle.store.write(fail_once)
    # When another one takes it over, it waits for no more than the pause
    async with idle.serving(is_alone=True):
        assert (await idle.ended(run)).output == "ok"


async def test_the_scheduler_sleeps_no_longer_than_to_the_next_timer(bench: Bench) -> None:
    # Given real time, and a question that expires soon after the scheduler fell asleep
    run = await bench.start(
        flow(step("q", "ask", {"expired": "x"}, expires_in_s=0.1), step("x", "say", None, value="late"))
    )
    # Then it is woken in time
    assert (await bench.ended(run, timeout_s=5)).output == "late"
