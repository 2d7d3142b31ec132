"""The scripted model in conversation."""

import json
from contextlib import aclosing

import pytest
from pydantic import ValidationError

from flow_runtime.errors import Json
from flow_runtime.model import (
    AssistantMessage,
    Message,
    ModelError,
    ModelRequest,
    SystemMessage,
    ToolCall,
    ToolMessage,
    ToolSpec,
    UserMessage,
)
from flow_runtime.model_history import check_history
from flow_runtime.model_reply import ModelReply, ReplyBuilder
from flow_runtime.models.scripted import ScriptedChat
from flow_runtime.models.scripted_rules import ScriptRule

pytestmark = pytest.mark.anyio

REFUND = ToolSpec(
    "refund_order",
    "Refund an order to the customer.",
    {
        "type": "object",
        "properties": {"orderId": {"type": "string", "description": "as on the bill"}, "amount": {"type": "number"}},
        "required": ["orderId", "amount"],
    },
)
LOOKUP = ToolSpec(
    "lookup",
    "Where an order is now. Takes a second.",
    {"type": "object", "properties": {"orderId": {"type": "string"}}, "required": ["orderId"]},
)


class Talk:
    """A conversation that keeps its history, as the turn loop does."""

    def __init__(self, *script: Json, tools: tuple[ToolSpec, ...] = (REFUND, LOOKUP)) -> None:
        self.history: list[Message] = []
        self.script = list(script)
        self.tools = tools

    async def say(self, text: str) -> ModelReply:
        self.history.append(UserMessage(text))
        return await self.reply()

    async def results(self, *results: Json) -> str:
        last = self.history[-1]
        assert isinstance(last, AssistantMessage)
        for call, result in zip(last.tool_calls, results, strict=True):
            self.history.append(ToolMessage(call.id, result if isinstance(result, str) else json.dumps(result)))
        return (await self.reply()).text

    async def reply(self) -> ModelReply:
        assert check_history(self.history) == []
        builder = ReplyBuilder(self.history)
        request = ModelRequest("scripted", self.history, self.tools, options={"script": self.script})
        async with aclosing(ScriptedChat().stream(request)) as batches:
            async for batch in batches:
                builder.add(batch)
        reply = builder.reply()
        self.history.append(reply.message)
        return reply


def called(reply: ModelReply) -> list[tuple[str, Json]]:
    return [(call.name, json.loads(call.arguments)) for call in reply.tool_calls]


async def test_a_command_calls_the_tool_with_exactly_those_arguments() -> None:
    reply = await Talk().say('/refund_order {"orderId": "A 1", "nested": {"x": [1]}}')
    assert called(reply) == [("refund_order", {"orderId": "A 1", "nested": {"x": [1]}})]
    assert reply.text == ""


async def test_several_commands_are_one_answer_with_ids_of_their_own() -> None:
    talk = Talk()
    reply = await talk.say('/lookup {"orderId": "A"}\n/lookup')
    assert called(reply) == [("lookup", {"orderId": "A"}), ("lookup", {})]
    assert await talk.results("on its way", {"error": {"message": "no order"}}) == (
        "Lookup answered: on its way. Lookup failed: no order."
    )
    assert (await talk.say("/lookup {}")).tool_calls[0].id == "call_3"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("/nope {}", "There is no tool 'nope'"),
        ("/lookup {x", "no valid JSON"),
        ("/lookup A-1", "expected a JSON object"),
        ("/lookup " + '{"a":' * 50_000, "no valid JSON"),
    ],
    ids=["unknown", "broken", "no-object", "deep"],
)
async def test_a_wrong_command_is_explained(text: str, part: str) -> None:
    reply = await Talk().say(text)
    assert part in reply.text
    assert reply.tool_calls == ()


async def test_missing_arguments_are_asked_for_and_remembered() -> None:
    talk = Talk()
    assert (await talk.say("I'd like a refund")).text == (
        "For refund order I still need the order id (as on the bill) and the amount."
    )
    assert (await talk.say("for order A-17")).text == "For refund order I still need the amount."
    assert called(await talk.say("30.50, thank you")) == [("refund_order", {"orderId": "A-17", "amount": 30.5})]


async def test_everything_said_at_once_is_called_at_once() -> None:
    assert called(await Talk().say("Please refund 250 for order 17")) == [
        ("refund_order", {"orderId": "17", "amount": 250})
    ]


async def test_another_tool_may_be_named_in_between() -> None:
    talk = Talk()
    await talk.say("refund please")
    assert called(await talk.say("lookup order 9 first")) == [("lookup", {"orderId": "9"})]


async def test_a_command_in_between_does_not_make_it_forget() -> None:
    talk = Talk({"when": "^thanks", "say": "You are welcome."})
    await talk.say("refund order 5 please")
    assert (await talk.say("Thanks!")).text == "You are welcome."
    assert called(await talk.say("80")) == [("refund_order", {"orderId": "5", "amount": 80})]


async def test_it_can_be_dropped() -> None:
    talk = Talk()
    await talk.say("refund please")
    assert (await talk.say("Never mind.")).text == "All right, I leave it."
    assert "I can use" in (await talk.say("5")).text


