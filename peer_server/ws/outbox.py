"""What waits to be written to one socket: bounded, so that a reader who stops costs one buffer and no more. Sans-IO."""

from collections import deque

from peer_server.bus import Frame

MAX_FRAMES = 256
MAX_BYTES = 1 << 20
ROOM_FRAMES = MAX_FRAMES // 2
"""A replay goes on once no more than this many frames wait."""


class Outbox:
    """A queue of encoded frames that is either within its bounds or, overflowed or dropped, empty for good."""

    __slots__ = ("_bytes", "_frames", "is_overflowed")

    def __init__(self) -> None:
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self.is_overflowed = False

    def __len__(self) -> int:
        return len(self._frames)

    def push(self, frame: Frame) -> bool:
        """Add a frame; False once the bounds are exceeded. Then everything is dropped: the reader must resume later."""
        if self.is_overflowed:
            return False
        self._bytes += len(frame.data)
        # One frame larger than the bound is let through alone: it could never be delivered otherwise.
        if len(self._frames) >= MAX_FRAMES or (self._frames and self._bytes > MAX_BYTES):
            self.drop()
            return False
        self._frames.append(frame)
        return True

    def drop(self) -> None:
        """Let go of everything, for good."""
        self.is_overflowed = True
        self._frames.clear()
        self._bytes = 0

    def pop(self) -> Frame | None:
        """The next frame to write, if any."""
        if not self._frames:
            return None
        frame = self._frames.popleft()
        self._bytes -= len(frame.data)
        return frame

    @property
    def has_room(self) -> bool:
        """Whether a replay may add a page."""
        return len(self._frames) <= ROOM_FRAMES and self._bytes <= MAX_BYTES // 2
