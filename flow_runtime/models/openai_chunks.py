"""Decode the body of a streamed chat completion, block by block, reading only the fields that are needed. Pure.

One chunk of the stream is one line ``data: {…}``; chat completions never spread one over several lines. The official
client builds a pydantic model per chunk, which costs about a hundred times the decoding (docs/performance.md).
"""

import orjson

from flow_runtime.errors import Json
from flow_runtime.model import Delta, FinishDelta, ModelError, TextDelta, ToolCallDelta, UsageDelta
from flow_runtime.models.provider_errors import error_in_stream

LONGEST_LINE = 4 * 1024 * 1024
"""More than this without a line end is no stream of chunks."""


class ChunkDecoder:
    """Feed it what each read brought; after the body's end call `end`."""

    def __init__(self) -> None:
        self._rest = b""
        self._has_finish = False
        self.is_done = False
        """Whether the closing ``[DONE]`` was seen."""

    def feed(self, block: bytes) -> list[Delta]:
        """The deltas of all lines that are complete now; neighbouring text becomes one delta.

        Raises `ModelError` for an error that the provider reports inside the stream, and for nonsense.
        """
        *lines, self._rest = (self._rest + block).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise ModelError("provider_error", f"the provider sent a line longer than {LONGEST_LINE} bytes")
        deltas: list[Delta] = []
        text: list[str] = []
        for line in lines:
            if line.startswith(b"data:"):
                self._decode(line[5:].strip(), deltas, text)
        if text:
            deltas.append(TextDelta("".join(text)))
        return deltas

    def end(self) -> None:
        """Say that the body has ended. Raises ``stream_cut`` if the answer had not."""
        if not (self._has_finish or self.is_done):
            raise ModelError("stream_cut", "the stream ended before the answer did", is_retryable=True)

    def _decode(self, data: bytes, deltas: list[Delta], text: list[str]) -> None:
        if data == b"[DONE]":
            self.is_done = True
            return
        try:
            chunk = orjson.loads(data)
            choices = chunk.get("choices")
            if choices:
                self._read_choice(choices[0], deltas, text)
            if usage := chunk.get("usage"):
                deltas.append(_usage(usage))
            if "error" in chunk:
                raise error_in_stream(chunk["error"])
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
            shown = data[:200].decode(errors="replace")
            raise ModelError("provider_error", f"the provider sent a chunk that makes no sense: {shown!r}") from error

    def _read_choice(self, choice: dict[str, Json], deltas: list[Delta], text: list[str]) -> None:
        if delta := choice.get("delta"):
            if content := delta.get("content"):
                text.append(content)
            for call in delta.get("tool_calls") or ():
                if text:  # What was said before a call stays before it.
                    deltas.append(TextDelta("".join(text)))
                    text.clear()
                deltas.append(_call_delta(call))
        if reason := choice.get("finish_reason"):
            self._has_finish = True
            if text:
                deltas.append(TextDelta("".join(text)))
                text.clear()
            deltas.append(FinishDelta(reason))


def _call_delta(call: dict[str, Json]) -> ToolCallDelta:
    function = call.get("function") or {}
    return ToolCallDelta(
        index=call.get("index") or 0,
        id=call.get("id") or None,
        name=function.get("name") or None,
        arguments=function.get("arguments") or "",
    )


def _usage(usage: dict[str, Json]) -> UsageDelta:
    prompt, completion = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
    cached = int((usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0)
    total = int(usage.get("total_tokens") or prompt + completion)
    return UsageDelta(prompt, completion, total, cached_tokens=min(cached, prompt))
