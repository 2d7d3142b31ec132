"""Many people, many commands at once, in random order: the log stays whole and everything comes to rest."""

import asyncio
import random
from contextlib import suppress

import pytest

from flow_runtime.errors import FlowError, Gone
from peer_server.conversation import ConversationView
from tests.fakes.chat_bench import OLGA, ChatBench, Talk
from tests.fakes.chat_model import Call
from tests.fakes.chat_steps import ends
from tests.fakes.steps import flow, step
from tests.peer_server.chat.test_pausing import asking

pytestmark = pytest.mark.anyio

EXPECTED = {"not_queued", "not_an_answer", "already_settled", "interrupt_cancelled", "still_queued", "not_found"}
"""What a command may be answered with when another one was faster."""
VERBS = ("say", "say", "say", "decide", "decide", "stop", "edit", "again", "select", "withdraw", "steer")


async def act(bench: ChatBench, talk: Talk, chance: random.Random) -> None:
    """One random thing that a person may do."""
    view = await bench.talk.view(OLGA, talk.id)
    answers = [key for key, message in view.messages.items() if message["role"] == "assistant"]
    people = [key for key, message in view.messages.items() if message["role"] == "user"]
    verb = chance.choice(VERBS)
    if verb == "say" or not people:
        await talk.say(f"Word {chance.random()}")
    elif verb == "stop":
        await bench.talk.stop(OLGA, talk.id)
    elif verb == "edit":
        name = f"e{chance.random()}"
        await bench.talk.edit(OLGA, talk.id, message_id=chance.choice(people), client_message_id=name, content="Edited")
    elif verb == "again" and answers:
        await bench.talk.regenerate(OLGA, talk.id, message_id=chance.choice(answers))
    elif verb == "select":
        await bench.talk.select_branch(OLGA, talk.id, message_id=chance.choice([*people, *answers]))
    elif verb == "decide" and view.open_interrupts:
        answer = {"decision": chance.choice(["approve", "reject"])}
        await bench.decisions.decide(OLGA, chance.choice(view.open_interrupts), answer, door="test")
    elif verb == "withdraw" and view.queue:
        await bench.talk.withdraw_message(OLGA, talk.id, message_id=chance.choice(view.queue))
    elif verb == "steer" and view.queue:
        await bench.talk.steer(OLGA, talk.id, message_id=chance.choice(view.queue))


async def person(bench: ChatBench, talk: Talk, *, seed: int, actions: int) -> None:
    chance = random.Random(seed)
    for _ in range(actions):
        try:
            await act(bench, talk, chance)
        except FlowError as refused:
            if refused.code not in EXPECTED:
                raise
        await asyncio.sleep(chance.random() * 0.02)


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_people_do_the_log_is_whole_and_everything_comes_to_rest(bench: ChatBench, seed: int) -> None:
    # Given a Peer whose model now and then calls a quick flow, one that asks, or both
    await bench.attach("refund", asking())
    await bench.attach("quick", flow(step("w", "work", {"ok": "d"}), ends("d", "quick")))
    chance = random.Random(seed)
    for number in range(400):
        calls = [call for call in (Call("refund", {"who": "A"}), Call("quick", {})) if chance.random() < 0.2]
        bench.model.will(f"Text {number}. ", calls=calls)
    talk = await bench.conversation()
    # When three people do things at once
    await asyncio.gather(*(person(bench, talk, seed=seed * 10 + number, actions=12) for number in range(3)))
    # Then everything that was asked can be answered, the queue runs dry, and every event is in its place
    await talk.idle()
    bench.model.replies.clear()
    for number in range(400):
        bench.model.will(f"No more calls, {number}.")
    for interrupt_id in list((await talk.check()).open_interrupts):
        with suppress(Gone):  # A stop that came while its flow was asking withdraws the question a moment later.
            await talk.decide(interrupt_id)
    view = await talk.until(_rests, seconds=30)
    await talk.check()
    assert {turn["status"] for turn in view.turns.values()} <= {"completed", "stopped"}
    assert all(message["status"] != "streaming" for message in view.messages.values())
    told = [turn["origin"]["runId"] for turn in view.turns.values() if turn["reason"] == "outcome"]
    assert len(told) == len(set(told))
    waited = {call["runId"] for call in view.tool_calls.values() if call["status"] == "waiting"}
    assert set(told) == waited


def _rests(view: ConversationView) -> bool:
    """Nothing is asked, worked on or queued, and every flow that had waited has been told of."""
    state = view.as_json()
    told = {turn["origin"]["runId"] for turn in state["turns"].values() if turn["reason"] == "outcome"}
    waited = {call["runId"] for call in state["toolCalls"].values() if call["status"] == "waiting"}
    is_idle = state["activeTurnId"] is None and not state["queue"]
    return is_idle and not state["openInterrupts"] and waited <= told
