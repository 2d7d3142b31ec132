"""The bus inside one process: a table of listeners per channel."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from peer_server.bus import Frame, Listener, as_frame
from peer_server.wire import WireModel


class MemoryBus:
    """Fans frames out to the listeners of this process, in the order of publishing."""

    def __init__(self) -> None:
        self._listeners: dict[str, dict[int, Listener]] = {}
        self._next_key = 0

    def publish(self, channel: str, frame: Frame | WireModel | bytes) -> None:
        """Call every listener of the channel; encode only if there is one."""
        listeners = self._listeners.get(channel)
        if listeners:
            encoded = as_frame(frame)
            for listener in tuple(listeners.values()):
                listener(encoded)

    def listen(self, channel: str, listener: Listener) -> Callable[[], None]:
        """Add a listener; the answer removes it."""
        key = self._next_key
        self._next_key += 1
        self._listeners.setdefault(channel, {})[key] = listener

        def stop() -> None:
            listeners = self._listeners.get(channel, {})
            listeners.pop(key, None)
            if not listeners:
                self._listeners.pop(channel, None)

        return stop

    def subscribe(self, channel: str, *, limit: int = 256) -> "MemorySubscription":
        """Listen as an async iterator."""
        return MemorySubscription(self, channel, limit=limit)

    def channels(self) -> int:
        """How many channels somebody listens on (for tests and metrics)."""
        return len(self._listeners)


class MemorySubscription:
    """The unread frames of one reader."""

    def __init__(self, bus: MemoryBus, channel: str, *, limit: int) -> None:
        self._frames: deque[Frame] = deque()
        self._limit = limit
        self._arrived = asyncio.Event()
        self._overflowed = False
        self._closed = False
        self._stop = bus.listen(channel, self._receive)

    def _receive(self, frame: Frame) -> None:
        if len(self._frames) >= self._limit:
            self._overflowed = True
        else:
            self._frames.append(frame)
        self._arrived.set()

    async def __aiter__(self) -> AsyncIterator[Frame]:
        """Yield frames until `close`; raise `OverflowError` after the last one before a gap."""
        while not self._closed:
            while self._frames:
                yield self._frames.popleft()
            if self._overflowed:
                raise OverflowError("this reader was too slow and missed frames: read the store from its last seq")
            self._arrived.clear()
            await self._arrived.wait()

    def close(self) -> None:
        """Stop listening and end the iteration. Idempotent."""
        self._closed = True
        self._stop()
        self._arrived.set()
