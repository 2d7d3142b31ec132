"""A client as the protocol wants it: folds what comes, goes on after every cut, repeats what was not acknowledged."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.typing import Subprotocol

from flow_runtime.errors import Json
from peer_server.conversation import ConversationView, fold
from tests.faults.server_process import TOKEN

Frame = dict[str, Any]


class Follower:
    """Follows one conversation. An event that is lost, doubled or out of order ends it with `GapError`."""

    def __init__(self, url: str, conversation_id: str) -> None:
        self.conversation_id = conversation_id
        self.view = ConversationView()
        self.connections = 0
        self.resets = 0
        self.mismatches: list[str] = []
        self.url = url
        self._address = f"{url.replace('http', 'ws', 1)}/v1/ws"
        self._epoch: str | None = None
        self._written: dict[str, bytes] = {}
        self._pending: dict[str, tuple[str, asyncio.Future[Frame]]] = {}
        self._ids = (f"c{number}" for number in itertools.count(1))
        self._socket: ClientConnection | None = None
        self._news = asyncio.Condition()

    @asynccontextmanager
    async def following(self) -> AsyncIterator[Self]:
        """Follow while the block runs."""
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(self._follow())
            yield self
            task.cancel()

    async def command(self, kind: str, **fields: Json) -> Frame:
        """Send a command, after every cut again, until it is answered."""
        command_id = next(self._ids)
        text = json.dumps({"id": command_id, "type": kind, **fields})
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._pending[command_id] = (text, answer)
        if self._socket is not None:
            await self._try_to_send(self._socket, text)
        return await asyncio.wait_for(answer, 60)

    async def until(self, is_wanted: Callable[[ConversationView], bool], *, within_s: float = 60) -> ConversationView:
        """The view as soon as it is as wanted."""
        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(lambda: is_wanted(self.view))
        return self.view

    async def _follow(self) -> None:
        while True:
            try:
                async with connect(self._address, subprotocols=[Subprotocol("peer-server.v1")]) as socket:
                    self.connections += 1
                    await self._greet(socket)
                    async for raw in socket:
                        await self._take(json.loads(raw))
            except (OSError, EOFError, WebSocketException, InvalidHandshake):
                pass
            self._socket = None
            await asyncio.sleep(0.01)  # A refused connection must not become a busy loop.

    async def _greet(self, socket: ClientConnection) -> None:
        epoch = {} if self._epoch is None else {"epoch": self._epoch}
        opening = {"conversationId": self.conversation_id, "afterSeq": self.view.last_seq, **epoch}
        await socket.send(json.dumps({"id": "hello", "type": "hello", "token": TOKEN}))
        await socket.send(json.dumps({"id": "open", "type": "conversation.open", **opening}))
        self._socket = socket
        for text, _ in list(self._pending.values()):
            await socket.send(text)

    async def _try_to_send(self, socket: ClientConnection, text: str) -> None:
        try:
            await socket.send(text)
        except WebSocketException:
            return  # It is sent again with the next connection.

    async def _take(self, frame: Frame) -> None:
        match frame["type"]:
            case "event":
                self._fold(frame)
                async with self._news:
                    self._news.notify_all()
            case "message.delta":
                self._write(frame["messageId"], frame["delta"], offset=frame["offset"])
            case "snapshot":
                for message in frame.get("streaming", ()):
                    self._written[message["messageId"]] = _units(message["text"])
            case "reset":
                self.resets += 1
                self.view = ConversationView()
                self._epoch = frame["epoch"]
            case "ack" | "error" if frame.get("id") in self._pending:
                self._pending.pop(frame["id"])[1].set_result(frame)
            case "ack" if frame["id"] == "open":
                self._epoch = frame["epoch"]

    def _fold(self, frame: Frame) -> None:
        event = frame["event"]
        fold(self.view, seq=frame["seq"], at=frame["at"], event=event)
        if event["type"] == "message.completed":
            written = self._written.pop(event["messageId"], b"")
            if event["status"] == "completed" and not _units(event["text"]).startswith(written):
                self.mismatches.append(event["messageId"])

    def _write(self, message_id: str, delta: str, *, offset: int) -> None:
        """Text in flight; what was lost before `offset` comes with the whole message."""
        written = self._written.get(message_id, b"")
        if 2 * offset <= len(written):
            self._written[message_id] = written[: 2 * offset] + _units(delta)


def _units(text: str) -> bytes:
    """The text in UTF-16, in which offsets count."""
    return text.encode("utf-16-le")
