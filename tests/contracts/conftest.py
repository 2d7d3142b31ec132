"""The adapters that the contract tests run on."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from flow_runtime.store import Store
from flow_runtime.stores.memory import MemoryStore
from flow_runtime.stores.migrate import migrate
from flow_runtime.stores.postgres import PostgresStore
from flow_runtime.stores.sqlite import SqliteStore
from tests.contracts.stores import RunStates
from tests.services.postgres import PostgresServer


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """A migrated database that others are copied from: a copy takes a tenth of a migration's time."""
    name = postgres_server.create_database()

    async def migrate_template() -> None:
        store = PostgresStore(postgres_server.url(name), connections=1)
        await store.open()
        await migrate(store)
        await store.close()

    asyncio.run(migrate_template())
    return name


@pytest.fixture
def migrated_postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """The address of a migrated database that only this test uses."""
    name = postgres_server.create_database(template=postgres_template)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


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
    """One of each store: open, migrated, empty."""
    await closed_store.open()
    await migrate(closed_store)
    yield closed_store
    await closed_store.close()


@pytest.fixture
def run_states(store: Store) -> RunStates:
    """Makes runs in that store."""
    return RunStates(store)
