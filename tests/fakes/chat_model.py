"""A model that says what a test tells it to, checks every history it gets, and else plays the scripted model."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from flow_runtime.errors import Json
from flow_runtime.model import (
    Delta,
    FinishDelta,
    Message,
    ModelError,
    ModelRequest,
    TextDelta,
    ToolCallDelta,
    UsageDelta,
)
from flow_runtime.model_history import check_history
from flow_runtime.models.catalog import ChosenModel
from flow_runtime.models.scripted import ScriptedChat
from flow_runtime.run import Run


@dataclass
class Call:
    """A tool call of a reply."""

    name: str
    arguments: Json
    id: str | None = None

    @property
    def text(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else orjson.dumps(self.arguments).decode()


@dataclass
class Reply:
    """One answer: its pieces of text, its calls, a gate that holds it before its last piece, an error at its end."""

    pieces: Sequence[str] = ()
    calls: Sequence[Call] = ()
    gate: asyncio.Event | None = None
    error: str | None = None


@dataclass
class TestModel:
    """Implements `ChatModel` and the catalog that finds it."""

    __test__ = False

    replies: deque[Reply] = field(default_factory=deque)
    requests: list[ModelRequest] = field(default_factory=list)
    closed_early: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def resolve(self, model: str, workspace_id: str = "") -> ChosenModel:
        return ChosenModel(self, model, f"test:{model}")

    def for_run(self, run: Run) -> "TestModel":
        return self

    def will(self, *pieces: str, calls: Sequence[Call] = (), **more: Any) -> None:  # noqa: ANN401 - passed on as it is
        """The next answer that nobody has told yet."""
        self.replies.append(Reply(pieces, calls, **more))

    async def called(self, count: int) -> list[Message]:
        """Wait for that many calls; the history of the last."""
        while len(self.requests) < count:
            self._arrived.clear()
            await self._arrived.wait()
        return list(self.requests[count - 1].messages)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[list[Delta], None]:
        faults = check_history(request.messages)
        assert faults == [], faults
        self.requests.append(request)
        self._arrived.set()
        if not self.replies:
            async for batch in ScriptedChat().stream(request):
                yield batch
            return
        reply = self.replies.popleft()
        try:
            for piece in reply.pieces[:-1] if reply.gate else reply.pieces:
                yield [TextDelta(piece)]
            if reply.gate:
                await reply.gate.wait()
                yield [TextDelta(piece) for piece in reply.pieces[-1:]]
        except (asyncio.CancelledError, GeneratorExit):
            self.closed_early += 1
            raise
        if reply.error:
            raise ModelError("provider_error", reply.error)
        if reply.calls:
            yield [ToolCallDelta(i, call.id, call.name, call.text) for i, call in enumerate(reply.calls)]
        yield [UsageDelta(3, 2, 5), FinishDelta("tool_calls" if reply.calls else "stop")]

    async def prepare(self) -> None:
        pass

    async def close(self) -> None:
        pass
