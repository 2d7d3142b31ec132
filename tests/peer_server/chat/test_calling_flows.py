"""A Peer calls flows: results, several at once, wrong calls, actions, and flows that answer by themselves."""

import asyncio
import json

import pytest

from flow_runtime.errors import FlowError, Json
from flow_runtime.model import ToolMessage
from peer_server.peers.turn_work import TurnSettings
from tests.fakes.chat_bench import OLGA, WORKSPACE, ChatBench, texts
from tests.fakes.chat_model import Call
from tests.fakes.chat_steps import ends
from tests.fakes.steps import flow, step

pytestmark = pytest.mark.anyio

ORDER = {"type": "object", "properties": {"orderId": {"type": "string"}, "count": {"type": "integer"}},
         "required": ["orderId"]}  # fmt: skip
LOOKUP = flow(ends("look", {"found": "{{ orderId }}"}), inputs=ORDER)


@pytest.mark.row("A-03", "B-06", "B-08", "D-02")
async def test_the_model_gets_the_final_output_and_speaks(bench: ChatBench) -> None:
    await bench.attach("lookup", LOOKUP)
    bench.model.will("Let me look.", calls=[Call("lookup", {"orderId": "7"}, "call_a")])
    bench.model.will("Found it.")
    talk = await bench.conversation()
    assert await talk.ask("Where is 7?") == "Found it."
    # Then the model saw the flow's inputs as the tool's parameters, and its output as the result
    spec = bench.model.requests[0].tools[0]
    assert (spec.name, spec.parameters["required"]) == ("lookup", ["orderId"])
    assert bench.model.requests[1].messages[-1] == ToolMessage("call_a", '{"found":"7"}')
    # And people see one message per round, the call on the first, drawn from the run
    view = await talk.check()
    assert texts(view) == [("user", "Where is 7?"), ("assistant", "Let me look."), ("assistant", "Found it.")]
    call = view.tool_calls["call_a"]
    assert (call["status"], call["result"], call["arguments"]) == ("ok", {"found": "7"}, {"orderId": "7"})
    run = view.runs[call["runId"]]
    assert (run["status"], run["output"], run["toolCallId"]) == ("completed", {"found": "7"}, "call_a")
    assert run["messageId"] == view.branch()[1]["messageId"]


@pytest.mark.row("B-05")
async def test_a_flow_knows_the_conversation(bench: ChatBench) -> None:
    output = {
        "id": "{{ conversation.id }}",
        "last": "{{ conversation.lastUserMessage }}",
        "texts": "{{ messages.map(m, m.text) }}",
        "user": "{{ user.name }}",
        "peer": "{{ peer.name }}",
        "trigger": "{{ trigger.type }}",
    }
    await bench.attach("echo", flow(ends("done", output)))
    bench.model.will("ok")
    bench.model.will(calls=[Call("echo", {})])
    bench.model.will("done")
    talk = await bench.conversation()
    await talk.ask("One")
    await talk.ask("Two")
    view = await talk.check()
    (call,) = view.tool_calls.values()
    assert call["result"] == {
        "id": talk.id, "last": "Two", "texts": ["One", "ok", "Two"], "user": "Olga", "peer": "Desk",
        "trigger": "peer.action",
    }  # fmt: skip


async def test_several_calls_run_side_by_side(bench: ChatBench) -> None:
    # Given two flows that each wait until the other one has begun
    for name in ("left", "right"):
        await bench.attach(name, flow(step("w", "work", gate=name), name=name))
    bench.model.will(calls=[Call("left", {}, "l"), Call("right", {}, "r")])
    bench.model.will("both")
    talk = await bench.conversation()
    _, turn_id = await talk.say("Go")
    await bench.work.begun(2)
    bench.work.gate("left").set()
    bench.work.gate("right").set()
    assert await talk.answer(turn_id) == "both"
    results = [message.tool_call_id for message in bench.model.requests[1].messages if isinstance(message, ToolMessage)]
    assert results == ["l", "r"]
    await talk.check()


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("lookup", {"orderId": 7}, "invalid_arguments"),
        ("lookup", {}, "invalid_arguments"),
        ("lookup", {"orderId": "7", "extra": 1}, "invalid_arguments"),
        ("lookup", "{broken", "invalid_arguments"),
        ("lookup", "[1]", "invalid_arguments"),
        ("approve", {}, "unknown_tool"),
        ("__proto__", {}, "unknown_tool"),
        ("constructor", {}, "unknown_tool"),
    ],
)
async def test_a_wrong_call_starts_nothing_and_teaches_the_model(
    bench: ChatBench, name: str, arguments: Json, code: str
) -> None:
    """P23: the error goes back with the field names; a model that errs once still succeeds."""
    await bench.attach("lookup", LOOKUP)
    bench.model.will(calls=[Call(name, arguments, "bad")])
    bench.model.will(calls=[Call("lookup", {"orderId": "7"}, "good")])
    bench.model.will("Done.")
    talk = await bench.conversation()
    assert await talk.ask("Go") == "Done."
    view = await talk.check()
    bad = view.tool_calls["bad"]
    assert (bad["status"], bad["result"]["error"]["code"]) == ("error", code)
    assert "runId" not in bad
    assert view.tool_calls["good"]["status"] == "ok"
    assert len(view.runs) == 1


