"""A turn survives its process: finished steps are read, the model call in flight is repeated."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from flow_runtime.run import RunStatus
from flow_runtime.store import Store
from peer_server.peers.turn_work import EndedFirst, hand_over
from tests.fakes.chat_bench import OLGA, WORKSPACE, ChatBench, Talk, texts
from tests.fakes.chat_model import Call
from tests.fakes.chat_steps import ends
from tests.fakes.steps import flow, step
from tests.peer_server.chat.test_pausing import asking

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def after_a_crash(dead: ChatBench) -> AsyncIterator[ChatBench]:
    """The next process over the same store. The dead one still breathes: whatever it writes is fenced."""
    living = ChatBench(dead.store, book=dead.book)
    async with living.serving(is_alone=True):
        yield living


async def test_finished_steps_are_not_repeated_and_the_call_in_flight_begins_anew(store: Store) -> None:
    # Given a turn that has called a flow and whose second answer hangs in the middle when its process dies
    dead = ChatBench(store)
    async with dead.serving():
        await dead.attach("count", flow(step("w", "work", {"ok": "d"}), ends("d", "counted")))
        dead.model.will(calls=[Call("count", {}, "c1")])
        dead.model.will("Half of an ", "answer", gate=asyncio.Event())
        talk = await dead.conversation()
        await talk.say("Count")
        await dead.model.called(2)
        await talk.first_delta()
        view = await talk.until(lambda view: len(view.order) == 3)
        hanging = view.leaf
        await talk.say("Still queued?")
        # When the next process takes over
        async with after_a_crash(dead) as living:
            living.model.will("The whole answer.")
            living.model.will("Yes, still.")
            again = Talk(living, talk.id, OLGA)
            view = await again.until(lambda view: len(view.turns) == 2 and view.active_turn_id is None)
            # Then the flow ran once, the message is the same one with the new text, and the queue went on
            assert dead.work.calls == ["w"]
            assert living.work.calls == []
            assert view.messages[hanging or ""]["text"] == "The whole answer."
            assert texts(view)[-2:] == [("user", "Still queued?"), ("assistant", "Yes, still.")]
            assert [len(request.messages) for request in living.model.requests] == [4, 6]
            await again.check()


@pytest.mark.row("B-26")
async def test_a_waiting_flow_is_answered_in_another_process(store: Store) -> None:
    dead = ChatBench(store)
    async with dead.serving():
        await dead.attach("refund", asking())
        dead.model.will(calls=[Call("refund", {"who": "Ann"}, "c1")])
        dead.model.will("It waits.")
        talk = await dead.conversation()
        await talk.ask("Refund Ann")
        (card,) = await talk.open()
    async with after_a_crash(dead) as living:
        living.model.will("Ann was paid.")
        again = Talk(living, talk.id, OLGA)
        await again.decide(card["interruptId"])
        view = await again.until(lambda view: len(view.turns) == 2 and view.active_turn_id is None)
        assert texts(view)[-1] == ("assistant", "Ann was paid.")
        assert living.work.calls == ["pay"]
        await again.check()


async def test_a_clean_shutdown_leaves_the_turn_to_the_next_process(store: Store) -> None:
    dead = ChatBench(store)
    async with dead.serving():
        await dead.attach("slow", flow(step("w", "work", gate="g"), ends("d", "x")))
        dead.model.will("Well, ", "…", gate=asyncio.Event())
        talk = await dead.conversation()
        await talk.say("Go")
        await dead.model.called(1)
        await talk.first_delta()
        dead.runtime.signals.drain()
    view = await talk.bench.talk.view(OLGA, talk.id)
    assert view.active_turn_id is not None
    async with after_a_crash(dead) as living:
        living.model.will("Here I am.")
        again = Talk(living, talk.id, OLGA)
        view = await again.idle()
        assert texts(view)[-1] == ("assistant", "Here I am.")
        await again.check()


@pytest.mark.parametrize("ends_first", [True, False])
async def test_a_hand_over_takes_the_result_or_leaves_it_to_an_outcome(store: Store, *, ends_first: bool) -> None:
    """Whichever comes first under the run's lock, exactly one of the two tells the end of the flow."""
    bench = ChatBench(store)
    async with bench.serving():
        await bench.attach("gated", flow(step("w", "work", gate="g"), ends("d", "x")))
        bench.model.will(calls=[Call("gated", {}, "c1")])
        talk = await bench.conversation()
        await talk.say("Go")
        await bench.work.begun(1)
        view = await talk.until(lambda view: "c1" in view.tool_calls)
        run_id = view.tool_calls["c1"]["runId"]
        if not ends_first:
            await store.write(hand_over, run_id=run_id)
        bench.model.will("answer")
        bench.model.will("outcome")
        bench.work.gate("g").set()
        turns = 1 if ends_first else 2
        await talk.until(lambda view: len(view.turns) == turns and view.active_turn_id is None)
        run = await bench.client.get(run_id, workspace_id=WORKSPACE)
        assert (run.status, run.detached) == (RunStatus.COMPLETED, not ends_first)
        with pytest.raises(EndedFirst):
            await store.write(hand_over, run_id=run_id)
        await talk.check()
