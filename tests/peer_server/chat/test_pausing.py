"""Flows that wait for people in the middle of a conversation that goes on."""

import asyncio
import json
import random

import pytest

from flow_runtime.errors import FlowError, Json
from flow_runtime.model import Message, ToolMessage, UserMessage
from flow_runtime.run import ASKED_KINDS, InterruptKind
from tests.fakes.chat_bench import OLGA, ChatBench, texts
from tests.fakes.chat_model import Call
from tests.fakes.chat_steps import ends
from tests.fakes.steps import flow, scope, step

pytestmark = pytest.mark.anyio

DECISIONS = [
    {"name": "approve", "label": "Yes", "style": "primary"},
    {"name": "reject", "label": "No", "style": "plain"},
]


def asking(title: str = "Refund?", **payload: Json) -> dict[str, Json]:
    """A flow that asks for an approval, then works, then ends with who was paid."""
    card = step("ask", "card", {"approve": "pay", "reject": "no"}, output="answer",
                payload={"title": title, "decisions": DECISIONS, **payload})  # fmt: skip
    paid = ends("done", {"paid": "{{ who }}", "comment": "{{ answer.?comment.orValue('') }}"})
    return flow(card, step("pay", "work", {"ok": "done"}), paid, ends("no", {"paid": None}), inputs=["who"])


def outcome(messages: list[Message]) -> dict[str, Json]:
    """The outcome that the last message tells."""
    last = messages[-1]
    assert isinstance(last, UserMessage)
    found: dict[str, Json] = json.loads(last.text)["outcome"]
    return found


async def test_an_approval_waits_the_talk_goes_on_and_the_outcome_comes_back(bench: ChatBench) -> None:
    # Given a refund that waits for approval
    await bench.attach("refund", asking())
    bench.model.will("I ask.", calls=[Call("refund", {"who": "Ann"}, "c1")])
    bench.model.will("It waits.")
    talk = await bench.conversation()
    assert await talk.ask("Refund Ann") == "It waits."
    (card,) = await talk.open()
    told = json.loads(_tool_message(bench.model.requests[1].messages[-1]).content)
    assert told == {"status": "waiting", "runId": card["runId"], "interruptId": card["interruptId"], "kind": "approval",
                    "title": "Refund?", "summary": "Waiting for approval: Refund?"}  # fmt: skip
    view = await talk.check()
    assert view.tool_calls["c1"]["status"] == "waiting"
    assert card["messageId"] == view.branch()[1]["messageId"]
    assert card["onBehalfOf"]["name"] == "Olga"
    # When people go on talking, and then decide
    bench.model.will("Sunny.")
    assert await talk.ask("And the weather?") == "Sunny."
    bench.model.will("Ann was paid.")
    await talk.decide(card["interruptId"], {"decision": "approve", "comment": "fine"})
    # Then the work is done once and its outcome is told in a turn of its own, linked to where it began
    view = await talk.until(lambda view: len(view.turns) == 3 and view.active_turn_id is None)
    told_in = list(view.turns.values())[-1]
    assert (told_in["reason"], told_in["origin"]["runId"], told_in["origin"]["toolCallId"]) == (
        "outcome",
        card["runId"],
        "c1",
    )
    assert outcome(list(bench.model.requests[-1].messages)) == {
        "toolName": "refund", "toolCallId": "c1", "runId": card["runId"], "status": "completed",
        "output": {"paid": "Ann", "comment": "fine"},
        "decisions": [{"title": "Refund?", "decision": "approve", "comment": "fine", "by": "Olga"}],
    }  # fmt: skip
    assert texts(view)[-1] == ("assistant", "Ann was paid.")
    assert bench.work.calls == ["pay"]
    assert view.runs[card["runId"]]["status"] == "completed"
    assert view.interrupts[card["interruptId"]]["decidedBy"]["name"] == "Olga"
    await talk.check()


async def test_five_messages_while_two_requests_wait_then_both_in_any_order(bench: ChatBench) -> None:
    """P3, P6, F1: every history is valid (the model checks each), nothing is superseded."""
    await bench.attach("refund", asking())
    await bench.attach("quick", flow(ends("d", "quick")))
    bench.model.will(calls=[Call("refund", {"who": "Ann"}, "a"), Call("refund", {"who": "Bob"}, "b")])
    bench.model.will("Both wait.")
    talk = await bench.conversation()
    await talk.ask("Refund both")
    cards = await talk.open(2)
    for number in range(5):
        bench.model.will(f"Answer {number}")
        assert await talk.ask(f"Question {number}") == f"Answer {number}"
    bench.model.will(calls=[Call("quick", {})])
    bench.model.will("Quick one done.")
    await talk.ask("Quick")
    bench.model.will("first told")
    bench.model.will("second told")
    await asyncio.gather(
        talk.decide(cards[1]["interruptId"], {"decision": "reject"}), talk.decide(cards[0]["interruptId"])
    )
    view = await talk.until(lambda view: len(view.turns) == 9 and view.active_turn_id is None)
    said = [text for role, text in texts(view) if role == "assistant"]
    assert said[-2:] == ["first told", "second told"]
    assert view.open_interrupts == []
    outputs = {run["runId"]: run["output"] for run in view.runs.values()}
    assert outputs[cards[1]["runId"]] == {"paid": None}
    assert outputs[cards[0]["runId"]]["paid"] in {"Ann", "Bob"}
    assert bench.work.calls == ["pay"]
    await talk.check()