async def test_rounds_and_refused_calls_are_bounded(store: object, bench: ChatBench) -> None:
    # Given a model that never stops calling
    await bench.attach("lookup", LOOKUP)
    for _ in range(4):
        bench.model.will(calls=[Call("nonsense", {})])
    bench.model.will("I give up.")
    talk = await bench.conversation()
    # Then after four refused calls it is given no tools any more, so that it has to speak
    assert await talk.ask("Go") == "I give up."
    assert [len(request.tools) for request in bench.model.requests] == [1, 1, 1, 1, 0]
    # And a model that ignores even that comes to an end
    bench.model.requests.clear()
    for _ in range(8):
        bench.model.will(calls=[Call("lookup", {"orderId": "1"})])
    _, turn_id = await talk.say("Go on")
    await talk.until(lambda view: view.turns.get(turn_id, {}).get("status", "running") != "running")
    assert len(bench.model.requests) == TurnSettings().max_rounds
    view = await talk.check()
    assert view.turns[turn_id]["error"]["code"] == "too_many_rounds"


async def test_a_huge_output_is_described_to_people_and_cut_for_the_model(bench: ChatBench) -> None:
    huge = "x" * 300_000
    await bench.attach("big", flow(ends("d", {"text": huge})))
    bench.model.will(calls=[Call("big", {}, "c")])
    bench.model.will("Big.")
    talk = await bench.conversation()
    await talk.ask("Go")
    view = await talk.check()
    assert view.tool_calls["c"]["result"]["truncated"] is True
    run_id = view.tool_calls["c"]["runId"]
    assert (await bench.client.get(run_id, workspace_id=WORKSPACE)).output == {"text": huge}
    assert max(len(frame.data) for frame in talk.frames) < 64_000


async def test_a_definition_that_is_gone_fails_the_run_and_nothing_else(bench: ChatBench) -> None:
    await bench.attach("lost", LOOKUP)
    bench.book.flows["lost"] = {**bench.book.flows["lost"], "notes": "never stored"}
    bench.model.will(calls=[Call("lost", {"orderId": "1"}, "c")])
    bench.model.will("Sorry.")
    talk = await bench.conversation()
    assert await talk.ask("Go") == "Sorry."
    assert (await talk.check()).tool_calls["c"]["result"]["error"]["code"] == "definition_not_found"


async def test_a_failed_flow_is_a_result_like_any_other(bench: ChatBench) -> None:
    await bench.attach("sick", flow(step("s", "say", fail="no_luck")))
    bench.model.will(calls=[Call("sick", {}, "c")])
    bench.model.will("Sorry.")
    talk = await bench.conversation()
    assert await talk.ask("Go") == "Sorry."
    view = await talk.check()
    assert view.tool_calls["c"]["status"] == "error"
    assert view.tool_calls["c"]["result"]["error"]["code"] == "no_luck"
    assert next(iter(view.runs.values()))["status"] == "failed"


async def test_tool_call_ids_are_unique_in_the_whole_conversation(bench: ChatBench) -> None:
    await bench.attach("lookup", LOOKUP)
    talk = await bench.conversation()
    for _ in range(2):
        bench.model.will(calls=[Call("lookup", {"orderId": "1"}, "call_1")])
        bench.model.will("ok")
        await talk.ask("Go")
    assert len((await talk.check()).tool_calls) == 2


