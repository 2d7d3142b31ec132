"""Issues credentials straight into the database, beside a server that is running: one row, in one short transaction."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from flow_runtime.store import Transaction
from peer_server.app import is_embedded, open_keyring
from peer_server.cli.start import plain_errors
from peer_server.services.credentials import Issued
from peer_server.services.sign_in import create_owner, issue_to_owner
from peer_server.settings import Settings, load_settings


def issue(kind: str, *, data_dir: Path | None) -> tuple[Settings, Issued]:
    """A new link or token for the owner. Ends the program with a clear sentence if there is no database yet."""
    with plain_errors():
        settings = load_settings(data_dir=data_dir)
        keyring = open_keyring(settings)

        def make(conn: Connection) -> Issued:
            tx, now = Transaction(conn), datetime.now(UTC)
            create_owner(tx, name=settings.owner_name, keyring=keyring, now=now)
            issued = issue_to_owner(tx, kind=kind, keyring=keyring, now=now)
            tx.run_endings()
            return issued

        if not is_embedded(settings):
            return settings, asyncio.run(_on_postgres(settings, make))
        path = Path(settings.database.removeprefix("sqlite:///"))
        if not path.exists():
            raise FileNotFoundError(f"there is no database at {path}; start the server once, or name its --data-dir")
        engine = create_engine(settings.database)
        try:
            with engine.begin() as conn:
                return settings, make(conn)
        finally:
            engine.dispose()


async def _on_postgres(settings: Settings, make: Callable[[Connection], Issued]) -> Issued:
    engine = create_async_engine(make_url(settings.database).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.begin() as conn:
            return await conn.run_sync(make)
    finally:
        await engine.dispose()
