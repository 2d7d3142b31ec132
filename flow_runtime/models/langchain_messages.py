"""Our messages as LangChain's, and LangChain's chunks as our deltas. Pure; slow to import, so import it late."""

from collections.abc import Mapping, Sequence
from typing import assert_never

import orjson
from langchain_core import messages as lc

from flow_runtime.errors import Json
from flow_runtime.model import (
    AssistantMessage,
    Delta,
    FinishDelta,
    Message,
    SystemMessage,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolMessage,
    UsageDelta,
    UserMessage,
)
from flow_runtime.models.openai_request import part_json
from flow_runtime.tool_arguments import arguments_object

_FINISH = {"end_turn": "stop", "stop_sequence": "stop", "tool_use": "tool_calls", "max_tokens": "length"}


def langchain_messages(messages: Sequence[Message]) -> list[lc.BaseMessage]:
    """The history for a LangChain chat model."""
    return [_langchain_message(message) for message in messages]


class ChunkReader:
    """Feed it the chunks of one answer; `end` gives what is known only then."""

    def __init__(self) -> None:
        self._indexes: dict[int | str, int] = {}
        self._calls = 0
        self._usage: list[int] | None = None
        self._finish: str | None = None

    def feed(self, chunk: lc.AIMessage) -> list[Delta]:
        """The deltas of one chunk, perhaps none. A model that cannot stream gives one whole message instead."""
        self._note_usage(chunk.usage_metadata)
        about = chunk.response_metadata
        if reason := about.get("finish_reason") or about.get("stop_reason"):
            self._finish = _FINISH.get(str(reason), str(reason).lower())
        deltas: list[Delta] = [TextDelta(str(chunk.text))] if chunk.text else []
        if isinstance(chunk, lc.AIMessageChunk):
            deltas += [self._call_piece(piece) for piece in chunk.tool_call_chunks]
        else:
            deltas += [self._whole_call(call) for call in chunk.tool_calls]
        return deltas

    def end(self) -> list[Delta]:
        """Usage, if the provider told it, and why the model stopped."""
        usage: list[Delta] = []
        if self._usage is not None:
            prompt, completion, total, cached = self._usage
            usage.append(UsageDelta(prompt, completion, total, cached_tokens=cached))
        return [*usage, FinishDelta(self._finish or ("tool_calls" if self._calls else "stop"))]

    def _call_piece(self, piece: lc.ToolCallChunk) -> ToolCallDelta:
        place = piece.get("index")
        if place is None:  # Without an index a piece with an id begins a call, one without continues the last.
            index = self._next_index() if piece.get("id") or not self._calls else self._calls - 1
        elif place in self._indexes:
            index = self._indexes[place]
        else:
            index = self._indexes[place] = self._next_index()
        return ToolCallDelta(index, piece.get("id"), piece.get("name"), piece.get("args") or "")

    def _whole_call(self, call: lc.ToolCall) -> ToolCallDelta:
        return ToolCallDelta(self._next_index(), call["id"], call["name"], orjson.dumps(call["args"]).decode())

    def _next_index(self) -> int:
        self._calls += 1
        return self._calls - 1

    def _note_usage(self, usage: Mapping[str, Json] | None) -> None:
        """Chunks carry shares: LangChain adds them up, so some providers send the prompt first and the rest last."""
        if usage:
            cached = (usage.get("input_token_details") or {}).get("cache_read") or 0
            share = [usage["input_tokens"], usage["output_tokens"], usage["total_tokens"], cached]
            self._usage = [a + b for a, b in zip(self._usage or [0, 0, 0, 0], share, strict=True)]


def _langchain_message(message: Message) -> lc.BaseMessage:
    match message:
        case SystemMessage(text):
            return lc.SystemMessage(text)
        case UserMessage(content):
            return lc.HumanMessage(content if isinstance(content, str) else [part_json(part) for part in content])
        case AssistantMessage(text, calls):
            return lc.AIMessage(text, tool_calls=[_langchain_call(call) for call in calls])
        case ToolMessage(tool_call_id, content):
            return lc.ToolMessage(content, tool_call_id=tool_call_id)
        case _:
            assert_never(message)


def _langchain_call(call: ToolCall) -> lc.ToolCall:
    return lc.ToolCall(name=call.name, args=arguments_object(call.arguments) or {}, id=call.id)
