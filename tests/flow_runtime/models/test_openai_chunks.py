"""Decoding streams as real servers send them, clean or not."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_runtime.errors import Json
from flow_runtime.model import FinishDelta, ModelError, TextDelta, ToolCallDelta, UsageDelta
from flow_runtime.model_reply import ReplyBuilder
from flow_runtime.models import openai_chunks
from flow_runtime.models.openai_chunks import ChunkDecoder


def line(delta: Json = None, **more: Json) -> bytes:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": more.pop("finish", None)}
    return b"data: " + json.dumps({"choices": [choice], **more}).encode() + b"\n\n"


BODY = (
    line({"role": "assistant", "content": ""})
    + line({"content": "Grüße "})
    + line({"content": "🎉"})
    + line({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "t", "arguments": ""}}]})
    + line({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}, finish="tool_calls")
    + b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}\n\ndata: [DONE]\n\n'
)


def test_text_of_one_read_is_one_delta_and_keeps_its_order() -> None:
    assert ChunkDecoder().feed(BODY) == [
        TextDelta("Grüße 🎉"),
        ToolCallDelta(0, "a", "t"),
        ToolCallDelta(0, arguments="{}"),
        FinishDelta("tool_calls"),
        UsageDelta(1, 2, 3),
    ]


@given(st.lists(st.integers(0, len(BODY)), max_size=12))
def test_any_split_of_the_bytes_gives_the_same_reply(cuts: list[int]) -> None:
    decoder, builder, whole = ChunkDecoder(), ReplyBuilder(), ReplyBuilder()
    edges = [0, *sorted(cuts), len(BODY)]
    for start, end in pairwise(edges):
        builder.add(decoder.feed(BODY[start:end]))
    decoder.end()
    whole.add(ChunkDecoder().feed(BODY))
    assert decoder.is_done
    assert builder.reply() == whole.reply()


@pytest.mark.parametrize(
    "body",
    [
        b": keep-alive\n\n" + line({"content": "x"}),
        b"event: message\r\nid: 1\r\n" + line({"content": "x"}).replace(b"\n", b"\r\n"),
        line({"content": "x"}).replace(b"data: ", b"data:"),
        b'data: {"choices":null}\n' + line({"content": "x", "tool_calls": None}),
        b'data: {"choices":[{}]}\n' + line({"content": "x"}, usage=None),
    ],
    ids=["comment", "crlf", "no-space", "nulls", "empty-choice"],
)
def test_servers_manners_differ(body: bytes) -> None:
    assert ChunkDecoder().feed(body) == [TextDelta("x")]


def test_a_sparse_tool_call_and_usage_are_understood() -> None:
    deltas = ChunkDecoder().feed(line({"tool_calls": [{"function": {"name": "t"}}]}, usage={"prompt_tokens": 4}))
    assert deltas == [ToolCallDelta(0, None, "t"), UsageDelta(4, 0, 4)]


@pytest.mark.parametrize(
    "data",
    [
        "{",
        "[1]",
        "7",
        '{"choices":{"a":1}}',
        '{"choices":[7]}',
        '{"choices":[{"delta":[1]}]}',
        '{"usage":{"prompt_tokens":"x"}}',
    ],
)
def test_nonsense_is_an_error_of_the_provider(data: str) -> None:
    with pytest.raises(ModelError) as failure:
        ChunkDecoder().feed(f"data: {data}\n".encode())
    assert failure.value.code == "provider_error"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"message": "slow down", "type": "rate_limit_error"}, "rate_limited"),
        ({"message": "too much", "code": "context_length_exceeded"}, "context_length"),
        ({"message": "oops"}, "provider_error"),
        ("oops", "provider_error"),
    ],
    ids=["rate", "context", "other", "text"],
)
def test_an_error_inside_the_stream_is_raised(error: Json, code: str) -> None:
    with pytest.raises(ModelError) as failure:
        ChunkDecoder().feed(b"data: " + json.dumps({"error": error}).encode() + b"\n")
    assert failure.value.code == code


def test_an_end_without_a_reason_is_a_cut() -> None:
    decoder = ChunkDecoder()
    decoder.feed(line({"content": "x"}))
    with pytest.raises(ModelError) as failure:
        decoder.end()
    assert failure.value.code == "stream_cut"


def test_a_finish_reason_is_end_enough_without_done() -> None:
    decoder = ChunkDecoder()
    decoder.feed(line({}, finish="stop"))
    decoder.end()
    assert not decoder.is_done


def test_a_line_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_chunks, "LONGEST_LINE", 100)
    with pytest.raises(ModelError) as failure:
        ChunkDecoder().feed(b"data: " + b"x" * 200)
    assert failure.value.code == "provider_error"
