"""What the sockets of this node share: who is there, one timer, and the look at what other nodes wrote."""

from peer_server.services.bundle import Services
from peer_server.ws.inbox_board import InboxBoard
from peer_server.ws.presence import PresenceBoard
from peer_server.ws.tail import StoreTail
from peer_server.ws.wheel import Wheel


class Hub:
    """Made once per application; started and stopped with it."""

    def __init__(self, services: Services) -> None:
        self.presence = PresenceBoard(services.bus)
        self.tail = StoreTail(services.store)
        self.inbox = InboxBoard(services)
        self.wheel = Wheel()

    def start(self) -> None:
        """Begin."""
        self.wheel.start()
        self.tail.start()
        self.inbox.start()

    def stop(self) -> None:
        """End. Idempotent."""
        self.wheel.stop()
        self.tail.stop()
        self.inbox.stop()
