"""The conversation log: append events under the conversation's lock, read them back, tell the sockets.

Lock order everywhere: run row → conversation row → the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import orjson
from sqlalchemy import Connection, Integer, bindparam, insert, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from flow_runtime.clock import Clock
from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.bus import Bus, Frame
from peer_server.stores.conversation_tables import conversation_events, conversations
from peer_server.wire import WireModel

LARGEST_VALUE = 128 * 1024
"""Bytes of one output or result inside an event."""
_PREVIEW = 4_000


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One row of the log; `event` is its JSON text."""

    conversation_id: str
    seq: int
    at: datetime
    event: str

    def frame(self) -> Frame:
        """The event as it goes over the wire."""
        head = f'{{"type":"event","conversationId":"{self.conversation_id}","seq":{self.seq},"at":"{rfc3339(self.at)}"'
        return Frame(f'{head},"event":{self.event}}}'.encode(), self.seq)


class ConversationLog:
    """Appends to the log of any conversation and publishes what was committed."""

    def __init__(self, *, bus: Bus, clock: Clock) -> None:
        self.clock = clock
        self._bus = bus

    def append(
        self, tx: Transaction, conversation_id: str, events: Sequence[WireModel], *, touch: bool = True, **values: Json
    ) -> int:
        """Add events in order and answer the seq of the last one. Takes the conversation's lock.

        `touch` marks the conversation as just used, which moves it up in lists; `values` are columns of the
        conversation to set with it. Frames go out after the commit.
        """
        now = self.clock.now()
        if touch:
            values["updated_at"] = now
        named = {f"new_{name}": value for name, value in values.items()}
        row = tx.conn.execute(_move(tuple(values)), {"conversation": conversation_id, "count": len(events), **named})
        last: int = row.scalar_one()
        if not events:
            return last
        first = last - len(events) + 1
        logged = [
            LoggedEvent(conversation_id, first + index, now, event_text(event)) for index, event in enumerate(events)
        ]
        tx.conn.execute(
            _ADD,
            [
                {
                    "conversation_id": conversation_id,
                    "seq": entry.seq,
                    "at": now,
                    "type": event.type,  # type: ignore[attr-defined]  # every event has a tag; their base has none
                    "event": entry.event,
                }
                for entry, event in zip(logged, events, strict=True)
            ],
        )
        tx.after_commit(lambda: self._publish(logged))
        return last

    def tell(self, tx: Transaction, conversation_id: str, frame: WireModel) -> None:
        """Send an ephemeral frame to everybody who has the conversation open, once the transaction is durable."""
        tx.after_commit(lambda: self._bus.publish(channel(conversation_id), frame))

    def _publish(self, logged: Sequence[LoggedEvent]) -> None:
        for entry in logged:
            self._bus.publish(channel(entry.conversation_id), entry.frame())


_ADD = insert(conversation_events)


@lru_cache(maxsize=64)
def _move(names: tuple[str, ...]) -> ReturningUpdate[int]:
    """Count events and set these columns, in one statement that is built once."""
    table = conversations
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    moved = update(table).where(table.c.id == bindparam("conversation"))
    moved = moved.values({"last_seq": table.c.last_seq + bindparam("count", type_=Integer), **values})
    return moved.returning(table.c.last_seq)


def channel(conversation_id: str) -> str:
    """The bus channel of everybody who has this conversation open."""
    return f"conversation:{conversation_id}"


def read_events(conn: Connection, conversation_id: str, *, after_seq: int, limit: int) -> list[LoggedEvent]:
    """At most `limit` events after that seq, in order."""
    values = {"conversation": conversation_id, "after": after_seq, "at_most": limit}
    return [LoggedEvent(*row) for row in conn.execute(_READ, values)]


def workspace_channel(workspace_id: str) -> str:
    """The bus channel on which a workspace tells whose inboxes have changed."""
    return f"workspace:{workspace_id}"


_READ = (
    select(
        conversation_events.c.conversation_id,
        conversation_events.c.seq,
        conversation_events.c.at,
        conversation_events.c.event,
    )
    .where(
        conversation_events.c.conversation_id == bindparam("conversation"),
        conversation_events.c.seq > bindparam("after"),
    )
    .order_by(conversation_events.c.seq)
    .limit(bindparam("at_most", type_=Integer))
)


def event_text(event: WireModel) -> str:
    """The JSON text of an event: absent fields are absent, never null."""
    return orjson.dumps(event.model_dump(mode="json", by_alias=True, exclude_none=True)).decode()


def told(value: Json) -> Json:
    """The value as events carry it: what is too large for everybody's socket is only described. Runs keep it whole."""
    size = 0 if value is None else len(orjson.dumps(value))
    if size <= LARGEST_VALUE:
        return value
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return {"truncated": True, "bytes": size, "preview": text[:_PREVIEW]}


def rfc3339(at: datetime) -> str:
    """An instant as the wire writes it: UTC, milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
