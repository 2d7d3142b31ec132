"""Chunks of providers that differ from OpenAI's."""

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk

from flow_runtime.errors import Json
from flow_runtime.model import FinishDelta, TextDelta, ToolCallDelta, UsageDelta
from flow_runtime.models.langchain_messages import ChunkReader


def test_shares_of_usage_are_added_up() -> None:
    reader = ChunkReader()
    reader.feed(
        AIMessageChunk(content="", usage_metadata=UsageMetadata(input_tokens=5, output_tokens=0, total_tokens=5))
    )
    reader.feed(
        AIMessageChunk(content="", usage_metadata=UsageMetadata(input_tokens=0, output_tokens=3, total_tokens=3))
    )
    assert reader.end() == [UsageDelta(5, 3, 8), FinishDelta("stop")]


def test_other_words_for_the_end() -> None:
    for said, meant in {"end_turn": "stop", "tool_use": "tool_calls", "max_tokens": "length", "STOP": "stop"}.items():
        reader = ChunkReader()
        reader.feed(AIMessageChunk(content="", response_metadata={"stop_reason": said}))
        assert reader.end() == [FinishDelta(meant)]


def test_content_blocks_are_read_as_text() -> None:
    blocks: list[str | dict[str, Json]] = [{"type": "text", "text": "Hi"}, {"type": "thinking", "thinking": "hm"}]
    assert ChunkReader().feed(AIMessageChunk(content=blocks)) == [TextDelta("Hi")]


def test_indexes_of_any_kind_become_numbers() -> None:
    reader = ChunkReader()
    pieces = [
        tool_call_chunk(name="a", args="{", id="1", index=3),
        tool_call_chunk(name="b", args="{}", id="2", index=7),
        tool_call_chunk(name=None, args="}", id=None, index=3),
    ]
    assert [reader.feed(AIMessageChunk(content="", tool_call_chunks=[piece])) for piece in pieces] == [
        [ToolCallDelta(0, "1", "a", "{")],
        [ToolCallDelta(1, "2", "b", "{}")],
        [ToolCallDelta(0, None, None, "}")],
    ]


def test_without_indexes_an_id_begins_a_call() -> None:
    reader = ChunkReader()
    chunks = [
        AIMessageChunk(content="", tool_call_chunks=[tool_call_chunk(name="a", args="{", id="1", index=None)]),
        AIMessageChunk(content="", tool_call_chunks=[tool_call_chunk(name=None, args="}", id=None, index=None)]),
        AIMessageChunk(content="", tool_call_chunks=[tool_call_chunk(name="b", args="{}", id="2", index=None)]),
    ]
    indexes = [delta.index for chunk in chunks for delta in reader.feed(chunk) if isinstance(delta, ToolCallDelta)]
    assert indexes == [0, 0, 1]


def test_a_model_that_cannot_stream_gives_one_message() -> None:
    reader = ChunkReader()
    message = AIMessage("Hi", tool_calls=[{"name": "a", "args": {"x": 1}, "id": "1"}])
    assert reader.feed(message) == [TextDelta("Hi"), ToolCallDelta(0, "1", "a", '{"x":1}')]
    assert reader.end() == [FinishDelta("tool_calls")]
