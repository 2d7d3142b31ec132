"""What interrupts promise on every store: opened with their run, closed exactly once, found by those who answer."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from flow_runtime.errors import Conflict, FlowError, Gone, NotFound
from flow_runtime.run import Interrupt, InterruptKind, InterruptStatus
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.interrupts import (
    cancel_interrupts,
    close_interrupt,
    find_callback,
    get_interrupt,
    list_interrupts,
    open_interrupts,
    tree_interrupts,
)
from flow_runtime.stores.runs import get_run, lock_run
from flow_runtime.stores.timers import TimerKind, due_timers, next_due
from tests.contracts.stores import APPROVAL, LATER, NOW, SPEC, WORKSPACE, RunStates, opening

pytestmark = pytest.mark.anyio

APPROVE = {"decision": "approve", "comment": "fine"}
ALICE = {"userId": "alice"}


async def settle(store: Store, interrupt_id: str, *, resolution: object = APPROVE, now: datetime = NOW) -> Interrupt:
    return await store.write(
        close_interrupt,
        interrupt_id,
        workspace_id=WORKSPACE,
        status=InterruptStatus.SETTLED,
        resolution=resolution,
        decided_by=ALICE,
        now=now,
    )


async def expire(store: Store, interrupt_id: str) -> Interrupt:
    return await store.write(
        close_interrupt, interrupt_id, workspace_id=WORKSPACE, status=InterruptStatus.EXPIRED, now=LATER
    )


async def test_an_opened_interrupt_is_stored_as_it_was_given(store: Store, run_states: RunStates) -> None:
    run = await run_states.running(replace(SPEC, conversation_id="conversation_1"))
    interrupt = await run_states.open(run, expires_at=LATER)

    assert interrupt == await store.read(get_interrupt, interrupt.id, workspace_id=WORKSPACE)
    assert (interrupt.status, interrupt.opened_at, interrupt.expires_at) == (InterruptStatus.OPEN, NOW, LATER)
    assert (interrupt.run_id, interrupt.root_run_id, interrupt.conversation_id) == (run.id, run.id, "conversation_1")
    assert (interrupt.payload, interrupt.digest) == (APPROVAL.payload, "d1")
    assert (interrupt.response_schema, list(interrupt.approvers)) == ({"type": "object"}, ["starter"])
    assert (await store.read(get_run, run.id, workspace_id=WORKSPACE)).interrupts_opened == 1
    assert await store.read(next_due) == LATER


async def test_a_settled_interrupt_keeps_its_answer_and_its_timer_goes(store: Store, run_states: RunStates) -> None:
    _, interrupt = await run_states.waiting(expires_at=LATER)

    settled = await settle(store, interrupt.id)

    expected = replace(interrupt, status=InterruptStatus.SETTLED, resolution=APPROVE, decided_by=ALICE, settled_at=NOW)
    assert settled == expected == await store.read(get_interrupt, interrupt.id, workspace_id=WORKSPACE)
    assert await store.read(next_due) is None


async def test_of_eight_contradictory_answers_one_wins_and_all_see_it(store: Store, run_states: RunStates) -> None:
    for _ in range(10):
        # Given one open interrupt
        _, interrupt = await run_states.waiting()

        # When eight people answer at once, each differently
        answers = await asyncio.gather(
            *(settle(store, interrupt.id, resolution={"decision": n}) for n in range(8)), return_exceptions=True
        )

        # Then one answer counts, and the seven others are shown exactly that one
        (winner,) = [answer for answer in answers if isinstance(answer, Interrupt)]
        losers = [answer for answer in answers if isinstance(answer, Conflict)]
        assert len(losers) == 7
        for loser in losers:
            assert loser.code == "already_settled"
            assert loser.details["resolution"] == winner.resolution
            assert loser.details["decidedBy"] == ALICE


async def test_an_answer_and_the_expiry_never_both_happen(store: Store, run_states: RunStates) -> None:
    """At the very moment of the expiry, and on both sides of it."""
    outcomes: Counter[str] = Counter()
    for offset_us in (-1, 0, 1):
        for _ in range(5):
            _, interrupt = await run_states.waiting(expires_at=LATER + timedelta(microseconds=offset_us))
            answers = await asyncio.gather(
                settle(store, interrupt.id, now=LATER), expire(store, interrupt.id), return_exceptions=True
            )
            won = [answer.status for answer in answers if isinstance(answer, Interrupt)]
            assert len(won) == 1
            assert all(isinstance(answer, Interrupt | FlowError) for answer in answers)
            outcomes[f"{offset_us}:{won[0]}"] += 1

    assert outcomes == {"-1:expired": 5, "0:expired": 5, "1:settled": 5}


@pytest.mark.parametrize("how", ["expired", "cancelled"])
async def test_a_late_answer_is_told_what_happened(store: Store, run_states: RunStates, how: str) -> None:
    run, interrupt = await run_states.waiting(expires_at=LATER)
    if how == "expired":
        await expire(store, interrupt.id)
    else:
        await store.write(cancel_interrupts, run.id, now=NOW)

    with pytest.raises(Gone) as caught:
        await settle(store, interrupt.id)

    assert caught.value.code == f"interrupt_{how}"


async def test_an_answer_after_the_expiry_is_late_even_before_the_timer_fires(
    store: Store, run_states: RunStates
) -> None:
    _, interrupt = await run_states.waiting(expires_at=LATER)

    with pytest.raises(Gone):
        await settle(store, interrupt.id, now=LATER)

    (timer,) = await store.write(due_timers, LATER, 10)
    assert (timer.kind, timer.interrupt_id) == (TimerKind.WAIT_EXPIRY, interrupt.id)
    assert (await expire(store, interrupt.id)).status is InterruptStatus.EXPIRED


async def test_nothing_expires_early(store: Store, run_states: RunStates) -> None:
    for expires_at in (None, LATER + timedelta(seconds=1)):
        _, interrupt = await run_states.waiting(expires_at=expires_at)
        with pytest.raises(Conflict) as caught:
            await expire(store, interrupt.id)
        assert caught.value.code == "not_expired_yet"


async def test_interrupts_of_another_workspace_do_not_exist(store: Store, run_states: RunStates) -> None:
    _, interrupt = await run_states.waiting()

    with pytest.raises(NotFound):
        await store.write(
            close_interrupt, interrupt.id, workspace_id="workspace_2", status=InterruptStatus.SETTLED, now=NOW
        )
    with pytest.raises(NotFound):
        await store.read(get_interrupt, interrupt.id, workspace_id="workspace_2")
    assert (await store.read(list_interrupts, workspace_id="workspace_2")).items == []


async def test_some_interrupts_can_be_cancelled_and_the_others_stay(store: Store, run_states: RunStates) -> None:
    run = await run_states.running()
    first, second = await run_states.open(run, key="a"), await run_states.open(run, key="b", expires_at=LATER)

    assert await store.write(cancel_interrupts, run.id, now=NOW, only=[]) == []
    (cancelled,) = await store.write(cancel_interrupts, run.id, now=NOW, only=[second.id])
    again = await store.write(cancel_interrupts, run.id, now=NOW, only=[second.id])

    assert (cancelled.id, cancelled.status, again) == (second.id, InterruptStatus.CANCELLED, [])
    assert await store.read(next_due) is None
    assert (await store.read(get_interrupt, first.id, workspace_id=WORKSPACE)).status is InterruptStatus.OPEN


async def test_a_callback_is_found_by_its_token(store: Store, run_states: RunStates) -> None:
    run = await run_states.running()
    callback = replace(APPROVAL, id="callback_1", kind=InterruptKind.CALLBACK)

    def open_callback(tx: Transaction) -> list[Interrupt]:
        return open_interrupts(
            tx, lock_run(tx, run.id), new=[callback], now=NOW, token_hashes={"callback_1": "hash of the token"}
        )

    (opened,) = await store.write(open_callback)

    assert await store.read(find_callback, "hash of the token") == opened
    with pytest.raises(NotFound):
        await store.read(find_callback, "hash of another")


async def test_lists_filter_and_page(store: Store, run_states: RunStates) -> None:
    # Given an inbox with two approvals and a form, one of them answered
    run = await run_states.running(replace(SPEC, conversation_id="conversation_1"))
    form = replace(APPROVAL, id="form_1", key="form", kind=InterruptKind.FORM)
    first, second = await run_states.open(run), await run_states.open(run, key="b")
    await store.write(opening, run, [form])
    _, elsewhere = await run_states.waiting()
    await settle(store, first.id)

    async def ids(**filters: Any) -> set[str]:  # noqa: ANN401 - any filter
        page = await store.read(list_interrupts, workspace_id=WORKSPACE, **filters)
        return {one.id for one in page.items}

    # Then every filter narrows it
    assert await ids(status=InterruptStatus.OPEN) == {second.id, "form_1", elsewhere.id}
    assert await ids(status=InterruptStatus.SETTLED) == {first.id}
    assert await ids(kinds=[InterruptKind.FORM]) == {"form_1"}
    assert await ids(conversation_id="conversation_1", status=InterruptStatus.OPEN) == {second.id, "form_1"}
    assert await ids(run_id=elsewhere.run_id) == {elsewhere.id}

    # And pages follow each other without gap or repetition
    seen, cursor = [], None
    while True:
        page = await store.read(list_interrupts, workspace_id=WORKSPACE, limit=1, cursor=cursor)
        seen += [one.id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted([first.id, second.id, "form_1", elsewhere.id])


async def test_the_interrupts_of_a_whole_tree_are_found_from_its_root(store: Store, run_states: RunStates) -> None:
    root = await run_states.running()
    child = await run_states.running(replace(SPEC, parent_run_id=root.id, root_run_id=root.id, depth=1))
    grandchild = await run_states.running(replace(SPEC, parent_run_id=child.id, root_run_id=root.id, depth=2))
    opened = [await run_states.open(run) for run in (root, child, grandchild)]
    await run_states.waiting()

    found = await store.read(tree_interrupts, root.id)

    assert sorted(one.id for one in found) == sorted(one.id for one in opened)
