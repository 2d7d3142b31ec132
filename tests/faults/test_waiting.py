"""Talking goes on while requests wait; they are answered in any order, and each history given to a model is valid."""

import json
import random
from typing import Any

import pytest

from tests.fakes.openai_replies import Call, Reply
from tests.fakes.openai_server import FakeOpenAI
from tests.faults.doors import RestDoor
from tests.faults.follower import Follower
from tests.faults.server_process import ServerProcess
from tests.faults.talking import follower, peer_id, provider, say, server
from tests.faults.views import is_idle

__all__ = ["follower", "peer_id", "provider", "server"]

pytestmark = pytest.mark.anyio


async def decide(follower: Follower, server: ServerProcess, interrupt_id: str, *, over_rest: bool) -> dict[str, Any]:
    """Approve, and wait for the turn that tells the outcome. The outcome as the model got it."""
    turns = len(follower.view.turns)
    if over_rest:
        async with server.async_client() as client:
            run_id = follower.view.interrupts[interrupt_id]["runId"]
            assert (await RestDoor(client).decide(run_id, interrupt_id, {"decision": "approve"})).status == 200
    else:
        answer = {"interruptId": interrupt_id, "resolution": {"decision": "approve"}}
        assert (await follower.command("interrupt.resume", **answer))["type"] == "ack"
    view = await follower.until(lambda view: is_idle(view) and len(view.turns) > turns)
    assert list(view.turns.values())[-1]["reason"] == "outcome"
    return dict(view.interrupts[interrupt_id]["resolution"])


def asked_of(follower: Follower, title: str) -> str:
    """The open request with that title. Two that were asked at once may be opened in any order."""
    (found,) = [id_ for id_ in follower.view.open_interrupts if follower.view.interrupts[id_]["title"] == title]
    return found


def last_message(provider: FakeOpenAI) -> str:
    return str(provider.requests[-1]["messages"][-1]["content"])


async def test_talking_goes_on_while_two_requests_wait(
    provider: FakeOpenAI, server: ServerProcess, follower: Follower
) -> None:
    # Given two open requests of one turn
    provider.reply(Reply(text="Let me ask.", calls=(Call("ask", {"number": 1}), Call("ask", {"number": 2}))))
    await say(follower, "Ask twice")
    first, second = asked_of(follower, "Number 1?"), asked_of(follower, "Number 2?")
    waiting = [message for message in provider.requests[-1]["messages"] if message["role"] == "tool"]
    assert [json.loads(message["content"])["status"] for message in waiting] == ["waiting", "waiting"]
    # When five messages are sent, one of which calls another flow, then each is answered
    for n in range(4):
        assert await say(follower, f"And {n}?") == f"You said: And {n}?"
    provider.reply(Reply(calls=(Call("square", {"number": 7}),)))
    assert "49" in await say(follower, "What is the square of 7?")
    assert set(follower.view.open_interrupts) == {first, second}
    # When they are answered the other way round, then each outcome is a turn of its own and is told to the model
    await decide(follower, server, second, over_rest=True)
    assert '"number":2' in last_message(provider).replace(" ", "")
    await decide(follower, server, first, over_rest=False)
    assert '"number":1' in last_message(provider).replace(" ", "")
    assert "approve" in last_message(provider)
    # And talking goes on as if nothing had been
    assert await say(follower, "Thanks") == "You said: Thanks"


async def many_requests(
    provider: FakeOpenAI, server: ServerProcess, follower: Follower, *, chance: random.Random
) -> None:
    """Eight requests of several turns, answered in any order through any door, with messages in between."""
    known = set(follower.view.interrupts)
    for n in (3, 1, 4):
        provider.reply(Reply(calls=tuple(Call("ask", {"number": number}) for number in range(n))))
        await say(follower, "ask")
    waiting = [found for found in follower.view.interrupts if found not in known]
    chance.shuffle(waiting)
    while waiting:
        if chance.random() < 0.3:
            await say(follower, "in between")
        await decide(follower, server, waiting.pop(), over_rest=chance.random() < 0.5)
    assert follower.view.open_interrupts == []


async def test_eight_requests_are_answered_in_any_order(
    provider: FakeOpenAI, server: ServerProcess, follower: Follower
) -> None:
    await many_requests(provider, server, follower, chance=random.Random(1))


@pytest.mark.soak
async def test_hundreds_of_requests_are_answered_in_any_order(
    provider: FakeOpenAI, server: ServerProcess, follower: Follower
) -> None:
    for seed in range(30):
        await many_requests(provider, server, follower, chance=random.Random(seed))


async def test_a_lying_model_cannot_make_a_request_look_done(
    provider: FakeOpenAI, server: ServerProcess, follower: Follower
) -> None:
    # Given a model that says that what waits was done
    provider.reply(Reply(calls=(Call("ask", {"number": 1}),)), Reply(text="Done! It was approved and executed."))
    await say(follower, "Ask")
    # Then what is shown of the action comes from the run: it still waits
    (call,) = follower.view.tool_calls.values()
    (run,) = follower.view.runs.values()
    assert (call["status"], run["status"]) == ("waiting", "waiting")
    assert len(follower.view.open_interrupts) == 1


async def test_a_model_that_errs_in_the_arguments_is_told_and_may_try_again(
    provider: FakeOpenAI, server: ServerProcess, follower: Follower
) -> None:
    # Given a model that first forgets an argument, then sends text for a number, then gets it right
    provider.reply(
        Reply(calls=(Call("square", {}),)),
        Reply(calls=(Call("square", {"number": "six"}),)),
        Reply(calls=(Call("square", {"number": 6}),)),
    )
    # Then nothing runs until it is right, and the field is named to the model
    assert "36" in await say(follower, "What is the square of 6?")
    told = [message["content"] for message in provider.requests[-1]["messages"] if message["role"] == "tool"]
    assert "number" in told[0]
    assert "number" in told[1]
    assert len(follower.view.runs) == 1
