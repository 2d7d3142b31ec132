"""Mistakes that approvals in chats are known for, each of which somebody had to fix after the fact."""

import asyncio
import json

import pytest

from flow_runtime.errors import Json
from peer_server.conversation import ConversationView
from tests.faults.approvals import flow, step
from tests.faults.doors import SocketDoor
from tests.faults.follower import Follower
from tests.faults.seeding import seed_flow, seed_peer
from tests.faults.server_process import ServerProcess
from tests.faults.talking import follower, peer_id, provider, say, server
from tests.faults.views import is_idle

__all__ = ["follower", "peer_id", "provider", "server"]

pytestmark = pytest.mark.anyio


async def ask(follower: Follower, *numbers: int) -> list[str]:
    """Let the Peer ask for these approvals in one turn. Their ids."""
    known = set(follower.view.interrupts)
    await say(follower, f"ask {list(numbers)}")
    return [found for found in follower.view.interrupts if found not in known]


async def approve(follower: Follower, interrupt_id: str) -> Json:
    return await follower.command("interrupt.resume", interruptId=interrupt_id, resolution={"decision": "approve"})


def outcomes(follower: Follower) -> list[Json]:
    return [turn for turn in follower.view.turns.values() if turn["reason"] == "outcome"]


async def told(follower: Follower, count: int = 1) -> None:
    """Wait until that many outcomes were told."""
    await follower.until(lambda view: is_idle(view) and len(outcomes(follower)) >= count)


async def test_validating_does_not_change_what_was_approved(server: ServerProcess) -> None:
    # Given inputs that a validator would like to complete or convert
    fields = {"amount": {"type": "number"}, "note": {"type": "string", "default": "none"}, "list": {"type": "array"}}
    approval = step("ask", "user-approval", {"approve": "done"}, title="Sure?", facts={"inputs": "{{ inputs }}"})
    approval["config"]["facts"] = [{"label": "Inputs", "value": "{{ inputs }}"}]
    done = step("done", "final", output="{{ inputs }}")
    flow_id = seed_flow(server, flow("Keep", approval, done, inputs={"type": "object", "properties": fields}))
    given = {"amount": 5, "list": [1.0, "1", None], "extra": {"b": 1, "a": 2}}
    waiting = server.request("POST", f"/v1/flow/execute/{flow_id}", {"inputs": given})
    (shown,) = (fact["value"] for fact in waiting["waitState"]["facts"])
    # When it is approved, then what runs is what was shown: what was given, with defaults filled in once, at the start
    interrupt_id = waiting["waitState"]["interruptId"]
    answer = {"interruptId": interrupt_id, "decision": "approve"}
    executed = server.request("POST", f"/v1/flowrun/resume/{waiting['appRunId']}", answer)
    assert executed == shown == {**given, "note": "none"}


async def test_a_queued_message_does_not_overtake_an_answered_approval(follower: Follower) -> None:
    # Given an open approval, an answer that is being written, and a message that waits for it
    (interrupt_id,) = await ask(follower, 1)
    names = {"conversationId": follower.conversation_id}
    await follower.command("message.send", **names, clientMessageId="slow", content="slow")
    await follower.until(lambda view: view.active_turn_id is not None)
    await follower.command("message.send", **names, clientMessageId="queued", content="queued")
    await follower.until(lambda view: len(view.queue) == 1)
    # When the approval is answered meanwhile
    assert (await approve(follower, interrupt_id))["type"] == "ack"
    await follower.until(lambda view: view.interrupts[interrupt_id]["status"] == "settled")
    await told(follower)
    await follower.until(lambda view: len(view.turns) == 4)
    # Then its outcome is told before the message is answered
    assert [turn["reason"] for turn in follower.view.turns.values()] == ["message", "message", "outcome", "message"]


