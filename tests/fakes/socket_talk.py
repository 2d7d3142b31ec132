"""A small client of `/v1/ws` for tests: commands in, frames out, in order."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection

from flow_runtime.errors import Json

Frame = dict[str, Any]
PATIENCE_S = 20


class SocketClient:
    """Sends commands and keeps every frame that comes."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.frames: list[Frame] = []
        self._ids = (f"c{number}" for number in itertools.count(1))

    async def command(self, kind: str, **fields: Json) -> Frame:
        """Send a command and answer its ack or error."""
        command_id = next(self._ids)
        await self.connection.send(orjson.dumps({"id": command_id, "type": kind, **fields}).decode())
        return await self.until(lambda frame: frame["type"] in {"ack", "error"} and frame.get("id") == command_id)

    async def hello(self, token: str) -> Frame:
        """Sign in."""
        return await self.command("hello", token=token)

    async def until(self, is_it: Callable[[Frame], bool]) -> Frame:
        """The next frame that is it; all frames on the way are kept in `frames`."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                frame: Frame = orjson.loads(await self.connection.recv())
                self.frames.append(frame)
                if is_it(frame):
                    return frame

    async def event(self, kind: str) -> Frame:
        """The next durable event of this type."""
        frame = await self.until(lambda frame: frame["type"] == "event" and frame["event"]["type"] == kind)
        event: Frame = frame["event"]
        return event

    def seqs(self) -> list[int]:
        """The seqs of the durable events so far."""
        return [frame["seq"] for frame in self.frames if frame["type"] == "event"]
