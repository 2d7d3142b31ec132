"""What the journal of a server that is down says: the runs, and which of their steps were finished how often."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, select

from flow_runtime.store import Store
from flow_runtime.stores.postgres import PostgresStore
from flow_runtime.stores.sqlite import SqliteStore
from flow_runtime.stores.tables import run_events, runs
from tests.faults.server_process import ServerProcess

StepKey = tuple[str, str]
"""Run id and step key."""


@dataclass(frozen=True)
class Journal:
    """The runs by id with their status, how often each step was finished, and whether every journal is gap-free."""

    runs: Mapping[str, str]
    finished: Counter[StepKey]
    has_gaps: bool


async def read_journal(server: ServerProcess) -> Journal:
    """Read it. The server must be down."""
    async with opened(server) as store:
        return await store.read(_journal)


@asynccontextmanager
async def opened(server: ServerProcess) -> AsyncIterator[Store]:
    """The database of a server that is down: SQLite belongs to one process at a time."""
    assert not server.is_alive
    url = server.database_url
    store: Store = PostgresStore(url, connections=1) if url else SqliteStore(server.folder / "data/peer.db")
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def _journal(conn: Connection) -> Journal:
    events = conn.execute(select(run_events).order_by(run_events.c.run_id, run_events.c.seq)).all()
    counts = Counter(event.run_id for event in events)
    last = {event.run_id: event.seq for event in events}
    return Journal(
        runs={row.id: row.status for row in conn.execute(select(runs))},
        finished=Counter((event.run_id, event.key) for event in events if event.type == "step.done"),
        has_gaps=any(last[run_id] != count for run_id, count in counts.items()),
    )