async def test_stop_cancels_the_flow_that_the_turn_still_holds(bench: ChatBench) -> None:
    await bench.attach("slow", flow(step("w", "work", gate="never"), step("after", "work")))
    bench.model.will("Working on it", calls=[Call("slow", {}, "c")])
    talk = await bench.conversation()
    _, turn_id = await talk.say("Go")
    await bench.work.begun(1)
    assert await bench.talk.stop(OLGA, talk.id)
    view = await talk.until(lambda view: view.turns.get(turn_id, {}).get("status") == "stopped")
    view = await talk.until(lambda view: next(iter(view.runs.values()), {}).get("status") == "cancelled")
    assert view.tool_calls["c"]["status"] == "stopped"
    assert bench.work.calls == ["w"]
    await talk.check()


@pytest.mark.row("A-20")
async def test_an_action_is_run_by_a_person_and_shown_as_a_call(bench: ChatBench) -> None:
    await bench.attach("tidy", flow(ends("d", {"reply": "{{ orderId }} is tidy"}), inputs=ORDER), as_="action")
    talk = await bench.conversation()
    with pytest.raises(FlowError) as refused:
        await bench.talk.run_action(OLGA, talk.id, attachment_id="a-tidy", inputs={})
    fault = refused.value.details[0]
    assert (refused.value.code, refused.value.path, fault["pointer"]) == (
        *("invalid_inputs", "/inputs/orderId"),
        "/orderId",
    )
    sent = await bench.talk.run_action(OLGA, talk.id, attachment_id="a-tidy", inputs={"orderId": "7"})
    assert await talk.answer(sent.turn_id or "") == "7 is tidy"
    view = await talk.check()
    (call,) = view.tool_calls.values()
    assert (call["toolName"], call["status"], call["arguments"]) == ("tidy", "ok", {"orderId": "7"})
    # And the model is told of it when it speaks next, although it is no tool of its own
    bench.model.will("I see.")
    await talk.ask("What happened?")
    assert bench.model.requests[0].tools == ()
    told = bench.model.requests[0].messages[2]
    assert isinstance(told, ToolMessage)
    assert json.loads(told.content) == {"reply": "7 is tidy"}
    with pytest.raises(FlowError):
        await bench.talk.run_action(OLGA, talk.id, attachment_id="a-none", inputs={})


@pytest.mark.row("B-07")
@pytest.mark.parametrize(
    ("output", "said"),
    [("{{ message }}!", "Hi!"), ({"reply": "R"}, "R"), ({"a": 1}, '{"a":1}'), (None, "")],
)
async def test_a_message_flow_answers_in_place_of_the_model(bench: ChatBench, output: Json, said: str) -> None:
    definition = flow(ends("d", output), inputs=["message"])
    await bench.attach("answerer", definition, as_="message")
    talk = await bench.conversation()
    assert await talk.ask("Hi") == (said if output is not None else '{"status":"completed"}')
    assert bench.model.requests == []
    view = await talk.check()
    (run,) = view.runs.values()
    assert run["messageId"] == view.leaf
    assert (await bench.client.get(run["runId"], workspace_id=WORKSPACE)).trigger.type == "peer.message"


@pytest.mark.row("B-50")
async def test_a_message_starts_no_flow_that_requires_more(bench: ChatBench) -> None:
    await bench.attach("answerer", flow(ends("d", "{{ orderId }}"), inputs=ORDER), as_="message")
    talk = await bench.conversation()
    _, turn_id = await talk.say("Hi")
    await talk.idle()
    view = await talk.check()
    assert view.runs == {}
    assert (view.turns[turn_id]["status"], view.turns[turn_id]["error"]["code"]) == ("failed", "invalid_inputs")
    assert view.messages[view.leaf or ""]["status"] == "failed"


