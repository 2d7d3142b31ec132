"""One decision through either door, told in the same words."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, Self

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from flow_runtime.errors import Json
from tests.faults.server_process import TOKEN

STATUS = {"already_settled": 409, "wrong_kind": 409, "lease_held": 409, "not_found": 404, "invalid_form": 422}
STATUS |= {"interrupt_expired": 410, "interrupt_cancelled": 410, "invalid_result": 422, "lease_lost": 409}


@dataclass(frozen=True)
class Answer:
    """What a door said: 200 with what was recorded, or a refusal with the recorded decision in its details."""

    status: int
    code: str
    recorded: Json
    repeated: bool = False


class Door(Protocol):
    """A way to decide."""

    async def decide(self, run_id: str, interrupt_id: str, resolution: dict[str, Any]) -> Answer:
        """Send the resolution, and wait for what is said."""
        ...


class RestDoor:
    """Resumes the run."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def decide(self, run_id: str, interrupt_id: str, resolution: dict[str, Any]) -> Answer:
        """Through the run."""
        body = {"interruptId": interrupt_id, **resolution}
        response = await self._client.post(f"/v1/flowrun/resume/{run_id}", json=body)
        answer: Json = response.json() if response.content else {}
        if response.is_error:
            return Answer(response.status_code, answer["code"], (answer.get("details") or {}).get("resolution"))
        is_repeated = isinstance(answer, dict) and answer.get("repeated") is True
        return Answer(200, "ok", answer["resolution"] if is_repeated else resolution, repeated=is_repeated)


class SocketDoor:
    """Signs in once and sends commands; other frames are kept in `frames`."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[dict[str, Any]] = []
        self._ids = (f"c{number}" for number in itertools.count(1))

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, **hello: Json) -> AsyncIterator[Self]:
        """A socket that has said hello."""
        address = f"{url.replace('http', 'ws', 1)}/v1/ws"
        async with connect(address, subprotocols=[Subprotocol("peer-server.v1")], max_queue=None) as socket:
            door = cls(socket)
            await door.command("hello", **(hello or {"token": TOKEN}))
            yield door

    async def command(self, kind: str, **fields: Json) -> dict[str, Any]:
        """Send a command and wait for its ack or error."""
        command_id = next(self._ids)
        await self.socket.send(json.dumps({"id": command_id, "type": kind, **fields}))
        async with asyncio.timeout(20):
            while True:
                frame: dict[str, Any] = json.loads(await self.socket.recv())
                if frame["type"] in {"ack", "error"} and frame.get("id") == command_id:
                    return frame
                self.frames.append(frame)

    async def decide(self, run_id: str, interrupt_id: str, resolution: dict[str, Any]) -> Answer:
        """Through the interrupt."""
        answer = await self.command("interrupt.resume", interruptId=interrupt_id, resolution=resolution)
        if answer["type"] == "error":
            recorded = (answer.get("details") or {}).get("resolution") if answer["code"] == "already_settled" else None
            return Answer(STATUS.get(answer["code"], 400), answer["code"], recorded)
        return Answer(200, "ok", answer["resolution"], repeated=answer["status"] == "repeated")
