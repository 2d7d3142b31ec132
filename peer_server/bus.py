"""The bus contract: fan events out to whoever listens now. Nothing is durable: what is missed is in the store.

Channels: ``conversation:<id>`` carries frames for everybody who has that conversation open, ``workspace:<id>`` hints
for inboxes.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

import orjson

from peer_server.wire import EventFrame, WireModel


@dataclass(frozen=True, slots=True)
class Frame:
    """One server frame, encoded once for all its readers; `seq` is set on durable events."""

    data: bytes
    seq: int | None = None


Listener = Callable[[Frame], None]
"""Called on the event loop, in order, for each frame; must not block or raise."""


def encode(frame: WireModel) -> Frame:
    """Encode a frame as it goes over the wire: absent fields are absent, never null."""
    data = frame.model_dump(mode="json", by_alias=True, exclude_none=True)
    return Frame(orjson.dumps(data), frame.seq if isinstance(frame, EventFrame) else None)


def as_frame(frame: Frame | WireModel | bytes) -> Frame:
    """Whatever was published, as a `Frame`. Bytes must be one encoded server frame."""
    if isinstance(frame, Frame):
        return frame
    if isinstance(frame, bytes):
        return Frame(frame, orjson.loads(frame)["seq"] if frame.startswith(b'{"type":"event"') else None)
    return encode(frame)


class Subscription(Protocol):
    """The frames of one channel, as an async iterator. Bounded: a reader that falls behind is told so."""

    def __aiter__(self) -> AsyncIterator[Frame]:
        """Iterate until `close`. Raises `OverflowError` once frames had to be dropped."""
        ...

    def close(self) -> None:
        """Stop listening. Idempotent."""
        ...


class Bus(Protocol):
    """Three verbs. Publishing never blocks and never fails the publisher."""

    def publish(self, channel: str, frame: Frame | WireModel | bytes) -> None:
        """Hand the frame to everybody who listens on the channel now. Call it after the commit, on the event loop."""
        ...

    def listen(self, channel: str, listener: Listener) -> Callable[[], None]:
        """Call the listener for every frame from now on; the answer stops it (idempotent)."""
        ...

    def subscribe(self, channel: str, *, limit: int = 256) -> Subscription:
        """Listen as an async iterator that holds at most `limit` unread frames."""
        ...
