"""The text of messages in flight: told to the sockets as it streams in, kept in memory only.

No database write per token: after a crash the model call is repeated and its message begins anew at offset 0, so a
journaled part of it would never be read.
"""

import asyncio

import orjson

from peer_server.bus import Bus, Frame
from peer_server.conversation_log import channel
from peer_server.wire import StreamState


class LiveMessages:
    """Every message that streams right now in this process."""

    def __init__(self, bus: Bus, *, flush_s: float = 0.016) -> None:
        self.bus = bus
        self.flush_s = flush_s
        self._streams: dict[str, dict[str, LiveMessage]] = {}

    def open(self, conversation_id: str, message_id: str) -> "LiveMessage":
        """Begin the text of a message; close it when it is whole."""
        message = LiveMessage(self, conversation_id, message_id)
        self._streams.setdefault(conversation_id, {})[message_id] = message
        return message

    def state(self, conversation_id: str) -> list[StreamState]:
        """The text so far of each message in flight: what a client that comes in the middle has missed."""
        streams = self._streams.get(conversation_id, {})
        return [StreamState(message_id=message_id, text=stream.text) for message_id, stream in streams.items()]

    def forget(self, message: "LiveMessage") -> None:
        """The message is no longer in flight. Idempotent."""
        streams = self._streams.get(message.conversation_id, {})
        if streams.get(message.message_id) is message:
            del streams[message.message_id]
        if not streams:
            self._streams.pop(message.conversation_id, None)


class LiveMessage:
    """One growing text: the first piece goes out at once, then at most one frame per flush interval."""

    def __init__(self, registry: LiveMessages, conversation_id: str, message_id: str) -> None:
        self.conversation_id = conversation_id
        self.message_id = message_id
        self._registry = registry
        self._told: list[str] = []
        self._pending: list[str] = []
        self._offset = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def text(self) -> str:
        """What was told so far, as one text."""
        if len(self._told) > 1:
            self._told = ["".join(self._told)]
        return self._told[0] if self._told else ""

    def push(self, text: str) -> None:
        """More text. Never blocks."""
        self._pending.append(text)
        if self._timer is None:
            self._flush()
            self._timer = asyncio.get_running_loop().call_later(self._registry.flush_s, self._tick)

    def close(self) -> None:
        """Tell the rest and forget the message. Idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._flush()
        self._registry.forget(self)

    def _tick(self) -> None:
        self._timer = None
        if self._pending:
            self._flush()
            self._timer = asyncio.get_running_loop().call_later(self._registry.flush_s, self._tick)

    def _flush(self) -> None:
        if not self._pending:
            return
        delta = "".join(self._pending)
        self._pending.clear()
        frame = {
            "type": "message.delta",
            "conversationId": self.conversation_id,
            "messageId": self.message_id,
            "offset": self._offset,
            "delta": delta,
        }
        self._told.append(delta)
        self._offset += utf16_length(delta)
        self._registry.bus.publish(channel(self.conversation_id), Frame(orjson.dumps(frame)))


def utf16_length(text: str) -> int:
    """The length as JavaScript counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
