"""The history of migrations gives exactly the tables that the code knows, on both databases."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

import peer_server.stores
from flow_runtime.store import Store
from flow_runtime.stores.postgres import PostgresStore
from flow_runtime.stores.sqlite import SqliteStore
from peer_server.app import VERSION_TABLE, bring_up_to_date
from peer_server.stores.columns import metadata

pytestmark = pytest.mark.anyio
for module in iter_modules(peer_server.stores.__path__):
    if module.name.endswith("_tables"):  # The metadata is whole once all of them are imported.
        import_module(f"peer_server.stores.{module.name}")


def differences(conn: Connection) -> list[object]:
    known = set(metadata.tables)
    elsewhere = {
        index.name
        for table in metadata.tables.values()
        for index in table.indexes
        if index._ddl_if is not None and index._ddl_if.dialect != conn.dialect.name
    }
    options = {
        "include_name": lambda name, kind, _parents: kind != "table" or name in known,
        "include_object": lambda _thing, name, *_: name not in elsewhere,
    }
    context = MigrationContext.configure(conn, opts={**options, "version_table": VERSION_TABLE})
    found: list[object] = compare_metadata(context, metadata)
    return found


async def prove(store: Store) -> None:
    # Given an empty database
    await store.open()
    try:
        # When it is brought up to date, twice
        await bring_up_to_date(store)
        await bring_up_to_date(store)
        # Then it has what the code knows
        assert await store.read(differences) == []
    finally:
        await store.close()


async def test_sqlite(tmp_path: Path) -> None:
    await prove(SqliteStore(tmp_path / "peer.db"))


async def test_postgresql(postgres_url: str) -> None:
    await prove(PostgresStore(postgres_url))
