"""One conversation on one socket: replay what was missed, then follow what happens, without a gap in between.

The order matters: listen first, read the store after `last_seq`, then take what came meanwhile, skipping what was read.
Durable events go out exactly once and in order of `seq`; when one is missing, the store is read again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from flow_runtime.errors import NotFound, StoreUnavailable
from peer_server.bus import Bus, Frame

log = logging.getLogger(__name__)

PAGE = 100
"""Events read at once; well below the bound of the outbox."""
HELD_FRAMES = 256
"""Frames held back while the store is read; what exceeds them is read from the store, or lost if it was ephemeral."""

RETRY_S = 1.0
"""The pause before a store that is away is asked again."""
ReadPage = Callable[[int, int], Awaitable[Sequence[Frame]]]
"""Reads the events after a seq, at most so many."""


class Feed:
    """Follows one channel from `after_seq` on. Not started until `follow`."""

    __slots__ = ("_deliver", "_held", "_is_live", "_last_seq", "_read", "_room", "_stops", "_task", "conversation_id")

    def __init__(
        self,
        conversation_id: str,
        *,
        after_seq: int,
        read: ReadPage,
        deliver: Callable[[Frame], None],
        room: Callable[[], Awaitable[None]],
    ) -> None:
        self.conversation_id = conversation_id
        self._last_seq = after_seq
        self._read = read
        self._deliver = deliver
        self._room = room
        self._held: list[Frame] | None = []
        self._is_live = False
        self._stops: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def last_seq(self) -> int:
        """The last durable event that went out."""
        return self._last_seq

    def listen(self, bus: Bus, channel: str) -> None:
        """Hold back everything that happens from now on."""
        self._stops.append(bus.listen(channel, self.receive))

    def on_close(self, stop: Callable[[], None]) -> None:
        """Call this too when the feed is closed."""
        self._stops.append(stop)

    async def replay(self) -> None:
        """Send everything that is in the store, as fast as the reader takes it. What happens meanwhile is held back."""
        while True:
            await self._room()
            frames = await self._read(self._last_seq, PAGE)
            for frame in frames:
                self._take(frame)
            if len(frames) < PAGE:
                return

    def go_live(self, first: Frame | None = None) -> bool:
        """Send `first`, then what was held back, and follow; False if something is missing: replay again."""
        held, self._held = self._held, []
        if held is None:
            return False
        ahead = [frame for frame in held if frame.seq is not None and frame.seq > self._last_seq]
        if any(frame.seq != self._last_seq + 1 + index for index, frame in enumerate(ahead)):
            return False
        if first is not None:
            for frame in ahead:
                self._take(frame)
            self._deliver(first)
            held = [frame for frame in held if frame.seq is None and not _is_delta(frame)]
        for frame in held:
            self._take(frame)
        self._is_live = True
        return True

    def receive(self, frame: Frame) -> None:
        """Take a frame from the bus."""
        if not self._is_live:
            self._hold(frame)
        elif frame.seq is None or frame.seq <= self._last_seq + 1:
            self._take(frame)
        else:
            self._is_live = False
            self._hold(frame)
            self._task = asyncio.get_running_loop().create_task(self._heal())

    def check(self, last_seq: int) -> None:
        """The store holds events up to this one: read those that no frame brought (another process wrote them)."""
        if self._is_live and last_seq > self._last_seq:
            self._is_live = False
            self._task = asyncio.get_running_loop().create_task(self._heal())

    def close(self) -> None:
        """Stop following. Idempotent."""
        while self._stops:
            self._stops.pop()()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _heal(self) -> None:
        while True:
            try:
                await self.replay()
            except NotFound:
                return  # The conversation was taken away: there is nothing more to follow.
            except StoreUnavailable:
                await asyncio.sleep(RETRY_S)
                continue
            except Exception:  # a feed that gave up would look like a conversation in which nothing happens
                log.exception("reading what conversation %s has missed failed; trying again", self.conversation_id)
                await asyncio.sleep(RETRY_S)
                continue
            if self.go_live():
                return

    def _hold(self, frame: Frame) -> None:
        if self._held is not None and len(self._held) < HELD_FRAMES:
            self._held.append(frame)
        else:
            self._held = None

    def _take(self, frame: Frame) -> None:
        if frame.seq is None:
            self._deliver(frame)
        elif frame.seq > self._last_seq:
            self._last_seq = frame.seq
            self._deliver(frame)


def _is_delta(frame: Frame) -> bool:
    """Text in flight that a snapshot holds already."""
    return frame.data.startswith(b'{"type":"message.delta"')
