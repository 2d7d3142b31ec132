"""One conversation over one socket, with the product and with Chainlit: the same four verbs for both."""

import asyncio
import itertools
import time
import uuid
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.fake_provider import TOKEN
from benchmarks.processes import ServerProcess
from benchmarks.systems import OWNER_TOKEN
from peer_server.wire import SUBPROTOCOL

TURN_LIMIT_S = 120
# Browsers offer compression, so these clients do as well; whether it is used is the server's decision.
COMPRESSION = "deflate"


@dataclass(frozen=True, slots=True)
class Turn:
    """One message and its answer: seconds until the first token, and until the server said that it was all."""

    first_s: float
    whole_s: float
    tokens: int


class Conversation(Protocol):
    """A conversation as a benchmark sees it."""

    async def open(self) -> None:
        """Connect, and be ready to send."""

    async def turn(self) -> Turn:
        """Send a message and wait for the whole answer."""

    async def stay(self) -> None:
        """Answer what the server asks of an idle client, until cancelled."""

    async def close(self) -> None:
        """Disconnect."""


class ProductConversation:
    """A conversation with a Peer, by the protocol of `/v1/ws`."""

    socket: ClientConnection

    def __init__(self, server: ServerProcess, peer_id: str) -> None:
        self._url = f"ws://127.0.0.1:{server.port}/v1/ws"
        self._peer_id = peer_id
        self._ids = map(str, itertools.count())
        self._conversation_id = ""

    async def open(self) -> None:
        """Connect, sign in, begin a conversation."""
        self.socket = await connect(
            self._url,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=COMPRESSION,
            ping_interval=None,
            open_timeout=60,
        )
        await self._send({"type": "hello", "token": OWNER_TOKEN})
        await self._until("ack")
        await self._send({"type": "conversation.open", "peerId": self._peer_id})
        self._conversation_id = (await self._until("ack"))["conversationId"]
        await self._until("snapshot")

    async def turn(self) -> Turn:
        """Send a message and wait until the turn is finished."""
        begun, first, text = time.perf_counter(), 0.0, []
        message = {"type": "message.send", "conversationId": self._conversation_id, "content": "hello"}
        await self._send({**message, "clientMessageId": uuid.uuid4().hex})
        while True:
            frame = await self._receive()
            if frame["type"] == "message.delta":
                first = first or time.perf_counter() - begun
                text.append(frame["delta"])
            elif frame["type"] == "event" and frame["event"]["type"] == "turn.finished":
                break
        whole = time.perf_counter() - begun
        if frame["event"]["status"] != "completed":
            raise RuntimeError(f"the turn ended {frame['event']}")
        return Turn(first, whole, "".join(text).count(TOKEN.strip()))

    async def stay(self) -> None:
        """Read what comes: the product asks nothing of an idle client beyond the socket's own pings."""
        async for _frame in self.socket:
            pass

    async def close(self) -> None:
        """Disconnect."""
        await self.socket.close()

    async def _send(self, command: dict[str, Any]) -> None:
        await self.socket.send(orjson.dumps({"id": next(self._ids), **command}), text=True)

    async def _until(self, kind: str) -> dict[str, Any]:
        while (frame := await self._receive())["type"] != kind:
            pass
        return frame

    async def _receive(self) -> dict[str, Any]:
        async with asyncio.timeout(TURN_LIMIT_S):
            frame: dict[str, Any] = orjson.loads(await self.socket.recv(decode=False))
        if frame["type"] == "error":
            raise RuntimeError(f"the server answered {frame}")
        return frame


class ChainlitConversation:
    """A conversation with Chainlit, by socket.io 5 over a WebSocket, as its web page does it."""

    PING, PONG, CONNECT, EVENT = "2", "3", "40", "42"

    socket: ClientConnection

    def __init__(self, server: ServerProcess) -> None:
        self._url = f"ws://127.0.0.1:{server.port}/ws/socket.io/?EIO=4&transport=websocket"

    async def open(self) -> None:
        """Connect and begin a session."""
        self.socket = await connect(self._url, compression=COMPRESSION, ping_interval=None, open_timeout=60)
        await self.socket.recv()
        page = {"clientType": "webapp", "userEnv": "{}", "threadId": "", "chatProfile": ""}
        await self.socket.send(self.CONNECT + orjson.dumps({"sessionId": str(uuid.uuid4()), **page}).decode())
        await self.socket.recv()
        await self._emit("connection_successful")

    async def turn(self) -> Turn:
        """Send a message and wait until the task is over."""
        begun, first, tokens = time.perf_counter(), 0.0, 0
        message = {"id": str(uuid.uuid4()), "threadId": "", "name": "user", "type": "user_message", "output": "hello"}
        sent = {"message": {**message, "createdAt": "2026-11-20T00:00:00Z"}, "fileReferences": []}
        await self._emit("client_message", sent)
        while True:
            name, *data = await self._event()
            if name == "task_end" and first:
                return Turn(first, time.perf_counter() - begun, tokens)
            if name in {"stream_start", "stream_token"}:
                first = first or time.perf_counter() - begun
                text = data[0]["output"] if name == "stream_start" else data[0]["token"]
                tokens += text.count(TOKEN.strip())

    async def stay(self) -> None:
        """Answer the server's pings."""
        while True:
            await self._event()

    async def close(self) -> None:
        """Disconnect."""
        await self.socket.close()

    async def _emit(self, *event: object) -> None:
        await self.socket.send(self.EVENT + orjson.dumps(event).decode())

    async def _event(self) -> list[Any]:
        while True:
            async with asyncio.timeout(TURN_LIMIT_S):
                packet = await self.socket.recv()
            if packet == self.PING:
                await self.socket.send(self.PONG)
            elif isinstance(packet, str) and packet.startswith(self.EVENT):
                event: list[Any] = orjson.loads(packet.removeprefix(self.EVENT))
                return event
