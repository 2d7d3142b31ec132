"""Short writes straight into the database, beside a server that is running."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from flow_runtime.store import Transaction
from peer_server.app import is_embedded
from peer_server.settings import Settings

T = TypeVar("T")


def write_beside(settings: Settings, work: Callable[[Transaction], T]) -> T:
    """Do this in one transaction. Raises `FileNotFoundError` if there is no database yet."""

    def whole(conn: Connection) -> T:
        tx = Transaction(conn)
        done = work(tx)
        tx.run_endings()
        return done

    if not is_embedded(settings):
        return asyncio.run(_on_postgres(settings, whole))
    path = Path(settings.database.removeprefix("sqlite:///"))
    if not path.exists():
        raise FileNotFoundError(f"there is no database at {path}; start the server once, or name its --data-dir")
    engine = create_engine(settings.database)
    try:
        with engine.begin() as conn:
            return whole(conn)
    finally:
        engine.dispose()


async def _on_postgres(settings: Settings, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(make_url(settings.database).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.begin() as conn:
            return await conn.run_sync(work)
    finally:
        await engine.dispose()