async def test_it_says_what_it_can_do_and_that_it_is_no_ai() -> None:
    greeting = (await Talk().say("Hello!")).text
    assert "no AI" in greeting
    assert "/lookup (Where an order is now)" in greeting
    assert "no tools" in (await Talk(tools=()).say("Hello!")).text


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        ({"status": "completed", "output": {"receipt": "r1", "ok": True}}, "Lookup is done: receipt r1, ok true."),
        ({"status": "completed", "output": None}, "Lookup is done."),
        ({"status": "completed", "output": {"a": [1]}}, "Lookup is done: a (1)."),
        ({"status": "completed", "output": {"a": []}}, 'Lookup is done: {"a":[]}.'),
        ({"status": "completed", "output": {"a": [{"b": 1}, {"b": 2}]}}, "Lookup is done: a (b 1; b 2)."),
        ({"receipt": "r1"}, "Lookup is done: receipt r1."),
        ({"status": "refunded", "n": 1}, "Lookup is done: status refunded, n 1."),
        ({"status": "completed", "output": {"rejected": True, "comment": "no"}}, "Lookup was rejected: comment no."),
        ({"status": "completed", "rejected": True, "output": None}, "Lookup was rejected."),
        ({"status": "waiting", "kind": "approval", "title": "Pay?"}, "Lookup is waiting for a decision (Pay?)."),
        ({"status": "completed", "rejected": True, "decisions": [{"comment": "no"}]}, "Lookup was rejected: no."),
        ({"status": "stopped"}, "Lookup stopped."),
        ({"status": "waiting", "interruptId": "i"}, "Lookup is waiting for an answer."),
        ({"status": "failed", "error": {"message": "it broke."}}, "Lookup failed: it broke."),
        ({"status": "timed_out"}, "Lookup timed out."),
        ({"error": "plain"}, "Lookup failed: plain."),
        ({"error": {"code": "bad"}}, "Lookup failed: bad."),
        ([1, 2], "Lookup answered: 1, 2."),
        ("not json", "Lookup answered: not json."),
    ],
)  # fmt: skip
async def test_a_result_is_told_in_one_sentence(result: Json, sentence: str) -> None:
    talk = Talk()
    await talk.say("/lookup {}")
    assert await talk.results(result) == sentence


async def test_a_long_result_is_shortened() -> None:
    talk = Talk()
    await talk.say("/lookup {}")
    assert len(await talk.results({"status": "completed", "output": "x" * 10_000})) < 2_000


@pytest.mark.parametrize("kind", [SystemMessage, UserMessage])
async def test_the_outcome_of_a_finished_run_is_told(kind: type[SystemMessage | UserMessage]) -> None:
    talk = Talk()
    await talk.say("Hello")
    outcome = {"outcome": {"toolName": "refund_order", "status": "completed", "output": {"receipt": "r9"}}}
    talk.history.append(kind(json.dumps(outcome)))
    assert (await talk.reply()).text == "Refund order is done: receipt r9."


async def test_notes_of_the_server_do_not_hide_the_last_word() -> None:
    talk = Talk()
    talk.history += [UserMessage("/lookup {}"), SystemMessage("Two questions are open.")]
    assert called(await talk.reply()) == [("lookup", {})]


async def test_the_first_matching_rule_wins_and_fills_in_groups() -> None:
    args = {"orderId": "{{2}}", "amount": "{{ sum }}", "tags": ["x-{{1}}"], "gone": "{{9}}"}
    rule = {"when": r"pay (?P<sum>\d+) for (\w+)", "say": "Paying {{sum}} for {{2}}{{3}}."}
    talk = Talk({**rule, "call": {"tool": "refund_order", "args": args}}, {"when": "pay", "say": "never"})
    reply = await talk.say("PAY 30 for A7")
    assert reply.text == "Paying 30 for A7."
    assert called(reply) == [("refund_order", {"orderId": "A7", "amount": 30, "tags": ["x-30"]})]


async def test_a_rule_may_call_several_tools_and_read_arguments_itself() -> None:
    talk = Talk({"when": "both", "call": [{"tool": "lookup"}, {"tool": "refund_order", "args": {"amount": 1}}]})
    assert called(await talk.say("both for order 3")) == [("lookup", {"orderId": "3"}), ("refund_order", {"amount": 1})]


async def test_a_rule_may_play_a_misbehaving_model() -> None:
    talk = Talk({"when": ".*", "call": {"tool": "approve", "args": {"decision": "approve"}}})
    assert called(await talk.say("anything")) == [("approve", {"decision": "approve"})]


@pytest.mark.parametrize(
    "rule",
    [{"when": "("}, {"when": "x"}, {"say": "x"}, {"when": r"(a)\1", "say": "x"}, {"when": "x", "say": "x", "else": 1}],
)
async def test_a_malformed_script_is_refused(rule: Json) -> None:
    with pytest.raises(ValidationError):
        ScriptRule.model_validate(rule)
    with pytest.raises(ModelError) as failure:
        await Talk(rule).say("x")
    assert failure.value.code == "bad_request"


async def test_it_streams_in_small_pieces_and_can_be_stopped() -> None:
    history = (UserMessage("Hello"),)
    stream = ScriptedChat().stream(ModelRequest("scripted", history, options={"delayMs": 1}))
    async with aclosing(stream) as batches:
        first, second = await anext(batches), await anext(batches)
    assert first != second


async def test_an_empty_history_is_no_crash() -> None:
    stream = ScriptedChat().stream(ModelRequest("scripted", ()))
    assert [batch async for batch in stream]


async def test_calls_that_were_answered_by_nobody_it_knows_are_told_anyway() -> None:
    history = (UserMessage("x"), AssistantMessage("", (ToolCall("a", "t", "{}"),)), ToolMessage("b", "1"))
    builder = ReplyBuilder()
    async for batch in ScriptedChat().stream(ModelRequest("scripted", history)):
        builder.add(batch)
    assert builder.text == "The tool answered: 1."