async def test_eight_requests_at_once_answered_in_random_order(bench: ChatBench) -> None:
    await bench.attach("refund", asking())
    names = [f"P{number}" for number in range(8)]
    bench.model.will(calls=[Call("refund", {"who": name}, name) for name in names])
    bench.model.will("All wait.")
    talk = await bench.conversation()
    await talk.ask("All")
    cards = await talk.open(8)
    random.Random(7).shuffle(cards)
    for card in cards:
        bench.model.will("told")
        await talk.decide(card["interruptId"])
    view = await talk.until(lambda view: len(view.turns) == 9 and view.active_turn_id is None)
    assert sorted(run["output"]["paid"] for run in view.runs.values()) == names
    assert len(bench.work.calls) == 8
    await talk.check()


async def test_a_queued_message_never_overtakes_the_outcome_of_an_answered_approval(bench: ChatBench) -> None:
    # Given a waiting approval, an answer in flight, and a message in the queue
    await bench.attach("refund", asking())
    bench.model.will(calls=[Call("refund", {"who": "Ann"}, "c1")])
    bench.model.will("It waits.")
    talk = await bench.conversation()
    await talk.ask("Refund Ann")
    (card,) = await talk.open()
    gate = asyncio.Event()
    bench.model.will("slow answer", gate=gate)
    await talk.say("Something else")
    await bench.model.called(3)
    await talk.say("Queued before the decision")
    # When the approval is answered and its run ends, before the answer in flight does
    await talk.decide(card["interruptId"])
    await talk.until(lambda view: view.runs[card["runId"]]["status"] == "completed")
    bench.model.will("outcome told")
    bench.model.will("queued answered")
    gate.set()
    # Then the outcome comes first
    view = await talk.until(lambda view: len(view.turns) == 4 and view.active_turn_id is None)
    assert [text for role, text in texts(view) if role == "assistant"][-2:] == ["outcome told", "queued answered"]
    await talk.check()


async def test_a_pause_three_levels_deep_in_a_loop_is_one_card_with_its_path(bench: ChatBench) -> None:
    """P21: waiting bubbles up through sub-flows and loops."""
    await bench.define("inner", asking("Deep?"))
    await bench.define("middle", flow(step("sub", "call", flowId="inner", inputs={"who": "{{ who }}"}), inputs=["who"]))
    body = scope(step("go", "call", flowId="middle", inputs={"who": "{{ item }}"}))
    await bench.attach("outer", flow(step("each", "loop", mode="each", items=["A", "B"], **body)))
    bench.model.will(calls=[Call("outer", {}, "c1")])
    bench.model.will("Waiting.")
    talk = await bench.conversation()
    await talk.ask("Go")
    card: dict[str, Json] = {}
    for round_ in range(2):
        (card,) = await talk.open()
        path = [(entry["flowName"], entry["key"]) for entry in card["path"]]
        assert path == [("outer", f"each[{round_}]/go"), ("middle", "sub"), ("inner", "ask")]
        assert (card["toolCallId"], card["rootRunId"] == card["runId"]) == ("c1", False)
        bench.model.will("all done")
        await talk.decide(card["interruptId"])
        await talk.until(lambda view, asked=card: asked["interruptId"] not in view.open_interrupts)  # type: ignore[misc]  # binds the loop's variable
    view = await talk.until(lambda view: len(view.turns) == 2 and view.active_turn_id is None)
    assert view.runs[card["rootRunId"]]["output"] is not None
    assert bench.work.calls == ["pay", "pay"]
    await talk.check()


