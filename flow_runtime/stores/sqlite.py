"""The SQLite store: one writer thread with group commit, a few readers, one process per file."""

import asyncio
import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, NullPool, create_engine, event

from flow_runtime.errors import StoreUnavailable
from flow_runtime.store import Append, Transaction
from flow_runtime.stores.group_commit import GroupCommit
from flow_runtime.stores.prepared import PreparingConnection

P = ParamSpec("P")
T = TypeVar("T")

_READERS = 4
_PRAGMAS = (
    "PRAGMA busy_timeout = 5000",  # somebody else's backup may hold the file for a moment
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # NORMAL survives a killed process, but not a power cut
    "PRAGMA foreign_keys = ON",
)


class SqliteStore:
    """A `Store` in one SQLite file. Every write is flushed to disk before it is answered.

    A lock file beside the database refuses a second process. Bound to the event loop that opened it.
    """

    dialect = "sqlite"

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._lock: int | None = None
        self._writer: GroupCommit | None = None
        self._readers: _Readers | None = None
        self._engine: Engine | None = None

    async def open(self) -> None:
        """Take the file. Raises `StoreUnavailable` if another process has it or it cannot be opened."""
        self._lock = _take_lock(self._path)
        try:
            self._engine = _engine(f"sqlite+pysqlite:///{self._path}")
            conn = await asyncio.to_thread(PreparingConnection, self._engine)
        except Exception as error:
            _release_lock(self._lock)
            self._lock = None
            raise StoreUnavailable(
                "store_unavailable",
                f"cannot open the database {str(self._path)!r}: {error}",
                remedy="Check that the file is an SQLite database and that this user may write it and its directory.",
            ) from error
        self._writer = GroupCommit(conn, asyncio.get_running_loop())
        self._readers = _Readers(self._engine)

    async def close(self) -> None:
        """Write what is queued, then let go of the file. Idempotent."""
        if self._writer is None or self._readers is None or self._engine is None or self._lock is None:
            return
        writer, readers, engine, lock = self._writer, self._readers, self._engine, self._lock
        self._writer = self._readers = self._engine = self._lock = None
        await asyncio.to_thread(readers.close)
        await asyncio.to_thread(writer.close)
        engine.dispose()
        _release_lock(lock)

    async def write(self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the function, commit it together with whatever else waits, and answer then."""
        answer: T = await self._open_writer().write(lambda tx: function(tx, *args, **kwargs))
        return answer

    async def read(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the function on a snapshot of its own; writers are neither waited for nor held up."""
        if self._readers is None:
            raise _closed()
        return await self._readers.run(lambda conn: function(conn, *args, **kwargs))

    async def append(self, append: Append) -> None:
        """Journal events. Raises `Fenced`."""
        await self._open_writer().append(append)

    def _open_writer(self) -> GroupCommit:
        if self._writer is None:
            raise _closed()
        return self._writer


class _Readers:
    """A few threads, each with a read-only connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")
        self._own = threading.local()
        self._connections: list[Connection] = []

    async def run(self, function: Callable[[Connection], T]) -> T:
        """The function's answer, computed in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._snapshot, function)

    def close(self) -> None:
        """Finish what is running and close the connections. Blocks."""
        self._threads.shutdown()
        for conn in self._connections:
            conn.close()

    def _snapshot(self, function: Callable[[Connection], T]) -> T:
        conn: PreparingConnection | None = getattr(self._own, "conn", None)
        if conn is None:
            conn = PreparingConnection(self._engine)
            conn.begin()  # For SQLAlchemy this one never ends; the real ones are begun and ended in plain SQL.
            conn.driver.execute("PRAGMA query_only = ON")
            self._own.conn = conn
            self._connections.append(conn)
        conn.driver.execute("BEGIN")
        try:
            return function(conn)
        finally:
            conn.driver.execute("ROLLBACK")


def _engine(url: str) -> Engine:
    """An engine whose connections begin and end no transaction by themselves: this package does, in plain SQL."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(pragma).close()
        connection.create_function("lower", 1, _lower, deterministic=True)

    return engine


def _lower(text: str | None) -> str | None:
    """What SQLite's own `lower` is to ASCII, for all letters; and a Turkish dotted capital I is found by an i."""
    return None if text is None else text.lower().replace("i\u0307", "i")


def _take_lock(path: Path) -> int:
    """Lock the file beside the database for the life of this process; the system frees it even after a kill."""
    lock_path = path.with_name(path.name + ".lock")
    try:
        lock = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(
            "store_unavailable",
            f"cannot write beside the database: {error}",
            remedy="Choose a writable data directory.",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.pread(lock, 32, 0).decode("ascii", "replace").strip()
        os.close(lock)
        raise StoreUnavailable(
            "store_in_use",
            f"the database {str(path)!r} is in use by process {owner or 'unknown'}",
            remedy="Stop that process, or use PostgreSQL: it can serve many at once.",
        ) from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def _release_lock(lock: int) -> None:
    os.close(lock)


def _closed() -> StoreUnavailable:
    return StoreUnavailable("store_closed", "the store is not open", remedy="Open it first.")
