"""Bring a database to the schema this code knows. One history per package, each with a version table of its own."""

import zlib
from importlib import import_module
from pathlib import Path
from types import ModuleType

from sqlalchemy import Connection, inspect, literal_column, select, table, text

from flow_runtime.errors import StoreUnavailable
from flow_runtime.store import Store, Transaction

PACKAGE = "flow_runtime.stores.migrations"
VERSION_TABLE = "flow_runtime_version"


async def migrate(store: Store, *, package: str = PACKAGE, version_table: str = VERSION_TABLE) -> None:
    """Apply what is missing of one package's history, all in one transaction. Idempotent; safe on many nodes at once.

    `package` holds `HEAD`, an `env.py` and `versions/`. Raises `StoreUnavailable` (`schema_newer`) if the database is
    ahead of this code: an older node must not write into a schema that it does not know.
    """
    history = import_module(package)
    version = await store.read(current_version, version_table)
    if version == history.HEAD:
        return
    if version is not None and version > history.HEAD:
        raise StoreUnavailable(
            "schema_newer",
            f"the database has schema {version!r} of {package!r}, this program knows up to {history.HEAD!r}",
            remedy="Start the newer release, or restore the backup that was made before the upgrade.",
        )
    await store.write(_upgrade, history, version_table)


def current_version(conn: Connection, version_table: str) -> str | None:
    """The revision that a database stands at; None if this history was never applied to it."""
    if not inspect(conn).has_table(version_table):
        return None
    version: str | None = conn.scalar(select(literal_column("version_num")).select_from(table(version_table)))
    return version


def _upgrade(tx: Transaction, history: ModuleType, version_table: str) -> None:
    # Imported only when there is something to do: 0.3 s that no ordinary start should pay.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    if tx.conn.dialect.name == "postgresql":
        # Nodes that start together queue here; all but the first then find nothing left to do.
        lock = zlib.crc32(version_table.encode())
        tx.conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
    config = Config(attributes={"configure": {"connection": tx.conn, "version_table": version_table}})
    config.set_main_option("script_location", str(Path(str(history.__file__)).parent))
    command.upgrade(config, "head")
