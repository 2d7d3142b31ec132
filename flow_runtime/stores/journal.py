"""The journal: appending under the fence, and reading back. The hot path's SQL is `APPEND` and `ADD_EVENT`."""

from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from flow_runtime.errors import Fenced
from flow_runtime.run import Event, RunStatus
from flow_runtime.store import Append, Transaction
from flow_runtime.stores.rows import EVENT_COLUMNS, to_event
from flow_runtime.stores.tables import run_events, runs

_MOVE = (
    update(runs)
    .where(
        runs.c.id == bindparam("run"),
        runs.c.epoch == bindparam("held"),
        runs.c.event_seq == bindparam("after"),
        runs.c.status == RunStatus.RUNNING,
    )
    .values(event_seq=bindparam("last"), touched_at=bindparam("now"), fruitless_claims=0)
)
_ADD = insert(run_events)
_READ = (
    select(*EVENT_COLUMNS)
    .where(run_events.c.run_id == bindparam("run"), run_events.c.seq > bindparam("after"))
    .order_by(run_events.c.seq)
)


def stamp(append: Append, *, now: datetime | None = None) -> list[Event]:
    """The events of an append as they will be journaled: numbered after `after_seq`, with their own time or now."""
    at = now or datetime.now(UTC)
    return [
        event if event.seq == seq and event.at else Event(event.type, event.key, event.data, seq, event.at or at)
        for seq, event in enumerate(append.events, start=append.after_seq + 1)
    ]


def append_events(tx: Transaction, append: Append) -> list[Event]:
    """Journal events together with whatever else this transaction writes. Locks the run.

    Answers them with seq and time. Raises `Fenced` if the epoch has moved on, the run is not running or `after_seq` is
    not the last event: another worker owns the run, and nothing was written.
    """
    events = stamp(append)
    moved = tx.conn.execute(
        _MOVE,
        {
            "run": append.run_id,
            "held": append.epoch,
            "after": append.after_seq,
            "last": append.after_seq + len(events),
            "now": events[-1].at if events else datetime.now(UTC),
        },
    )
    if moved.rowcount != 1:
        raise Fenced(append.run_id, append.epoch)
    add_events(tx, append.run_id, events)
    return events


def add_events(tx: Transaction, run_id: str, events: list[Event]) -> None:
    """Insert stamped events. The caller has moved the run's `event_seq` in this transaction."""
    rows = [{"run_id": run_id, "seq": e.seq, "type": e.type, "key": e.key, "at": e.at, "data": e.data} for e in events]
    if rows:
        tx.conn.execute(_ADD, rows)


def read_events(conn: Connection, run_id: str, *, after_seq: int = 0) -> list[Event]:
    """The journal of a run after that seq, in order; empty for a run that does not exist."""
    return [to_event(row) for row in conn.execute(_READ, {"run": run_id, "after": after_seq})]
