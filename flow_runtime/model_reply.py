"""Fold the deltas of a model's answer into one reply. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from flow_runtime.errors import Json
from flow_runtime.model import (
    AssistantMessage,
    Delta,
    FinishDelta,
    Message,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    UsageDelta,
)


@dataclass(frozen=True, slots=True)
class ModelReply:
    """A whole answer. `finish_reason` is None if the stream broke off; `usage` is None if the provider kept silent."""

    text: str
    tool_calls: tuple[ToolCall, ...]
    usage: UsageDelta | None
    finish_reason: str | None

    @property
    def message(self) -> AssistantMessage:
        """The reply as it enters the history of the next call."""
        return AssistantMessage(self.text, self.tool_calls)

    def usage_json(self, model: str) -> dict[str, Json]:
        """The usage as it is journaled; zeros if the provider kept silent. What else is not known is left out."""
        usage = self.usage or UsageDelta(0, 0, 0)
        told: dict[str, Json] = {
            "model": model,
            "promptTokens": usage.prompt_tokens,
            "completionTokens": usage.completion_tokens,
            "totalTokens": usage.total_tokens,
        }
        if usage.cached_tokens:
            told["cachedTokens"] = usage.cached_tokens
        if usage.price is not None:
            told["price"] = dict(usage.price)
        return told


@dataclass(slots=True)
class _Call:
    """A tool call while it grows."""

    index: int
    id: str
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class ReplyBuilder:
    """Feed it the batches of one answer, read `text` at any time and `reply()` at the end.

    Some providers leave out the ids of tool calls or use the same ones in every answer. Given the `history` that the
    answer continues, such an id is replaced by ``call_<n>``, so that the next history is valid again.
    """

    def __init__(self, history: Iterable[Message] = ()) -> None:
        self._text: list[str] = []
        self._calls: list[_Call] = []
        self._usage: UsageDelta | None = None
        self._finish_reason: str | None = None
        self._taken = {
            call.id for message in history if isinstance(message, AssistantMessage) for call in message.tool_calls
        }

    def add(self, batch: Iterable[Delta]) -> None:
        """Take in one batch."""
        for delta in batch:
            if isinstance(delta, TextDelta):
                self._text.append(delta.text)
            elif isinstance(delta, ToolCallDelta):
                self._add_call(delta)
            elif isinstance(delta, UsageDelta):
                self._usage = delta
            elif isinstance(delta, FinishDelta):
                self._finish_reason = delta.reason
            else:
                assert_never(delta)

    @property
    def text(self) -> str:
        """The text so far."""
        if len(self._text) > 1:
            self._text = ["".join(self._text)]
        return self._text[0] if self._text else ""

    def reply(self) -> ModelReply:
        """The answer as far as it came; repeatable."""
        return ModelReply(self.text, tuple(self._finished_calls()), self._usage, self._finish_reason)

    def _add_call(self, delta: ToolCallDelta) -> None:
        call = next((known for known in reversed(self._calls) if known.index == delta.index), None)
        # Providers that send whole calls use index 0 for each of them: another id begins another call.
        if call is None or (delta.id and call.id and delta.id != call.id):
            call = _Call(delta.index, delta.id or "")
            self._calls.append(call)
        call.id = call.id or delta.id or ""
        call.name = call.name or delta.name or ""
        call.arguments.append(delta.arguments)

    def _finished_calls(self) -> Iterable[ToolCall]:
        taken = set(self._taken)
        for call in self._calls:
            call_id = call.id if call.id and call.id not in taken else _free_id(taken)
            taken.add(call_id)
            yield ToolCall(call_id, call.name, "".join(call.arguments))


def _free_id(taken: set[str]) -> str:
    number = len(taken) + 1
    while f"call_{number}" in taken:
        number += 1
    return f"call_{number}"
