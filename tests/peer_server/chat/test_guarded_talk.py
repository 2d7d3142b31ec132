"""Guardrails of a Peer: what is refused never reaches its model, or anybody's screen; the talk goes on."""

from dataclasses import replace

import pytest

from flow_runtime.errors import Json
from flow_runtime.flow import Guardrails
from flow_runtime.model import Message
from peer_server.peers.history import WITHHELD
from tests.fakes.chat_bench import ChatBench, Talk, texts
from tests.fakes.chat_model import Call

pytestmark = pytest.mark.anyio
DENY: dict[str, Json] = {"type": "denylist", "config": {"words": ["falcon"]}}


async def guarded(bench: ChatBench, **sides: list[dict[str, Json]]) -> Talk:
    peer = bench.book.peers["p1"]
    bench.book.peers["p1"] = replace(peer, guardrails=Guardrails.model_validate(sides))
    return await bench.conversation()


def said(messages: list[Message]) -> list[str]:
    return [str(getattr(message, "text", None) or getattr(message, "content", "")) for message in messages]


async def test_a_refused_message_is_told_and_never_shown_to_the_model(bench: ChatBench) -> None:
    # Given a Peer that must hear nothing of it
    talk = await guarded(bench, input=[DENY])
    # When somebody speaks of it, and then of something else
    assert await talk.ask("What of Falcon?") == ""
    bench.model.will("Nice weather.")
    assert await talk.ask("And the weather?") == "Nice weather."
    # Then the model was called once, without it, and the log says why
    assert len(bench.model.requests) == 1
    assert said(await bench.model.called(1))[-2:] == [WITHHELD, "And the weather?"]
    refused = (await talk.events("message.completed"))[0]
    assert (refused["error"]["code"], refused["error"]["details"]["side"]) == ("guardrail", "input")
    assert texts(await talk.check())[0] == ("user", "What of Falcon?")


async def test_an_answer_is_shown_once_it_was_looked_at(bench: ChatBench) -> None:
    talk = await guarded(bench, output=[DENY])
    bench.model.will("It is ", "the Falcon.")
    assert await talk.ask("What is it?") == ""
    bench.model.will("It is ", "a bird.")
    assert await talk.ask("Really?") == "It is a bird."
    assert "".join(delta["delta"] for delta in talk.deltas()) == "It is a bird."
    assert "Falcon" not in str(await talk.log())


async def test_what_is_redacted_stays_redacted_in_later_turns(bench: ChatBench) -> None:
    talk = await guarded(bench, input=[{**DENY, "action": "redact"}])
    bench.model.will("First.")
    bench.model.will("Second.")
    await talk.ask("My Falcon")
    await talk.ask("Go on")
    assert said(await bench.model.called(1))[-1] == "My [REDACTED]"
    assert said(await bench.model.called(2))[-3:] == ["My [REDACTED]", "First.", "Go on"]


async def test_results_of_tools_are_looked_at_too(bench: ChatBench) -> None:
    # Given a flow whose result the model must not see
    final = {"id": "done", "type": "final", "config": {"output": "falcon"}}
    await bench.attach("find", {"start": "done", "steps": [final]})
    talk = await guarded(bench, input=[DENY])
    bench.model.will(calls=[Call("find", {})])
    # When the model has called it
    await talk.ask("Find it")
    bench.model.will("Fine.")
    await talk.ask("Anything else?")
    # Then its result was withheld, in this turn and in the next
    assert len(bench.model.requests) == 2
    assert "falcon" not in str(await bench.model.called(2)).lower()
    assert WITHHELD in said(await bench.model.called(2))
