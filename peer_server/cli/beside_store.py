"""A store straight over the database, beside a server that is running: a transaction at a time, for work in pieces."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from flow_runtime.errors import StoreUnavailable
from flow_runtime.store import Append, Transaction
from peer_server.app import is_embedded
from peer_server.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")
_PATIENCE_S = 30


class BesideStore:
    """A `Store` that takes no lock of its own; what must happen after a commit is left to the server."""

    def __init__(self, engine: Engine | AsyncEngine) -> None:
        self._engine = engine
        self.dialect = engine.dialect.name

    async def open(self) -> None:
        """Nothing to do: each transaction connects."""

    async def close(self) -> None:
        """Let go of the database."""
        if isinstance(self._engine, AsyncEngine):
            await self._engine.dispose()
        else:
            self._engine.dispose()

    async def write(self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the function in a transaction."""

        def whole(conn: Connection) -> T:
            tx = Transaction(conn)
            done = function(tx, *args, **kwargs)
            tx.run_endings()
            return done

        return await self._within(whole)

    async def read(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the function on what is committed."""
        return await self._within(lambda conn: function(conn, *args, **kwargs))

    async def append(self, append: Append) -> None:
        """Journals are written by servers only."""
        raise StoreUnavailable("store_closed", "no run is executed from here", remedy="start a server")

    async def _within(self, work: Callable[[Connection], T]) -> T:
        if isinstance(self._engine, AsyncEngine):
            async with self._engine.begin() as conn:
                return await conn.run_sync(work)
        return await asyncio.to_thread(_in_transaction, self._engine, work)


@asynccontextmanager
async def store_beside(settings: Settings) -> AsyncIterator[BesideStore]:
    """Such a store as long as the block lasts. Raises `FileNotFoundError` if there is no database yet."""
    store = BesideStore(_engine(settings))
    try:
        yield store
    finally:
        await store.close()


def _engine(settings: Settings) -> Engine | AsyncEngine:
    if not is_embedded(settings):
        return create_async_engine(make_url(settings.database).set(drivername="postgresql+asyncpg"))
    path = Path(settings.database.removeprefix("sqlite:///"))
    if not path.exists():
        raise FileNotFoundError(f"there is no database at {path}; start the server once, or name its --data-dir")
    engine = create_engine(settings.database, connect_args={"timeout": _PATIENCE_S, "check_same_thread": False})
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA foreign_keys = ON").close())
    return engine


def _in_transaction(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.begin() as conn:
        return work(conn)
