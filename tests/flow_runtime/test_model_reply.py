"""Folding deltas into a reply."""

from flow_runtime.model import AssistantMessage, FinishDelta, TextDelta, ToolCall, ToolCallDelta, UsageDelta
from flow_runtime.model_reply import ReplyBuilder


def test_text_can_be_read_while_it_grows() -> None:
    builder = ReplyBuilder()
    assert builder.text == ""
    builder.add([TextDelta("one"), TextDelta(" two")])
    assert builder.text == "one two"
    builder.add([TextDelta(" three")])
    assert builder.reply().text == builder.text == "one two three"


def test_interleaved_pieces_of_parallel_calls_find_their_call() -> None:
    builder = ReplyBuilder()
    builder.add([ToolCallDelta(0, "a", "first"), ToolCallDelta(1, "b", "second")])
    builder.add(
        [ToolCallDelta(0, arguments='{"x":'), ToolCallDelta(1, arguments="{}"), ToolCallDelta(0, arguments="1}")]
    )
    assert builder.reply().tool_calls == (ToolCall("a", "first", '{"x":1}'), ToolCall("b", "second", "{}"))


def test_another_id_at_the_same_index_is_another_call() -> None:
    builder = ReplyBuilder()
    builder.add([ToolCallDelta(0, "a", "first", "{}"), ToolCallDelta(0, "b", "second", "{}")])
    assert [call.id for call in builder.reply().tool_calls] == ["a", "b"]


def test_missing_and_repeated_ids_get_free_ones() -> None:
    history = [AssistantMessage(tool_calls=(ToolCall("call_1", "t", "{}"), ToolCall("call_3", "t", "{}")))]
    builder = ReplyBuilder(history)
    builder.add([ToolCallDelta(0, None, "t"), ToolCallDelta(1, "call_1", "t"), ToolCallDelta(2, "mine", "t")])
    assert [call.id for call in builder.reply().tool_calls] == ["call_4", "call_5", "mine"]
    assert builder.reply() == builder.reply()


def test_the_last_usage_counts_and_is_journaled_by_model() -> None:
    builder = ReplyBuilder()
    builder.add([UsageDelta(1, 1, 2), UsageDelta(3, 4, 7), FinishDelta("stop")])
    reply = builder.reply()
    assert reply.finish_reason == "stop"
    expected = {"model": "openai:x", "promptTokens": 3, "completionTokens": 4, "totalTokens": 7}
    assert reply.usage_json("openai:x") == expected


def test_silence_about_usage_is_zero() -> None:
    reply = ReplyBuilder().reply()
    assert reply.usage is None
    assert reply.usage_json("m")["totalTokens"] == 0
    assert reply.message == AssistantMessage()
