"""What one open socket is: who it belongs to, which conversations it follows, and its way out."""

import asyncio
from dataclasses import replace
from typing import Final

from flow_runtime.ids import new_id
from peer_server.access import Principal, Unauthenticated
from peer_server.bus import Frame, encode
from peer_server.services.bundle import Services
from peer_server.wire import WireModel
from peer_server.ws.feed import Feed
from peer_server.ws.hub import Hub
from peer_server.ws.writer import Writer

CLOSE_SIGNED_OUT: Final = 4401
HELLO_S: Final = 10.0
"""How long a socket may be open without saying hello."""
MOST_FEEDS: Final = 64
"""Conversations that one socket may follow at once."""


class Session:
    """One socket. Kept small: ten thousand of them may be idle at once."""

    __slots__ = (
        "_opened_at",
        "_task",
        "address",
        "feeds",
        "hub",
        "id",
        "is_given_up",
        "principal",
        "services",
        "writer",
    )

    def __init__(self, *, services: Services, hub: Hub, writer: Writer, address: str | None) -> None:
        self.id = new_id()
        self.address = address
        self.services = services
        self.hub = hub
        self.writer = writer
        self.principal: Principal | None = None
        self.feeds: dict[str, Feed] = {}
        self.is_given_up = False
        self._opened_at = asyncio.get_running_loop().time()
        self._task = asyncio.current_task()

    @property
    def who(self) -> Principal:
        """Who signed this socket in. Raises `Unauthenticated` before `hello`."""
        if self.principal is None:
            raise Unauthenticated("not_signed_in", "the first frame must be hello", remedy="send hello first")
        return self.principal

    def send(self, frame: WireModel) -> None:
        """Send a frame to this socket only. Never blocks."""
        self.writer.push(encode(frame))

    def deliver(self, frame: Frame) -> None:
        """Send a frame that many sockets share. Never blocks."""
        self.writer.push(frame)

    async def look(self, now: float) -> None:
        """Look after this socket: give it up if it is stuck, close it if nobody is signed in (any more)."""
        if self.writer.is_stalled(now) and self._task is not None:
            self.is_given_up = True
            self._task.cancel()
        elif self.principal is None:
            if now - self._opened_at > HELLO_S:
                self.writer.close(CLOSE_SIGNED_OUT, "no hello")
        elif not await self.renew():
            self.writer.close(CLOSE_SIGNED_OUT, "signed out")

    async def renew(self) -> bool:
        """What was taken from this person meanwhile, they no longer have; False if nobody is signed in any more."""
        if self.principal is None:
            return True
        renewed = await self.services.sign_in.renewed(self.principal)
        if renewed is not None and renewed is not self.principal:
            self.principal = replace(renewed, address=self.address, door="socket")
        return renewed is not None

    async def follow_inbox(self) -> None:
        """Tell how much waits for this person, now and whenever that changes."""
        await self.hub.inbox.join(self.id, self.who, self.send)

    def leave(self, conversation_id: str) -> None:
        """Stop following a conversation. Idempotent."""
        feed = self.feeds.pop(conversation_id, None)
        if feed is not None:
            feed.close()
            self.hub.presence.leave(conversation_id, self.id)

    def end(self) -> None:
        """Let go of everything that this socket held. Idempotent."""
        for conversation_id in list(self.feeds):
            self.leave(conversation_id)
        if self.principal is not None:
            self.hub.inbox.leave(self.id, self.principal)
        self.services.chat.client_tools.release(self.id)
        self.writer.abandon()
