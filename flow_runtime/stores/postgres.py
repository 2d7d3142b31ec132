"""The PostgreSQL store: any number of processes on one database."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from flow_runtime import failpoints
from flow_runtime.errors import StoreUnavailable
from flow_runtime.store import Append, Transaction
from flow_runtime.stores.postgres_append import PostgresAppender
from flow_runtime.stores.postgres_faults import is_transient, patiently

P = ParamSpec("P")
T = TypeVar("T")

_CONNECTIONS = 10
_XID = text("SELECT pg_current_xact_id_if_assigned()::text")
_FATE = text("SELECT pg_xact_status(CAST(CAST(:xid AS text) AS xid8))")


class PostgresStore:
    """A `Store` in a PostgreSQL database (13 or newer). `url` as SQLAlchemy or libpq spell it."""

    dialect = "postgresql"

    def __init__(self, url: str, *, connections: int = _CONNECTIONS) -> None:
        self._url = make_url(url).set(drivername="postgresql+asyncpg")
        self._connections = connections
        self._engine: AsyncEngine | None = None
        self._reading: AsyncEngine | None = None
        self._appender: PostgresAppender | None = None

    async def open(self) -> None:
        """Connect. Waits a little for a server that is starting; raises `StoreUnavailable`."""
        engine = create_async_engine(self._url, pool_size=self._connections, max_overflow=self._connections)
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
        callbacks: list[Callable[[], None]] = []

        def change(conn: Connection) -> T:
            callbacks.clear()
            return function(Transaction(conn, callbacks), *args, **kwargs)

        answer = await patiently(lambda: _commit(engine, change))
        for callback in callbacks:
            callback()
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


async def _commit(engine: AsyncEngine, change: Callable[[Connection], T]) -> T:
    """One attempt. A connection lost during the commit leaves its outcome open, so the server is asked for it."""
    async with engine.connect() as conn:
        answer = await conn.run_sync(change)
        xid: str | None = (await conn.execute(_XID)).scalar_one()
        failpoints.hit("store.before_commit")
        try:
            await conn.commit()
        except Exception as error:
            if xid is None or not is_transient(error) or not await patiently(lambda: _committed(engine, xid)):
                raise
        failpoints.hit("store.after_commit")
    return answer


async def _committed(engine: AsyncEngine, xid: str) -> bool:
    """Whether that transaction was committed. Raises a transient error while the server does not know it yet."""
    async with engine.connect() as conn:
        fate = (await conn.execute(_FATE, {"xid": xid})).scalar_one()
    if fate == "in progress":
        raise ConnectionError("the lost transaction has not ended yet")
    return bool(fate == "committed")
