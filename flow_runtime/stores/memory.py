"""The memory store: an SQLite database that lives as long as the process. For tests, previews and flow checks."""

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, StaticPool, create_engine

from flow_runtime.errors import StoreUnavailable
from flow_runtime.store import Append, Transaction
from flow_runtime.stores.group_commit import GroupCommit

P = ParamSpec("P")
T = TypeVar("T")


class MemoryStore:
    """A `Store` that keeps nothing: the very code of the SQLite store, on one connection without a file."""

    dialect = "sqlite"

    def __init__(self) -> None:
        self._writer: GroupCommit | None = None
        self._engine: Engine | None = None

    async def open(self) -> None:
        """Begin with an empty database."""
        self._engine = create_engine("sqlite+pysqlite://", poolclass=StaticPool, creator=_connect)
        self._writer = GroupCommit(self._engine.connect(), asyncio.get_running_loop())

    async def close(self) -> None:
        """Forget everything. Idempotent."""
        if self._writer is None or self._engine is None:
            return
        writer, engine = self._writer, self._engine
        self._writer = self._engine = None
        await asyncio.to_thread(writer.close)
        engine.dispose()

    async def write(self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the function in a transaction."""
        answer: T = await self._open_writer().write(lambda tx: function(tx, *args, **kwargs))
        return answer

    async def read(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the function in the writer's turn: one connection cannot show two states."""
        answer: T = await self._open_writer().write(lambda tx: function(tx.conn, *args, **kwargs))
        return answer

    async def append(self, append: Append) -> None:
        """Journal events. Raises `Fenced`."""
        await self._open_writer().append(append)

    def _open_writer(self) -> GroupCommit:
        if self._writer is None:
            raise StoreUnavailable("store_closed", "the store is not open", remedy="Open it first.")
        return self._writer


def _connect() -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    conn.execute("PRAGMA foreign_keys = ON").close()
    return conn
