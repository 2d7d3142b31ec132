"""Writes frames to one socket. There is a task only while there is something to write: an idle socket has none."""

import asyncio
from typing import Final

from starlette.types import Message, Send

from peer_server.bus import Frame
from peer_server.ws.outbox import Outbox

CLOSE_RESUME_LATER: Final = 4008
STALL_S: Final = 10.0
"""How long one write may take before the socket is given up."""


class Writer:
    """The way out of one socket."""

    __slots__ = ("_drained", "_goodbye", "_outbox", "_send", "_since", "_task")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._outbox = Outbox()
        self._goodbye: Message | None = None
        self._drained: asyncio.Event | None = None
        self._since: float | None = None
        self._task: asyncio.Task[None] | None = None

    def push(self, frame: Frame) -> None:
        """Add a frame. Never blocks; a reader that is too slow is told to resume later."""
        if self._goodbye is not None:
            return
        if self._outbox.push(frame):
            self._work()
        else:
            self.close(CLOSE_RESUME_LATER, "resume later")

    def close(self, code: int, reason: str) -> None:
        """Say goodbye after what is being written; what waits is still written unless it overflowed. Idempotent."""
        if self._goodbye is None:
            self._goodbye = {"type": "websocket.close", "code": code, "reason": reason}
            self._work()

    async def room(self) -> None:
        """Wait until a replay may go on; at once if nobody reads any more, so that it comes to its end."""
        while not self._outbox.has_room and self._goodbye is None:
            if self._drained is None:
                self._drained = asyncio.Event()
            self._drained.clear()
            await self._drained.wait()

    def is_stalled(self, now: float) -> bool:
        """Whether one write has taken too long."""
        return self._since is not None and now - self._since > STALL_S

    def abandon(self) -> None:
        """Stop writing at once. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._outbox.drop()
        self._release()

    def _work(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while (frame := self._outbox.pop()) is not None:
                self._since = loop.time()
                await self._send({"type": "websocket.send", "text": frame.data.decode()})
                if self._drained is not None and self._outbox.has_room:
                    self._drained.set()
            if self._goodbye is not None:
                self._since = loop.time()
                await self._send(self._goodbye)
        except OSError:  # The client is gone; the reading side ends the session, once no replay keeps it waiting.
            self._outbox.drop()
            self._release()
        finally:
            self._since = None
            self._task = None
            if self._goodbye is not None:
                self._release()

    def _release(self) -> None:
        if self._drained is not None:
            self._drained.set()
