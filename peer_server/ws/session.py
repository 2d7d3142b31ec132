"""What one open socket is: who it belongs to, which conversations it follows, and its way out."""

from peer_server.access import Principal, Unauthenticated
from peer_server.bus import Frame, encode
from peer_server.services.bundle import Services
from peer_server.wire import WireModel
from peer_server.ws.feed import Feed
from peer_server.ws.hub import Hub
from peer_server.ws.writer import Writer

MOST_FEEDS = 64
"""Conversations that one socket may follow at once."""


class Session:
    """One socket. Kept small: ten thousand of them may be idle at once."""

    __slots__ = ("feeds", "hub", "id", "principal", "services", "writer")

    def __init__(self, session_id: str, *, services: Services, hub: Hub, writer: Writer) -> None:
        self.id = session_id
        self.services = services
        self.hub = hub
        self.writer = writer
        self.principal: Principal | None = None
        self.feeds: dict[str, Feed] = {}

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
        self.services.chat.client_tools.release(self.id)
        self.writer.abandon()