async def test_a_widget_is_shown_and_its_actions_do_what_was_configured(bench: ChatBench) -> None:
    # Given a flow that shows a widget with three kinds of actions
    await bench.define("assign", flow(ends("d", {"reply": "{{ who }} goes"}), inputs=["who"]))
    actions = {
        "assign": {"flowId": "assign", "inputs": {"who": "{{ payload.row.name }}"}},
        "ask": {"say": "Tell me about {{ payload }}"},
        "pick": {"set": {"picked": "{{ payload }}", "/rows/0/seen": True}},
    }
    widget = step("show", "add-widget-to-message", widgetId="table",
                  initialState={"rows": [{"name": "Ann"}]}, actions=actions)  # fmt: skip
    await bench.attach("table", flow(widget))
    bench.model.will(calls=[Call("table", {})])
    bench.model.will("Here.")
    talk = await bench.conversation()
    await talk.ask("Show")
    view = await talk.check()
    ((widget_id, shown),) = view.widgets.items()
    assert (shown["state"], shown["rev"], shown["actions"]) == (
        {"rows": [{"name": "Ann"}]},
        1,
        ["assign", "ask", "pick"],
    )
    assert view.messages[shown["messageId"]]["widgetIds"] == [widget_id]
    act = bench.chat.widget_actions.act
    # When its state is changed, then the others see revision 2, and whoever saw revision 1 is too late
    await act(OLGA, widget_id, name="pick", payload="Ann", rev=1)
    view = await talk.check()
    assert view.widgets[widget_id]["state"] == {"rows": [{"name": "Ann", "seen": True}], "picked": "Ann"}
    with pytest.raises(FlowError) as stale:
        await act(OLGA, widget_id, name="pick", payload="Bob", rev=1)
    assert (stale.value.code, stale.value.details["rev"]) == ("stale_widget", 2)
    # And a flow runs, and a message is said
    sent = await act(OLGA, widget_id, name="assign", payload={"row": {"name": "Ann"}}, rev=2)
    assert await talk.answer(sent.turn_id or "") == "Ann goes"
    bench.model.will("Ann is fine.")
    sent = await act(OLGA, widget_id, name="ask", payload="Ann", rev=2)
    assert await talk.answer(sent.turn_id or "") == "Ann is fine."
    assert texts(await talk.check())[-2] == ("user", "Tell me about Ann")
    with pytest.raises(FlowError) as unknown:
        await act(OLGA, widget_id, name="destroy", payload=None, rev=2)
    assert unknown.value.code == "unknown_action"


async def test_an_ended_session_stays_readable_and_takes_nothing_more(bench: ChatBench) -> None:
    await bench.attach("bye", flow(step("e", "end-session", reason="all done")))
    bench.model.will(calls=[Call("bye", {})])
    bench.model.will("Goodbye.")
    talk = await bench.conversation()
    await talk.ask("Bye")
    view = await talk.check()
    assert view.ended is not None
    assert view.ended["reason"] == "all done"
    with pytest.raises(FlowError) as ended:
        await talk.say("One more thing")
    assert ended.value.code == "session_ended"


async def test_what_is_queued_when_the_session_ends_is_kept_and_not_answered(bench: ChatBench) -> None:
    # Given a message that waits while the model is about to end the session
    await bench.attach("bye", flow(step("e", "end-session", reason="all done")))
    gate = asyncio.Event()
    bench.model.will(calls=[Call("bye", {})], gate=gate)
    bench.model.will("Goodbye.")
    talk = await bench.conversation()
    _, ending = await talk.say("Bye")
    waiting, _ = await talk.say("One more thing")
    # When it has ended
    gate.set()
    assert await talk.answer(ending) == "Goodbye."
    # Then the message is there to be taken back, and nobody is working on it
    view = await talk.check()
    assert (view.queue, view.active_turn_id) == ([waiting], None)
    await bench.talk.withdraw_message(OLGA, talk.id, message_id=waiting)
    assert (await talk.check()).queue == []


async def test_a_widget_cannot_be_forged_by_the_output_of_another_step(bench: ChatBench) -> None:
    forged = {"messageWidgetId": "x", "widgetId": "evil", "view": {}, "initialState": {}}
    await bench.attach("forger", flow(step("s", "say", value=forged)))
    bench.model.will(calls=[Call("forger", {})])
    bench.model.will("ok")
    talk = await bench.conversation()
    await talk.ask("Go")
    assert (await talk.check()).widgets == {}


async def test_a_missing_peer_fails_the_turn_in_words(bench: ChatBench) -> None:
    talk = await bench.conversation()
    peer = bench.book.peers.pop("p1")
    _, turn_id = await talk.say("Hello?")
    view = await talk.until(lambda view: view.turns.get(turn_id, {}).get("status") == "failed")
    assert view.turns[turn_id]["error"]["code"] == "not_found"
    bench.book.peers["p1"] = peer
    bench.model.will("Back")
    assert await talk.ask("And now?") == "Back"
    await asyncio.sleep(0)
