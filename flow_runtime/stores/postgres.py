"""The PostgreSQL store: any number of processes on one database."""

from collections.abc import Callable
from itertools import count
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from flow_runtime.errors import StoreUnavailable
from flow_runtime.store import Append, Transaction
from flow_runtime.stores.after_commit import run_callbacks
from flow_runtime.stores.postgres_append import PostgresAppender
from flow_runtime.stores.postgres_commit import OneCommit, forget_marks
from flow_runtime.stores.postgres_faults import patiently

P = ParamSpec("P")
T = TypeVar("T")

_CONNECTIONS = 10
_FORGET_EVERY = 5000
"""Writes after which old marks of commits are removed."""
_CONNECT = {
    "timeout": 5,
    "command_timeout": 60,
    # A transaction whose client has vanished must not hold its locks for as long as TCP takes to notice.
    "server_settings": {"idle_in_transaction_session_timeout": "15s"},
}


class PostgresStore:
    """A `Store` in a PostgreSQL database (13 or newer). `url` as SQLAlchemy or libpq spell it."""

    dialect = "postgresql"

    def __init__(self, url: str, *, connections: int = _CONNECTIONS) -> None:
        self._url = make_url(url).set(drivername="postgresql+asyncpg")
        self._connections = connections
        self._writes = count(1)
        self._engine: AsyncEngine | None = None
        self._reading: AsyncEngine | None = None
        self._appender: PostgresAppender | None = None

    async def open(self) -> None:
        """Connect. Waits a little for a server that is starting; raises `StoreUnavailable`."""
        engine = create_async_engine(
            self._url, pool_size=self._connections, max_overflow=self._connections, connect_args=_CONNECT
        )
        reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        appender = PostgresAppender(self._url.set(drivername="postgresql").render_as_string(hide_password=False))
        try:
            await patiently(appender.open)
        except Exception:
            await engine.dispose()
            raise
        self._engine, self._reading, self._appender = engine, reading, appender

    async def close(self) -> None:
        """Write what is queued, then disconnect. Idempotent."""
        if self._engine is None or self._appender is None:
            return
        engine, appender = self._engine, self._appender
        self._engine = self._reading = self._appender = None
        await appender.close()
        await engine.dispose()

    async def write(self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the function in a transaction, as often as it takes; it commits exactly once."""
        engine = self._open(self._engine)
        commit = OneCommit(engine, lambda tx: function(tx, *args, **kwargs))
        answer, callbacks = await patiently(commit.attempt)
        run_callbacks(callbacks)
        if next(self._writes) % _FORGET_EVERY == 0:
            await patiently(lambda: forget_marks(engine))
        return answer

    async def read(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the function on one snapshot."""
        engine = self._open(self._reading)

        async def attempt() -> T:
            async with engine.connect() as conn:
                return await conn.run_sync(lambda sync: function(sync, *args, **kwargs))

        return await patiently(attempt)

    async def append(self, append: Append) -> None:
        """Journal events. Raises `Fenced`."""
        await self._open(self._appender).append(append)

    def _open(self, part: T | None) -> T:
        if part is None:
            raise StoreUnavailable("store_closed", "the store is not open", remedy="Open it first.")
        return part
