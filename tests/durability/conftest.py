"""Benches over every store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flow_runtime.clock import ManualClock
from flow_runtime.queues.memory import MemoryQueue
from flow_runtime.store import Store
from flow_runtime.stores.memory import MemoryStore
from flow_runtime.stores.migrate import migrate
from flow_runtime.stores.sqlite import SqliteStore
from tests.fakes.runtime_bench import Bench


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An open store with its tables."""
    found: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "peer.db")
    await found.open()
    await migrate(found)
    yield found
    await found.close()


@pytest.fixture
def clock() -> ManualClock:
    """Time that moves when the test says so."""
    return ManualClock()


@pytest.fixture
def idle(store: Store) -> Bench:
    """A bench that executes nothing until the test says so."""
    return Bench(store, MemoryQueue())


@pytest.fixture
async def bench(idle: Bench) -> AsyncIterator[Bench]:
    """A bench at work."""
    async with idle.serving(is_alone=True):
        yield idle
