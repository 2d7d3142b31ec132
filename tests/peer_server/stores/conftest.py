"""Migrated stores of both kinds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flow_runtime.store import Store
from flow_runtime.stores.postgres import PostgresStore
from flow_runtime.stores.sqlite import SqliteStore
from peer_server.app import bring_up_to_date


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """One of each store that keeps something: open, migrated, empty."""
    found: Store = SqliteStore(tmp_path / "peer.db")
    if request.param == "postgresql":
        found = PostgresStore(request.getfixturevalue("postgres_url"), connections=8)
    await found.open()
    await bring_up_to_date(found)
    yield found
    await found.close()
