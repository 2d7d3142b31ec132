"""What the life of a run promises on every store: one owner, no lost wake, a clock that stops, one end."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from flow_runtime.errors import Fenced, InvalidDefinition, NotFound
from flow_runtime.run import Ending, InterruptKind, InterruptStatus, Run, RunStatus
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.endings import EndedRun, end_run
from flow_runtime.stores.interrupts import close_interrupt, interrupts_of, open_interrupts, tree_interrupts
from flow_runtime.stores.journal import read_events
from flow_runtime.stores.run_list import list_runs
from flow_runtime.stores.runs import (
    claim_run,
    detach_run,
    get_run,
    insert_run,
    live_runs,
    lock_run,
    lost_runs,
    park_run,
    request_cancel,
    requeue_run,
    set_job,
    wake_run,
)
from flow_runtime.stores.timers import Timer, TimerKind, drop_deadline, due_timers, next_due, put_deadline
from tests.contracts.stores import APPROVAL, LATER, NOW, SPEC, WORKSPACE, RunStates, step_done

pytestmark = pytest.mark.anyio

DONE = Ending(RunStatus.COMPLETED, output={"status": "refunded"})


# --- start and list ---------------------------------------------------------------------------------------------------


async def test_a_run_is_stored_as_it_was_specified(store: Store) -> None:
    # Given a specification that uses every field
    spec = replace(
        SPEC,
        definition_digest="d" * 64,
        flow_id="flow_1",
        version=3,
        environment="preview",
        started_by="user_1",
        conversation_id="conversation_1",
        origin={"turnId": "t"},
        context={"locale": "tr"},
        idempotency_key="key",
        active_budget_s=12.5,
        priority=-1,
    )

    # When it is started
    run, is_new = await store.write(insert_run, spec, now=NOW)

    # Then the row has it all, is queued, and is the root of its own tree
    assert is_new
    for name in ("inputs", "trigger", "definition_digest", "flow_id", "version", "environment", "started_by"):
        assert getattr(run, name) == getattr(spec, name)
    for name in ("conversation_id", "origin", "context", "idempotency_key", "priority"):
        assert getattr(run, name) == getattr(spec, name)
    assert (run.status, run.epoch, run.event_seq, run.wake_seq) == (RunStatus.QUEUED, 0, 0, 0)
    assert (run.root_run_id, run.active_remaining_s, run.created_at) == (run.id, 12.5, NOW)


async def test_an_idempotency_key_starts_one_run_however_often_it_is_used(store: Store) -> None:
    # Given ten starts with one key, at once
    spec = replace(SPEC, idempotency_key="sched:1:2026-03-01")
    answers = await asyncio.gather(*(store.write(insert_run, spec, now=NOW) for _ in range(10)))

    # Then one run exists and everybody got it; another workspace may use the key too
    assert len({run.id for run, _ in answers}) == 1
    assert [is_new for _, is_new in answers].count(True) == 1
    other, is_new = await store.write(insert_run, replace(spec, workspace_id="workspace_2"), now=NOW)
    assert is_new
    assert other.id != answers[0][0].id


async def test_a_given_run_id_is_as_good_as_a_key_but_not_for_strangers(store: Store) -> None:
    spec = replace(SPEC, run_id="chosen")
    first, is_new = await store.write(insert_run, spec, now=NOW)
    again, is_new_again = await store.write(insert_run, spec, now=NOW)

    assert (is_new, is_new_again) == (True, False)
    assert first == again
    with pytest.raises(NotFound):
        await store.write(insert_run, replace(spec, workspace_id="workspace_2"), now=NOW)


async def test_runs_of_another_workspace_do_not_exist(store: Store, run_states: RunStates) -> None:
    run = await run_states.queued()

    with pytest.raises(NotFound):
        await store.read(get_run, run.id, workspace_id="workspace_2")
    assert (await store.read(list_runs, workspace_id="workspace_2")).items == []


async def test_lists_are_paged_newest_first_and_do_not_shift(store: Store) -> None:
    # Given seven runs, some made in the same microsecond, and a page of three
    made = []
    for n in range(7):
        spec = replace(SPEC, flow_id="flow_1" if n != 3 else "flow_2")
        made.append((await store.write(insert_run, spec, now=NOW + timedelta(seconds=n // 2)))[0])
    newest = sorted(made, key=lambda run: (run.created_at, run.id), reverse=True)
    page = await store.read(list_runs, workspace_id=WORKSPACE, limit=3)

    # When another run arrives before the next pages are read
    await store.write(insert_run, SPEC, now=LATER)
    second = await store.read(list_runs, workspace_id=WORKSPACE, limit=3, cursor=page.next_cursor)
    third = await store.read(list_runs, workspace_id=WORKSPACE, limit=3, cursor=second.next_cursor)

    # Then every run came exactly once
    assert [*page.items, *second.items, *third.items] == newest
    assert third.next_cursor is None
    of_flow = await store.read(list_runs, workspace_id=WORKSPACE, flow_id="flow_2", statuses=[RunStatus.QUEUED])
    assert of_flow.items == [made[3]]
    with pytest.raises(InvalidDefinition):
        await store.read(list_runs, workspace_id=WORKSPACE, cursor="nonsense")


# --- claim, fence, take-over ------------------------------------------------------------------------------------------


async def test_a_claim_brings_everything_and_raises_the_epoch(store: Store, run_states: RunStates) -> None:
    run, interrupt = await run_states.waiting()
    await store.write(wake_run, run.id, now=NOW)

    claim = await store.write(claim_run, run.id, owner="second", job_id=2, now=LATER)

    assert claim is not None
    assert (claim.run.status, claim.run.epoch, claim.run.owner) == (RunStatus.RUNNING, 2, "second")
    assert claim.run.started_at == NOW
    assert claim.interrupts == [interrupt]
    assert claim.events == await store.read(read_events, run.id)


async def test_of_many_workers_with_one_job_each_one_gets_the_run(store: Store, run_states: RunStates) -> None:
    run = await run_states.queued()

    claims = await asyncio.gather(
        *(store.write(claim_run, run.id, owner=f"worker {n}", job_id=n, now=NOW) for n in range(1, 9))
    )

    (winner,) = [claim for claim in claims if claim is not None]
    assert await store.read(get_run, run.id, workspace_id=WORKSPACE) == winner.run


async def test_the_same_job_again_takes_over_and_another_job_does_not(store: Store, run_states: RunStates) -> None:
    run = await run_states.running(job_id=5)

    assert await store.write(claim_run, run.id, owner="other", job_id=6, now=LATER) is None
    assert await store.write(claim_run, run.id, owner="other", job_id=None, now=LATER) is None
    taken = await store.write(claim_run, run.id, owner="other", job_id=5, now=LATER)

    assert taken is not None
    assert (taken.run.epoch, taken.attempts) == (run.epoch + 1, 2)


async def test_progress_resets_the_count_of_attempts(store: Store, run_states: RunStates) -> None:
    run = await run_states.running(job_id=5)
    await store.append(step_done(run))

    taken = await store.write(claim_run, run.id, owner="other", job_id=5, now=LATER)

    assert taken is not None
    assert taken.attempts == 1


@pytest.mark.parametrize("status", ["waiting", "ended", "unknown"])
async def test_what_is_not_to_be_executed_cannot_be_claimed(store: Store, run_states: RunStates, status: str) -> None:
    run_id = "unknown"
    if status == "waiting":
        run_id = (await run_states.waiting())[0].id
    if status == "ended":
        run_id = (await run_states.running(job_id=1)).id
        await store.write(end_run, run_id, ending=DONE, now=NOW)

    assert await store.write(claim_run, run_id, owner="second", job_id=1, now=NOW) is None


async def test_waiting_costs_no_active_time(store: Store, run_states: RunStates) -> None:
    # Given a run with a budget of 60 active seconds that parks after 10
    run = await run_states.running(replace(SPEC, active_budget_s=60.0))
    assert run.deadline_at == NOW + timedelta(seconds=60)
    assert await store.read(next_due) == run.deadline_at
    parked_at = NOW + timedelta(seconds=10)
    assert await store.write(park_run, run.id, epoch=1, wake_seq=0, now=parked_at)
    assert await store.read(next_due) is None

    # When it goes on three weeks later
    back_at = NOW + timedelta(weeks=3)
    assert await store.write(wake_run, run.id, now=back_at)
    claim = await store.write(claim_run, run.id, owner="second", job_id=2, now=back_at)

    # Then 50 seconds are left
    assert claim is not None
    assert claim.run.deadline_at == back_at + timedelta(seconds=50)
    assert await store.read(next_due) == claim.run.deadline_at


async def test_an_outage_costs_no_active_time_either(store: Store, run_states: RunStates) -> None:
    # Given a run that worked for 10 of its 60 seconds before everything went down
    run = await run_states.running(replace(SPEC, active_budget_s=60.0), job_id=3)
    append = step_done(run)
    event = replace(append.events[0], at=NOW + timedelta(seconds=10))
    await store.append(replace(append, events=[event]))

    # When it is queued again a day later
    tomorrow = NOW + timedelta(days=1)
    assert await store.write(requeue_run, run.id, job_id=3, now=tomorrow)
    assert await store.read(next_due) is None
    claim = await store.write(claim_run, run.id, owner="second", job_id=4, now=tomorrow)

    # Then 50 seconds are left, and the old worker is fenced
    assert claim is not None
    assert claim.run.deadline_at == tomorrow + timedelta(seconds=50)
    with pytest.raises(Fenced):
        await store.append(step_done(run, after_seq=1))


async def test_of_many_reconcilers_one_puts_a_lost_run_back(store: Store, run_states: RunStates) -> None:
    # Given a run without a sign of life
    run = await run_states.running(job_id=3)
    (lost,) = await store.read(lost_runs, older_than=LATER)
    assert (lost.id, lost.job_id) == (run.id, 3)
    assert await store.read(lost_runs, older_than=NOW) == []

    # When many nodes put it back, each under a job of its own
    def put_back(tx: Transaction, job_id: int) -> bool:
        if not requeue_run(tx, run.id, job_id=lost.job_id, now=LATER):
            return False
        set_job(tx, run.id, job_id)
        return True

    answers = await asyncio.gather(*(store.write(put_back, job_id) for job_id in range(10, 16)))

    # Then one did
    assert answers.count(True) == 1
    (live,) = await store.read(live_runs)
    assert (live.status, live.job_id) == (RunStatus.QUEUED, 10 + answers.index(True))


# --- park and wake ----------------------------------------------------------------------------------------------------


async def test_park_and_wake_never_lose_an_answer(store: Store, run_states: RunStates) -> None:
    """The race that left 2,957 of 3,000 runs stuck when the answers were read before the run was locked."""

    async def decide(interrupt_id: str) -> bool:
        def close_and_wake(tx: Transaction) -> bool:
            closed = close_interrupt(
                tx, interrupt_id, workspace_id=WORKSPACE, status=InterruptStatus.SETTLED, resolution=1, now=NOW
            )
            return wake_run(tx, closed.run_id, now=NOW)

        return await store.write(close_and_wake)

    async def park(run_id: str, interrupt_id: str) -> bool:
        # As a worker: look at the interrupts, and park if nothing was answered since.
        run = await store.write(lock_run, run_id)
        found = await store.read(interrupts_of, run_id)
        assert [one.id for one in found] == [interrupt_id]
        if found[0].status is not InterruptStatus.OPEN:
            return False
        return await store.write(park_run, run_id, epoch=run.epoch, wake_seq=run.wake_seq, now=NOW)

    for _ in range(40):
        # Given a running run with one open interrupt
        run = await run_states.running()
        interrupt = await run_states.open(run)

        # When the worker parks at the moment of the answer
        has_parked, must_enqueue = await asyncio.gather(park(run.id, interrupt.id), decide(interrupt.id))

        # Then the run waits only if the answer will enqueue it, and is never left waiting
        after = await store.read(get_run, run.id, workspace_id=WORKSPACE)
        assert must_enqueue == has_parked
        assert after.status is (RunStatus.QUEUED if has_parked else RunStatus.RUNNING)


async def test_waking_queues_a_parked_run_once(store: Store, run_states: RunStates) -> None:
    run, _ = await run_states.waiting()

    answers = [await store.write(wake_run, run.id, now=NOW) for _ in range(3)]

    assert answers == [True, False, False]
    assert (await store.read(get_run, run.id, workspace_id=WORKSPACE)).wake_seq == 3


async def test_parking_with_a_stale_epoch_is_fenced(store: Store, run_states: RunStates) -> None:
    run = await run_states.running()

    with pytest.raises(Fenced):
        await store.write(park_run, run.id, epoch=run.epoch - 1, wake_seq=0, now=NOW)


# --- end and cancel ---------------------------------------------------------------------------------------------------


async def end(store: Store, run_id: str, *, claimed: Run | None, ending: Ending = DONE) -> EndedRun | None:
    return await store.write(end_run, run_id, claimed=claimed, ending=ending, now=LATER)


async def test_an_end_is_final_and_journaled(store: Store, run_states: RunStates) -> None:
    run = await run_states.running(replace(SPEC, active_budget_s=60.0))
    interrupt = await run_states.open(run, expires_at=LATER)

    ended = await end(store, run.id, claimed=run)

    assert ended is not None
    assert ended.run == await store.read(get_run, run.id, workspace_id=WORKSPACE)
    assert (ended.run.status, ended.run.output, ended.run.ended_at) == (RunStatus.COMPLETED, DONE.output, LATER)
    assert [one.id for one in ended.closed] == [interrupt.id]
    assert ended.closed[0].status is InterruptStatus.CANCELLED
    assert (await store.read(read_events, run.id))[-1] == ended.event
    assert ended.event.data == {"status": "completed", "output": {"status": "refunded"}}
    assert await store.read(next_due) is None
    assert await end(store, run.id, claimed=None) is None
    with pytest.raises(Fenced):
        await end(store, run.id, claimed=run)
    with pytest.raises(Fenced):
        await store.append(step_done(run, after_seq=ended.run.event_seq))


async def test_an_end_from_outside_fences_the_worker(store: Store, run_states: RunStates) -> None:
    run = await run_states.running()
    timed_out = Ending(RunStatus.TIMED_OUT, error={"code": "timed_out"})

    ended = await end(store, run.id, claimed=None, ending=timed_out)

    assert ended is not None
    assert ended.run.error == {"code": "timed_out"}
    with pytest.raises(Fenced):
        await store.append(step_done(run))
    with pytest.raises(Fenced):
        await end(store, run.id, claimed=run)


async def test_a_childs_end_answers_its_parent(store: Store, run_states: RunStates) -> None:
    # Given a parent that is parked until its child run ends
    parent = await run_states.running()
    child_spec = replace(SPEC, parent_run_id=parent.id, parent_key="sub", root_run_id=parent.id, depth=1)
    child = await run_states.running(child_spec)
    waiting = replace(APPROVAL, id="i1", key="sub", kind=InterruptKind.CHILD_RUN)

    def wait_for_child(tx: Transaction) -> bool:
        open_interrupts(tx, lock_run(tx, parent.id), new=[waiting], now=NOW)
        return park_run(tx, parent.id, epoch=parent.epoch, wake_seq=0, now=NOW)

    assert await store.write(wait_for_child)

    # When the child ends
    ended = await end(store, child.id, claimed=child)

    # Then the parent has the answer and is to be enqueued
    assert ended is not None
    assert ended.settled is not None
    assert ended.settled.resolution == {"runId": child.id, "status": "completed", "output": DONE.output}
    assert ended.must_enqueue_parent
    assert (await store.read(get_run, parent.id, workspace_id=WORKSPACE)).status is RunStatus.QUEUED
    assert [one.id for one in await store.read(tree_interrupts, parent.id)] == ["i1"]


async def test_a_parents_end_asks_its_children_to_cancel(store: Store, run_states: RunStates) -> None:
    parent = await run_states.running()
    below = replace(SPEC, parent_run_id=parent.id, parent_key="sub", root_run_id=parent.id, depth=1)
    child, over = await run_states.running(below), await run_states.running(replace(below, parent_key="sub2"))
    await end(store, over.id, claimed=over)

    ended = await end(store, parent.id, claimed=parent)

    assert ended is not None
    assert [one.id for one in ended.children] == [child.id]
    assert (await store.read(get_run, child.id, workspace_id=WORKSPACE)).cancel_requested_at == LATER


async def test_parent_and_children_may_end_at_once(store: Store, run_states: RunStates) -> None:
    for _ in range(5):
        parent = await run_states.running()
        below = replace(SPEC, parent_run_id=parent.id, root_run_id=parent.id, depth=1)
        children = [await run_states.running(replace(below, parent_key=f"c{n}")) for n in range(4)]

        await asyncio.gather(*(end(store, run.id, claimed=run) for run in [*children, parent]))

        for run in (parent, *children):
            assert (await store.read(get_run, run.id, workspace_id=WORKSPACE)).status is RunStatus.COMPLETED


async def test_a_cancel_request_keeps_its_first_time(store: Store, run_states: RunStates) -> None:
    run = await run_states.running()

    first = await store.write(request_cancel, run.id, NOW)
    again = await store.write(request_cancel, run.id, LATER)

    assert first.cancel_requested_at == again.cancel_requested_at == NOW
    with pytest.raises(NotFound):
        await store.write(request_cancel, "unknown", NOW)


async def test_only_a_run_that_goes_on_can_be_detached(store: Store, run_states: RunStates) -> None:
    run, over = await run_states.running(), await run_states.running()
    await end(store, over.id, claimed=over)

    assert await store.write(detach_run, run.id)
    assert not await store.write(detach_run, over.id)
    assert (await store.read(get_run, run.id, workspace_id=WORKSPACE)).detached


# --- timers -----------------------------------------------------------------------------------------------------------


async def test_a_timer_fires_in_one_of_many_nodes_the_most_overdue_first(store: Store, run_states: RunStates) -> None:
    # Given thirty due timers of thirty runs, and one that is not due
    expected = []
    for n in range(30):
        run = await run_states.running()
        expected.append(Timer(TimerKind.DEADLINE, run.id, NOW - timedelta(seconds=30 - n)))
        await store.write(put_deadline, run.id, due_at=expected[-1].due_at)
    await store.write(put_deadline, (await run_states.running()).id, due_at=LATER)

    # When three nodes look at once
    taken = await asyncio.gather(*(store.write(due_timers, NOW, 15) for _ in range(3)))
    taken.append(await store.write(due_timers, NOW, 50))

    # Then each fired once, and the rest still stands
    assert sorted((t for some in taken for t in some), key=lambda t: t.due_at) == expected
    assert all(some == sorted(some, key=lambda t: t.due_at) for some in taken)
    assert await store.read(next_due) == LATER


async def test_setting_a_timer_again_moves_it(store: Store, run_states: RunStates) -> None:
    run = await run_states.running()
    await store.write(put_deadline, run.id, due_at=NOW)
    await store.write(put_deadline, run.id, due_at=LATER)

    assert await store.write(due_timers, NOW, 10) == []
    assert await store.read(next_due) == LATER
    await store.write(drop_deadline, run.id)
    assert await store.read(next_due) is None
