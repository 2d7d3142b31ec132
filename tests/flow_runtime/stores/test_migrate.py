"""The history of the schema and the tables that the code uses must say the same."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import flow_runtime.stores.migrations
from flow_runtime.store import Store
from flow_runtime.stores.memory import MemoryStore
from flow_runtime.stores.migrate import migrate
from flow_runtime.stores.migrations import HEAD
from flow_runtime.stores.postgres import PostgresStore
from flow_runtime.stores.tables import metadata

pytestmark = pytest.mark.anyio

OF_POSTGRESQL = ("pgqueuer", "flow_runtime_version", "flow_runtime_commits")


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
async def test_the_history_ends_at_the_tables(request: pytest.FixtureRequest, dialect: str, postgres_url: str) -> None:
    # Given a database that went through the whole history
    store: Store = MemoryStore() if dialect == "sqlite" else PostgresStore(postgres_url, connections=1)
    await store.open()
    await migrate(store)

    # When it is compared with the tables in the code
    def differences(conn: Connection) -> list[object]:
        options = {"include_name": lambda name, kind, _: kind != "table" or not str(name).startswith(OF_POSTGRESQL)}
        return list(compare_metadata(MigrationContext.configure(conn, opts=options), metadata))

    # Then nothing differs
    assert await store.read(differences) == []
    await store.close()


def test_head_is_the_last_revision() -> None:
    folder = Path(str(flow_runtime.stores.migrations.__file__)).parent

    assert ScriptDirectory(str(folder)).get_heads() == [HEAD]
