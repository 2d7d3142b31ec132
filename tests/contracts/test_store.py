"""The promises of `Store`, kept by every adapter: atomic writes, group commit, the fence, nothing acknowledged lost."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from flow_runtime.errors import Fenced, Json, NotFound, StoreUnavailable
from flow_runtime.run import Event
from flow_runtime.store import Append, Store, Transaction
from flow_runtime.stores.definitions import get_definition, put_definition
from flow_runtime.stores.journal import append_events, read_events
from flow_runtime.stores.migrate import VERSION_TABLE, current_version, migrate
from flow_runtime.stores.migrations import HEAD
from flow_runtime.stores.runs import claim_run, get_run, insert_run
from tests.contracts.stores import LATER, NOW, SPEC, WORKSPACE, RunStates, step_done

pytestmark = pytest.mark.anyio


class Refusal(Exception):
    """What a function of these tests raises."""


async def test_a_write_that_raises_leaves_nothing_behind(store: Store) -> None:
    # Given a function that writes and then raises
    written: list[str] = []

    def start_and_refuse(tx: Transaction) -> None:
        run, _ = insert_run(tx, SPEC, now=NOW)
        written.append(run.id)
        tx.after_commit(lambda: written.append("announced"))
        raise Refusal

    # When it is written
    with pytest.raises(Refusal):
        await store.write(start_and_refuse)

    # Then its row is gone and its callback was never called
    with pytest.raises(NotFound):
        await store.read(get_run, written[0], workspace_id=WORKSPACE)
    assert len(written) == 1


async def test_endings_run_in_order_inside_the_transaction(store: Store) -> None:
    # Given a write that puts two endings off, the second of which may refuse
    def begin(tx: Transaction, *, refuses: bool) -> str:
        run, _ = insert_run(tx, SPEC, now=NOW)
        tx.before_commit(lambda: insert_and_note(tx, "first"))
        tx.before_commit(refuse if refuses else lambda: seen.append("second"))
        return run.id

    def insert_and_note(tx: Transaction, word: str) -> None:
        seen.append(word)
        tx.after_commit(lambda: seen.append("committed"))

    def refuse() -> None:
        raise Refusal

    # When it is written
    seen: list[str] = []
    run_id = await store.write(begin, refuses=False)

    # Then they ran once the function was through and before the commit
    assert seen == ["first", "second", "committed"]
    assert (await store.read(get_run, run_id, workspace_id=WORKSPACE)).id == run_id

    # And where one raises, nothing is kept and nothing announced
    seen.clear()
    with pytest.raises(Refusal):
        await store.write(begin, refuses=True)
    assert seen == ["first"]


async def test_callbacks_run_on_the_loop_after_the_commit_in_order(store: Store) -> None:
    # Given a write that registers two callbacks
    seen: list[tuple[str, object]] = []

    def announce(tx: Transaction) -> str:
        tx.after_commit(lambda: seen.append(("first", asyncio.get_running_loop())))
        tx.after_commit(lambda: seen.append(("second", asyncio.get_running_loop())))
        return "answer"

    # When it is written
    answer = await store.write(announce)

    # Then both have run, in order, where asyncio objects may be touched
    assert answer == "answer"
    assert [name for name, _ in seen] == ["first", "second"]
    assert {loop for _, loop in seen} == {asyncio.get_running_loop()}


async def test_a_callback_that_raises_keeps_nobody_waiting(store: Store) -> None:
    def refuse() -> None:
        raise Refusal

    def register(tx: Transaction) -> str:
        tx.after_commit([].clear)
        tx.after_commit(refuse)
        return "written"

    answers = await asyncio.gather(store.write(register), store.write(lambda _tx: "neighbour"))

    assert list(answers) == ["written", "neighbour"]


async def test_what_is_read_after_a_write_contains_it(store: Store, run_states: RunStates) -> None:
    run = await run_states.queued()

    assert await store.read(get_run, run.id, workspace_id=WORKSPACE) == run


async def test_a_failing_neighbour_spoils_nobody_elses_commit(store: Store, run_states: RunStates) -> None:
    # Given many writes and appends that wait together, some of which must fail
    runs = await asyncio.gather(*(run_states.running() for _ in range(8)))
    definition = {"name": "kept"}

    def refuse(tx: Transaction) -> None:
        put_definition(tx, {"name": "lost"}, now=NOW)
        raise Refusal

    def break_a_rule(tx: Transaction) -> None:
        tx.conn.execute(text("INSERT INTO timers (id) VALUES (NULL)"))

    # When they are sent at once
    answers = await asyncio.gather(
        *(store.append(step_done(run)) for run in runs),
        store.write(refuse),
        store.append(Append("no such run", 1, 0, [Event("step.done", "x", {})])),
        store.write(break_a_rule),
        store.write(put_definition, definition, now=NOW),
        return_exceptions=True,
    )

    # Then exactly the faulty ones fail, each with its own error
    assert answers[:8] == [None] * 8
    assert isinstance(answers[8], Refusal)
    assert isinstance(answers[9], Fenced)
    assert isinstance(answers[10], Exception)
    assert await store.read(get_definition, str(answers[11])) == definition
    for run in runs:
        assert len(await store.read(read_events, run.id)) == 1


async def test_values_that_are_not_json_fail_their_own_append(store: Store, run_states: RunStates) -> None:
    run, other = await run_states.running(), await run_states.running()
    poison = Append(run.id, run.epoch, 0, [Event("step.done", "x", {"output": object()})])

    answers = await asyncio.gather(store.append(poison), store.append(step_done(other)), return_exceptions=True)

    assert isinstance(answers[0], TypeError)
    assert answers[1] is None


async def test_appends_keep_their_order_and_leave_no_gap(store: Store, run_states: RunStates) -> None:
    # Given a run, and appends of different lengths that do not wait for each other
    run = await run_states.running()
    lengths, after = [1, 3, 2, 5], 0
    appends = []
    for length in lengths:
        appends.append(step_done(run, after_seq=after, count=length))
        after += length

    # When they are sent
    await asyncio.gather(*(store.append(append) for append in appends))

    # Then the journal holds them all, in order, as they were given
    events = await store.read(read_events, run.id)
    assert [event.seq for event in events] == list(range(1, after + 1))
    assert [event.key for event in events] == [event.key for append in appends for event in append.events]
    assert await store.read(read_events, run.id, after_seq=after - 1) == events[-1:]
    assert (await store.read(get_run, run.id, workspace_id=WORKSPACE)).event_seq == after


async def test_an_append_that_repeats_or_skips_is_fenced(store: Store, run_states: RunStates) -> None:
    run = await run_states.running()
    await store.append(step_done(run))

    for after_seq in (0, 2):
        with pytest.raises(Fenced):
            await store.append(step_done(run, after_seq=after_seq))
        with pytest.raises(Fenced):
            await store.write(append_events, step_done(run, after_seq=after_seq))

    assert len(await store.read(read_events, run.id)) == 1


async def test_a_stale_epoch_writes_nothing(store: Store, run_states: RunStates) -> None:
    # Given a run that was taken over: the queue delivered its job again
    old = await run_states.running(job_id=7)
    taken = await store.write(claim_run, old.id, owner="second", job_id=7, now=LATER)
    assert taken is not None

    # When the first worker wakes up and writes, by either way
    with pytest.raises(Fenced):
        await store.append(step_done(old))
    with pytest.raises(Fenced):
        await store.write(append_events, step_done(old))

    # Then only the new owner's events are in the journal
    await store.append(step_done(taken.run, key="mine"))
    assert [event.key for event in await store.read(read_events, old.id)] == ["mine0"]


async def test_events_of_one_transaction_are_answered_as_journaled(store: Store, run_states: RunStates) -> None:
    run = await run_states.running()
    unstamped = Append(run.id, run.epoch, 0, [Event("step.done", "a", {"output": 1}), Event("step.done", "b", {})])

    answered = await store.write(append_events, unstamped)

    assert answered == await store.read(read_events, run.id)
    assert [event.seq for event in answered] == [1, 2]
    assert all(event.at is not None for event in answered)


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON)
async def test_json_comes_back_as_it_went_in(store: Store, value: Json) -> None:
    # Given any JSON value, the character U+0000 and the order of keys included
    run_states = RunStates(store)
    run = await run_states.running()

    # When it is journaled
    await store.append(Append(run.id, run.epoch, 0, [Event("step.done", "x", {"output": value}, at=NOW)]))

    # Then it is read back equal, with its keys in order
    (event,) = await store.read(read_events, run.id)
    assert event.data == {"output": value}
    assert repr(event.data) == repr({"output": value})
    assert event.at == NOW


async def test_a_definition_is_kept_once_whatever_the_order_of_its_keys(store: Store) -> None:
    first = await store.write(put_definition, {"name": "a", "steps": []}, now=NOW)
    again = await store.write(put_definition, {"steps": [], "name": "a"}, now=LATER)

    assert first == again
    assert list(await store.read(get_definition, first)) == ["name", "steps"]
    with pytest.raises(NotFound):
        await store.read(get_definition, "0" * 64)


async def test_a_read_sees_one_moment(store: Store, run_states: RunStates) -> None:
    # Given a read that looks twice, with a commit in between
    run = await run_states.running()
    loop = asyncio.get_running_loop()

    def look_twice(conn: Connection) -> tuple[int, int]:
        first = len(read_events(conn, run.id))
        if store.dialect == "sqlite" and not is_memory:
            asyncio.run_coroutine_threadsafe(store.append(step_done(run)), loop).result(5)
        return first, len(read_events(conn, run.id))

    is_memory = type(store).__name__ == "MemoryStore"
    assert await store.read(look_twice) == (0, 0)


async def test_migrating_again_changes_nothing(store: Store) -> None:
    await migrate(store)

    assert await store.read(current_version, VERSION_TABLE) == HEAD


async def test_a_schema_that_is_newer_than_the_program_is_refused(store: Store) -> None:
    def pretend(tx: Transaction) -> None:
        tx.conn.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))

    await store.write(pretend)

    with pytest.raises(StoreUnavailable, match="9999") as caught:
        await migrate(store)
    assert caught.value.code == "schema_newer"


async def test_a_closed_store_says_so(closed_store: Store) -> None:
    await closed_store.open()
    await closed_store.close()
    await closed_store.close()

    with pytest.raises(StoreUnavailable):
        await closed_store.read(current_version, VERSION_TABLE)
    with pytest.raises(StoreUnavailable):
        await closed_store.append(Append("run", 1, 0, []))


async def test_closing_waits_for_what_was_accepted(store: Store, run_states: RunStates) -> None:
    # Given appends that are under way
    runs = [await run_states.running() for _ in range(20)]
    appending = [asyncio.create_task(store.append(step_done(run))) for run in runs]
    await asyncio.sleep(0)

    # When the store is closed
    await store.close()

    # Then every one of them was acknowledged
    assert await asyncio.gather(*appending) == [None] * 20


async def test_the_greatest_and_least_instants_survive(store: Store) -> None:
    early, late = NOW.replace(year=1, microsecond=1), NOW.replace(year=9999) - timedelta(microseconds=1)
    for at in (early, late):
        run, _ = await store.write(insert_run, SPEC, now=at)
        assert run.created_at == at