async def test_repeated_and_conflicting_answers_run_once(follower: Follower) -> None:
    (interrupt_id,) = await ask(follower, 1)
    async with SocketDoor.open(follower.url) as other:
        answers = await asyncio.gather(
            *(approve(follower, interrupt_id) for _ in range(3)),
            other.decide("", interrupt_id, {"decision": "reject"}),
        )
    await told(follower)
    decided = follower.view.interrupts[interrupt_id]["resolution"]["decision"]
    (run,) = follower.view.runs.values()
    assert run["output"]["decided"] == decided
    assert len(outcomes(follower)) == 1
    assert sum(isinstance(answer, dict) and answer.get("status") == "settled" for answer in answers) <= 1


async def test_one_answer_is_continued_once(follower: Follower) -> None:
    # When the same answer is sent again and again, before and after its outcome
    (interrupt_id,) = await ask(follower, 1)
    await asyncio.gather(*(approve(follower, interrupt_id) for _ in range(5)))
    await told(follower)
    assert (await approve(follower, interrupt_id))["status"] == "repeated"
    assert await say(follower, "anything else?") == "You said: anything else?"
    # Then its outcome was told once
    assert len(outcomes(follower)) == 1


async def test_a_late_approval_does_not_continue_what_was_stopped(follower: Follower) -> None:
    # Given a request of a turn whose answer was then stopped in its middle
    names = {"conversationId": follower.conversation_id}
    await follower.command("message.send", **names, clientMessageId="m", content="ask [1] slowly")
    view = await follower.until(lambda view: bool(view.open_interrupts))
    assert (await follower.command("turn.stop", **names))["status"] == "stopped"
    await follower.until(is_idle)
    stopped = {key: dict(message) for key, message in view.messages.items()}
    # When it is approved late
    (interrupt_id,) = view.interrupts
    answer = await approve(follower, interrupt_id)
    # Then what was stopped stays as it is: an outcome, if there is one, is a turn of its own
    if answer["type"] == "ack":
        await told(follower)
        assert len(outcomes(follower)) == 1
    else:
        assert answer["code"] == "interrupt_cancelled"
    assert {key: follower.view.messages[key] for key in stopped} == stopped


async def test_a_request_that_was_taken_back_runs_nothing(follower: Follower) -> None:
    (interrupt_id,) = await ask(follower, 1)
    assert (await follower.command("interrupt.withdraw", interruptId=interrupt_id))["type"] == "ack"
    refused = await approve(follower, interrupt_id)
    assert (refused["type"], refused["code"]) == ("error", "interrupt_cancelled")
    await follower.until(is_idle)
    assert [run["status"] for run in follower.view.runs.values()] == ["cancelled"]


async def test_a_fresh_client_sees_and_answers_what_is_open(server: ServerProcess, follower: Follower) -> None:
    # Given three open requests, and a killed server
    waiting = await ask(follower, 1, 2, 3)
    shown = {key: dict(follower.view.interrupts[key]) for key in waiting}
    server.kill()
    await server.start_soon()
    # When somebody opens the conversation afresh
    async with Follower(server.url, follower.conversation_id).following() as fresh:
        await fresh.until(lambda view: view.last_seq >= follower.view.last_seq)
        # Then all three are there, identical, and can be answered
        assert {key: fresh.view.interrupts[key] for key in fresh.view.open_interrupts} == shown
        for interrupt_id in reversed(waiting):
            assert (await approve(fresh, interrupt_id))["type"] == "ack"
        await told(fresh, 3)


async def test_a_message_does_not_supersede_what_is_open(follower: Follower) -> None:
    waiting = await ask(follower, 1, 2)
    for n in range(3):
        await say(follower, f"message {n}")
    assert follower.view.open_interrupts == waiting
    assert (await approve(follower, waiting[0]))["type"] == "ack"
    await told(follower)


