"""Benches over every store and its queue."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flow_runtime.clock import ManualClock
from flow_runtime.queue import Queue
from flow_runtime.queues.memory import MemoryQueue
from flow_runtime.queues.pgqueuer import PgQueuerQueue
from flow_runtime.store import Store
from flow_runtime.stores.memory import MemoryStore
from flow_runtime.stores.migrate import migrate
from flow_runtime.stores.postgres import PostgresStore
from flow_runtime.stores.sqlite import SqliteStore
from tests.contracts.conftest import migrated_postgres_url, postgres_template
from tests.fakes.runtime_bench import Bench

__all__ = ["migrated_postgres_url", "postgres_template"]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def closed_store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """One of each store, not yet open."""
    if request.param == "memory":
        return MemoryStore()
    if request.param == "sqlite":
        return SqliteStore(tmp_path / "peer.db")
    return PostgresStore(request.getfixturevalue("migrated_postgres_url"), connections=4)


@pytest.fixture
async def store(closed_store: Store) -> AsyncIterator[Store]:
    """An open store with its tables."""
    await closed_store.open()
    await migrate(closed_store)
    yield closed_store
    await closed_store.close()


@pytest.fixture
def queue(closed_store: Store, request: pytest.FixtureRequest) -> Queue:
    """The queue that belongs to that store."""
    if closed_store.dialect == "postgresql":
        return PgQueuerQueue(request.getfixturevalue("migrated_postgres_url"), heartbeat_s=2.0, drain_s=2.0)
    return MemoryQueue(drain_s=2.0)


@pytest.fixture
def clock() -> ManualClock:
    """Time that moves when the test says so."""
    return ManualClock()


@pytest.fixture
def idle(store: Store, queue: Queue) -> Bench:
    """A bench that executes nothing until the test says so."""
    return Bench(store, queue)


@pytest.fixture
async def bench(idle: Bench) -> AsyncIterator[Bench]:
    """A bench at work."""
    async with idle.serving(is_alone=True):
        yield idle