async def test_a_late_approval_cannot_restart_a_stopped_turn_and_a_handed_over_flow_stays(bench: ChatBench) -> None:
    """P17: stop takes what the turn holds; what waits for a person was handed over before and can be answered."""
    await bench.attach("refund", asking())
    bench.model.will(calls=[Call("refund", {"who": "Ann"}, "c1")])
    bench.model.will("It wai", "ts", gate=asyncio.Event())
    talk = await bench.conversation()
    _, turn_id = await talk.say("Refund Ann")
    await bench.model.called(2)
    (card,) = await talk.open()
    await talk.first_delta()
    await bench.talk.stop(OLGA, talk.id)
    view = await talk.until(lambda view: view.turns.get(turn_id, {}).get("status") == "stopped")
    assert view.open_interrupts == [card["interruptId"]]
    # When it is approved now
    bench.model.will("Paid after all.")
    await talk.decide(card["interruptId"])
    # Then the flow goes on and tells its outcome; the stopped turn stays as it was
    view = await talk.until(lambda view: len(view.turns) == 2 and view.active_turn_id is None)
    assert view.turns[turn_id]["status"] == "stopped"
    assert view.branch()[2]["text"] == "It wai"
    assert bench.work.calls == ["pay"]
    await talk.check()


async def test_withdrawing_takes_the_run_with_it(bench: ChatBench) -> None:
    await bench.attach("refund", asking())
    bench.model.will(calls=[Call("refund", {"who": "Ann"}, "c1")])
    bench.model.will("It waits.")
    talk = await bench.conversation()
    await talk.ask("Refund Ann")
    (card,) = await talk.open()
    bench.model.will("Taken back.")
    await bench.decisions.withdraw(OLGA, card["interruptId"], door="test")
    view = await talk.until(lambda view: len(view.turns) == 2 and view.active_turn_id is None)
    assert view.interrupts[card["interruptId"]]["status"] == "cancelled"
    assert view.runs[card["runId"]]["status"] == "cancelled"
    with pytest.raises(FlowError) as late:
        await talk.decide(card["interruptId"])
    assert late.value.code == "interrupt_cancelled"
    assert bench.work.calls == []
    await talk.check()


async def test_an_action_that_waits_tells_its_outcome_without_a_model(bench: ChatBench) -> None:
    await bench.attach("refund", asking(), as_="action")
    talk = await bench.conversation()
    sent = await bench.talk.run_action(OLGA, talk.id, attachment_id="a-refund", inputs={"who": "Ann"})
    assert await talk.answer(sent.turn_id or "") == "Waiting for approval: Refund?"
    (card,) = await talk.open()
    await talk.decide(card["interruptId"])
    view = await talk.until(lambda view: len(view.turns) == 2 and view.active_turn_id is None)
    assert json.loads(texts(view)[-1][1]) == {"paid": "Ann", "comment": ""}
    assert bench.model.requests == []
    await talk.check()


async def test_a_flow_that_just_takes_long_is_handed_over_too(bench: ChatBench) -> None:
    settings = bench.chat.executor._services.settings
    object.__setattr__(settings, "tool_wait_s", 0.05)
    await bench.attach("slow", flow(step("w", "work", gate="slow"), ends("d", "late")))
    bench.model.will(calls=[Call("slow", {}, "c1")])
    bench.model.will("Still running.")
    talk = await bench.conversation()
    assert await talk.ask("Go") == "Still running."
    result = json.loads(_tool_message(bench.model.requests[1].messages[-1]).content)
    assert (result["status"], result["summary"]) == ("waiting", "The flow is still running.")
    bench.model.will("There it is.")
    bench.work.gate("slow").set()
    view = await talk.until(lambda view: len(view.turns) == 2 and view.active_turn_id is None)
    assert texts(view)[-1] == ("assistant", "There it is.")
    await talk.check()


async def test_a_lying_model_changes_nothing_that_people_see_of_the_run(bench: ChatBench) -> None:
    """P4, A4: neither its words nor a tool call of its own making can approve."""
    await bench.attach("refund", asking())
    bench.model.will(calls=[Call("refund", {"who": "Ann"}, "c1")])
    bench.model.will("I have approved and paid it.", calls=[Call("interrupt.resume", {"decision": "approve"}),
                                                           Call("decide", {"decision": "approve"})])  # fmt: skip
    bench.model.will('{"decision": "approve"}')
    talk = await bench.conversation()
    await talk.ask("Refund Ann")
    view = await talk.check()
    assert view.runs[view.tool_calls["c1"]["runId"]]["status"] == "waiting"
    assert len(view.open_interrupts) == 1
    assert bench.work.calls == []


def _tool_message(message: Message) -> ToolMessage:
    assert isinstance(message, ToolMessage)
    return message


def test_the_kinds_that_conversations_tell_are_those_of_the_wire() -> None:
    assert {kind.value for kind in ASKED_KINDS} == {"approval", "form", "client_tool", "callback"}
    assert InterruptKind.TIMER not in ASKED_KINDS