async def test_approvals_of_earlier_messages_go_on(follower: Follower) -> None:
    # Given a request in each of three messages
    earliest, middle, latest = [(await ask(follower, number))[0] for number in (1, 2, 3)]
    # When they are answered, the earliest first
    for count, interrupt_id in enumerate((earliest, latest, middle), start=1):
        assert (await approve(follower, interrupt_id))["type"] == "ack"
        await told(follower, count)
    # Then each run has ended, below the message that began it
    assert [run["status"] for run in follower.view.runs.values()] == ["completed"] * 3
    assert len({run["messageId"] for run in follower.view.runs.values()}) == 3


LOOKALIKES: tuple[dict[str, Json], ...] = (
    {"a": "1", "b": "2"},
    {"a": '1","b":"2'},
    {"a": "1,b:2"},
    {"a": 1, "b": "2"},
    {"a": ["1", "2"]},
    {"a": [["1"], "2"]},
    {"a": [["1", "2"]]},
    {"a": {"b": "2"}},
    {"a.b": "2"},
    {"a": "1"},
    {"a": "1 "},
    {"a": None},
    {"a": ""},
    {},
    {"a": True},
    {"a": "true"},
    {"__proto__": "1"},
)


async def test_different_cards_have_different_seals(server: ServerProcess) -> None:
    asking = step("ask", "user-approval", title="Sure?")
    asking["config"]["facts"] = [{"label": "Given", "value": "{{ given }}"}]
    inputs = {"type": "object", "properties": {"given": {}}, "required": ["given"]}
    flow_id = seed_flow(server, flow("Sealed", asking, inputs=inputs))
    seals = []
    for given in LOOKALIKES:
        waiting = server.request("POST", f"/v1/flow/execute/{flow_id}", {"inputs": {"given": given}})
        card = server.request("GET", f"/v1/interrupt/{waiting['waitState']['interruptId']}")
        seals.append(card["digest"])
    assert len(set(seals)) == len(LOOKALIKES)


DANGEROUS = ("__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "__class__", "prototype")


def has_form(view: ConversationView) -> bool:
    return any(view.interrupts[found]["kind"] == "form" for found in view.open_interrupts)


async def test_dangerous_names_are_names_like_any_other(server: ServerProcess) -> None:
    # Given a flow whose decisions and fields have the names of things that languages treat specially
    form = {"type": "object", "properties": {name: {"type": "string"} for name in DANGEROUS}, "required": ["__proto__"]}
    ports = dict.fromkeys(DANGEROUS, "form")
    definition = flow(
        "Dangerous",
        step("ask", "user-approval", ports, title="Which?", decisions=list(DANGEROUS)),
        step("form", "show-form", "done", title="Fill in", schema=form),
        step("done", "final", output={"decided": "{{ steps.ask.output.decision }}", "form": "{{ steps.form.output }}"}),
    )
    flow_id = seed_flow(server, definition)
    # And a Peer whose tools have these names too
    dangerous_peer = seed_peer(server, dict.fromkeys(DANGEROUS, flow_id), model="openai:test")
    conversation = server.request("POST", "/v1/conversation", {"peerId": dangerous_peer})["id"]
    async with Follower(server.url, conversation).following() as follower:
        for count, name in enumerate(DANGEROUS, start=1):
            # When the model calls one, and a person decides and fills in by such names
            await say(follower, f"/{name} {{}}")
            assert len(follower.view.open_interrupts) == 1, json.dumps(list(follower.view.tool_calls.values())[-1])
            (card,) = follower.view.open_interrupts
            resolution = {"decision": name}
            answer = await follower.command("interrupt.resume", interruptId=card, resolution=resolution)
            assert answer["type"] == "ack", answer
            view = await follower.until(has_form)
            filled = {field: f"value of {field}" for field in DANGEROUS}
            answer = await follower.command(
                "interrupt.resume", interruptId=view.open_interrupts[0], resolution={"formData": filled}
            )
            assert answer["type"] == "ack", answer
            await told(follower, count)
            # Then they arrive as they are
            run = list(follower.view.runs.values())[-1]
            assert run["output"] == {"decided": name, "form": filled}
        assert follower.view.tool_calls.keys() == {call["toolCallId"] for call in follower.view.tool_calls.values()}
