"""Conversations over every store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flow_runtime.store import Store
from flow_runtime.stores.memory import MemoryStore
from flow_runtime.stores.migrate import migrate
from flow_runtime.stores.postgres import PostgresStore
from flow_runtime.stores.sqlite import SqliteStore
from peer_server.app import MIGRATIONS, VERSION_TABLE
from tests.fakes.chat_bench import ChatBench


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """One of each store: open, migrated, empty."""
    found: Store = MemoryStore()
    if request.param == "sqlite":
        found = SqliteStore(tmp_path / "peer.db")
    elif request.param == "postgresql":
        found = PostgresStore(request.getfixturevalue("postgres_url"), connections=4)
    await found.open()
    await migrate(found)
    await migrate(found, package=MIGRATIONS, version_table=VERSION_TABLE)
    yield found
    await found.close()


@pytest.fixture
async def bench(store: Store) -> AsyncIterator[ChatBench]:
    """A process that serves conversations."""
    bench = ChatBench(store)
    async with bench.serving():
        yield bench
