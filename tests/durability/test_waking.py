"""A process that works alone claims a run in the very transaction that answers its question, and promises the same."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flow_runtime.queue import Queue
from flow_runtime.queues.lanes import Lanes
from flow_runtime.queues.memory import MemoryQueue
from flow_runtime.run import Interrupt, InterruptStatus, Run, RunStatus
from flow_runtime.store import Transaction
from flow_runtime.stores.migrate import migrate
from flow_runtime.stores.runs import get_run
from flow_runtime.stores.sqlite import SqliteStore
from tests.fakes.runtime_bench import WORKSPACE, Bench
from tests.fakes.steps import flow, scope, step

pytestmark = pytest.mark.anyio

ASK_THEN_WORK = flow(step("q", "ask", "w"), step("w", "work"))
BUSY = flow(step("busy", "work", gate="g"))


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """The database of a process that works alone."""
    store = SqliteStore(tmp_path / "peer.db")
    await store.open()
    await migrate(store)
    yield store
    await store.close()


def settle(bench: Bench, tx: Transaction, card: Interrupt) -> Run:
    """Answer it in this transaction; the run as the transaction leaves it."""
    bench.client.settle_in(tx, card.id, workspace_id=WORKSPACE, resolution={"decision": "approve"})
    return get_run(tx.conn, card.run_id, workspace_id=WORKSPACE)


async def asked(bench: Bench) -> Interrupt:
    """The question of a new run of `ASK_THEN_WORK`."""
    (card,) = await bench.open(await bench.parked(await bench.start(ASK_THEN_WORK)))
    return card


async def ended(bench: Bench, card: Interrupt) -> Run:
    """The end of the run that asked this."""
    return await bench.ended(await bench.client.get(card.run_id, workspace_id=WORKSPACE))


async def test_an_answer_claims_the_run_where_it_is_sure_to_go_on(bench: Bench, queue: Queue) -> None:
    # Given a run that asks
    run = await bench.parked(await bench.start(ASK_THEN_WORK))
    (card,) = await bench.open(run)
    # When it is answered
    woken = await bench.store.write(lambda tx: settle(bench, tx, card))
    # Then it is claimed at once if no other process could be quicker, and queued otherwise
    here = (RunStatus.RUNNING, run.epoch + 1)
    assert (woken.status, woken.epoch) == (here if isinstance(queue, MemoryQueue) else (RunStatus.QUEUED, run.epoch))
    # And in either case it was claimed once and ends well
    done = await bench.ended(run)
    assert (done.status, done.epoch) == (RunStatus.COMPLETED, run.epoch + 2)
    assert bench.work.calls == ["w"]


async def test_the_clock_of_a_run_goes_on_with_the_claim(bench: Bench) -> None:
    # Given a run that may be active for a minute, and asks
    run = await bench.parked(
        await bench.start(flow(step("q", "ask", "w"), step("w", "work", gate="g")), active_budget_s=60.0)
    )
    (card,) = await bench.open(run)
    # When it has been answered and is at work
    await bench.answer(card)
    await bench.work.begun()
    # Then what is left of the minute is running
    found = await bench.client.get(run.id, workspace_id=WORKSPACE)
    assert found.deadline_at is not None
    bench.work.gate("g").set()
    assert (await bench.ended(run)).status is RunStatus.COMPLETED


async def test_answers_of_one_transaction_are_all_heard(bench: Bench) -> None:
    # Given a run that asks twice, and that will be busy after the first answer
    branches = {
        "busy": scope(step("a", "ask", "x"), step("x", "work", gate="g")),
        "free": scope(step("b", "ask", "y"), step("y", "work")),
    }
    run = await bench.parked(await bench.start(flow(step("p", "parallel", branches=branches))))
    cards = await bench.open(run)
    # When one transaction gives both answers
    await bench.store.write(lambda tx: [settle(bench, tx, card) for card in cards])
    # Then nobody has to wait for the busy branch
    await bench.work.begun(2)
    bench.work.gate("g").set()
    assert (await bench.ended(run)).status is RunStatus.COMPLETED


async def test_a_cancellation_with_the_answer_is_heard(bench: Bench) -> None:
    card = await asked(bench)

    def answer_and_cancel(tx: Transaction) -> None:
        settle(bench, tx, card)
        bench.client.cancel_in(tx, card.run_id, reason="never mind")

    await bench.store.write(answer_and_cancel)
    assert (await ended(bench, card)).status is RunStatus.CANCELLED
    assert bench.work.calls == []


async def test_a_run_whose_question_was_taken_back_can_be_ended_in_the_same_transaction(bench: Bench) -> None:
    card = await asked(bench)

    def take_back(tx: Transaction) -> RunStatus:
        bench.client.settle_in(tx, card.id, workspace_id=WORKSPACE, status=InterruptStatus.CANCELLED)
        bench.client.cancel_in(tx, card.run_id, reason="taken back")
        return get_run(tx.conn, card.run_id, workspace_id=WORKSPACE).status

    assert await bench.store.write(take_back) is RunStatus.CANCELLED


async def test_a_run_that_would_have_to_wait_for_its_turn_is_not_claimed(file: SqliteStore) -> None:
    # Given a process that executes two runs at a time, and three that ask
    bench = Bench(file, MemoryQueue(lanes=Lanes(interactive=2), drain_s=2.0))
    async with bench.serving(is_alone=True):
        cards = [await asked(bench) for _ in range(3)]
        # When it is busy with one, and the three are answered together
        busy = await bench.start(BUSY)
        await bench.work.begun()
        woken = await file.write(lambda tx: [settle(bench, tx, card).status for card in cards])
        # Then one is claimed, and the others are queued and charged for nothing
        assert woken == [RunStatus.RUNNING, RunStatus.QUEUED, RunStatus.QUEUED]
        # And all end
        bench.work.gate("g").set()
        assert {(await ended(bench, card)).status for card in cards} == {RunStatus.COMPLETED}
        await bench.ended(busy)


async def test_an_answer_that_is_rolled_back_takes_nobodys_place(file: SqliteStore) -> None:
    # Given a process that executes one run at a time
    bench = Bench(file, MemoryQueue(lanes=Lanes(interactive=1), drain_s=2.0))
    async with bench.serving(is_alone=True):
        card = await asked(bench)

        def answer_and_fail(tx: Transaction) -> None:
            settle(bench, tx, card)
            raise LookupError

        # When an answer is rolled back
        with pytest.raises(LookupError):
            await file.write(answer_and_fail)
        # Then the run waits as before, and its answer still finds room
        woken = await file.write(lambda tx: settle(bench, tx, card))
        assert woken.status is RunStatus.RUNNING
        assert (await ended(bench, card)).status is RunStatus.COMPLETED


class HeldAnswer:
    """An answer that has claimed its run, and whose commit waits until the test says so."""

    def __init__(self, bench: Bench, card: Interrupt) -> None:
        self.run_id = card.run_id
        self._bench = bench
        self._card = card
        self._claimed, self._may_commit = threading.Event(), threading.Event()

    async def give(self) -> asyncio.Task[None]:
        """Begin; the task ends once it is on disk."""
        answering = asyncio.create_task(self._bench.store.write(self._answer))
        assert await asyncio.to_thread(self._claimed.wait, 10)
        return answering

    def commit(self) -> None:
        """Let it reach the disk."""
        self._may_commit.set()

    def _answer(self, tx: Transaction) -> None:
        assert settle(self._bench, tx, self._card).status is RunStatus.RUNNING
        self._claimed.set()
        assert self._may_commit.wait(10)


async def test_a_process_that_drains_gives_back_what_it_has_just_claimed(file: SqliteStore) -> None:
    # Given a busy process that claims a run with its answer
    bench = Bench(file, MemoryQueue(drain_s=2.0))
    async with bench.runtime.serving(is_alone=True) as worker:
        held = HeldAnswer(bench, await asked(bench))
        await bench.start(BUSY)
        await bench.work.begun()
        answering = await held.give()
        # When it is told to end before it hears of the commit
        closing = asyncio.create_task(worker.close())
        await asyncio.sleep(0)
        held.commit()
        await answering
        bench.work.gate("g").set()
        await closing
    # Then it has begun nothing of the run, which is queued for the next process
    await carried_on(file, held.run_id, left=RunStatus.QUEUED)
    assert bench.work.calls == ["busy"]


async def test_a_process_that_has_ended_leaves_what_it_had_claimed_as_if_killed(file: SqliteStore) -> None:
    # Given a process that claims a run with its answer, and has stopped before it hears of the commit
    bench = Bench(file, MemoryQueue(drain_s=2.0))
    async with bench.serving(is_alone=True):
        held = HeldAnswer(bench, await asked(bench))
        answering = await held.give()
    held.commit()
    await answering
    # Then nothing of the run was begun, and the next one takes it over
    await carried_on(file, held.run_id, left=RunStatus.RUNNING)
    assert bench.work.calls == []


async def carried_on(file: SqliteStore, *run_ids: str, left: RunStatus) -> None:
    """The runs stand like that, and end in the next life."""
    again = Bench(file, MemoryQueue(drain_s=2.0))
    found = [await again.client.get(run_id, workspace_id=WORKSPACE) for run_id in run_ids]
    assert {run.status for run in found} == {left}
    async with again.serving(is_alone=True):
        assert {(await again.ended(run)).status for run in found} == {RunStatus.COMPLETED}
