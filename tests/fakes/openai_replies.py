"""What the fake provider answers: a small programme per request, turned into server-sent events."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """One tool call; `arguments` may be broken JSON on purpose when given as text."""

    name: str
    arguments: dict[str, Any] | str = field(default_factory=dict)
    id: str | None = None

    @property
    def arguments_text(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


@dataclass(frozen=True)
class Reply:
    """One answer.

    `status` other than 200 answers an error (`retry_after_s` as header). `cut_after` drops the connection after that
    many events; `cut_quietly` ends the body properly at that place instead, without a finish reason. `delay_ms` waits
    before each event. `fragment` splits the body into writes of that many bytes. `raw_events` replaces everything.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    status: int = 200
    error: dict[str, Any] | None = None
    retry_after_s: float | None = None
    cut_after: int | None = None
    cut_quietly: bool = False
    delay_ms: float = 0
    fragment: int | None = None
    usage: bool = True
    finish_reason: str | None = None
    raw_events: tuple[str, ...] | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Reply":
        """The same, as `POST /_fake/replies` takes it."""
        fields = {**data, "calls": tuple(Call(**call) for call in data.get("calls", ()))}
        return cls(**fields)

    @property
    def error_body(self) -> dict[str, Any]:
        """The JSON of an error status."""
        kind = "rate_limit_exceeded" if self.status == 429 else "server_error"
        return {"error": self.error or {"message": f"fake error {self.status}", "type": kind, "code": kind}}


def events(reply: Reply, request: dict[str, Any], *, number: int) -> Iterator[str]:
    """The `data:` lines of a streamed answer, without their line ends."""
    if reply.raw_events is not None:
        yield from reply.raw_events
        return
    name = request["model"]
    yield _chunk(name, {"role": "assistant", "content": None if reply.calls else ""})
    for word in _words(reply.text):
        yield _chunk(name, {"content": word})
    yield from (_chunk(name, delta) for delta in _call_deltas(reply, number))
    yield _chunk(name, {}, finish=finish_reason(reply))
    if reply.usage and request.get("stream_options", {}).get("include_usage"):
        yield "data: " + json.dumps({"object": "chat.completion.chunk", "id": "f", "created": 1, "model": name,
                                     "choices": [], "usage": usage(reply, request)})  # fmt: skip
    yield "data: [DONE]"


def whole(reply: Reply, request: dict[str, Any], *, number: int) -> dict[str, Any]:
    """The JSON of an answer that was not asked to stream."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = [
            {"id": call.id or f"call_{number}_{i}", "type": "function",
             "function": {"name": call.name, "arguments": call.arguments_text}}
            for i, call in enumerate(reply.calls)
        ]  # fmt: skip
    choice = {"index": 0, "message": message, "finish_reason": finish_reason(reply)}
    return {"id": "f", "object": "chat.completion", "created": 1, "model": request["model"], "choices": [choice],
            "usage": usage(reply, request)}  # fmt: skip


def finish_reason(reply: Reply) -> str:
    """What ends the answer, unless the programme says otherwise."""
    return reply.finish_reason or ("tool_calls" if reply.calls else "stop")


def usage(reply: Reply, request: dict[str, Any]) -> dict[str, int]:
    """Words counted as tokens, so that a test can foretell them."""
    prompt = len(json.dumps(request["messages"]).split())
    completion = len(reply.text.split()) + sum(len(call.arguments_text.split()) for call in reply.calls)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _call_deltas(reply: Reply, number: int) -> Iterator[dict[str, Any]]:
    """Parallel calls: all heads first, then their arguments in turns of a few characters, as real providers may."""
    for i, call in enumerate(reply.calls):
        yield {"tool_calls": [{"index": i, "id": call.id or f"call_{number}_{i}", "type": "function",
                               "function": {"name": call.name, "arguments": ""}}]}  # fmt: skip
    pieces = [
        [call.arguments_text[at : at + 7] for at in range(0, len(call.arguments_text), 7)] for call in reply.calls
    ]
    for turn in range(max(map(len, pieces), default=0)):
        for i, parts in enumerate(pieces):
            if turn < len(parts):
                yield {"tool_calls": [{"index": i, "function": {"arguments": parts[turn]}}]}


def _words(text: str) -> Iterator[str]:
    for i, word in enumerate(text.split(" ")):
        if text:
            yield word if i == 0 else " " + word


def _chunk(model: str, delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "f", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [choice]}
    return "data: " + json.dumps(body)
