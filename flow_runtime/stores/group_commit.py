"""One thread owns the SQLite connection for writing and commits together whatever is waiting.

A commit costs a disk flush whether it carries one change or hundreds, so the busier the process, the cheaper each
change. Nothing is acknowledged before the flush that made it durable.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from flow_runtime import failpoints
from flow_runtime.errors import Fenced, StoreUnavailable
from flow_runtime.store import Append, Transaction
from flow_runtime.stores.after_commit import run_callbacks
from flow_runtime.stores.columns import to_json, to_microseconds
from flow_runtime.stores.journal import stamp

_MOST_PER_COMMIT = 1024
"""A bound on how long the first of a batch waits for the last."""

_MOVE = (
    "UPDATE runs SET event_seq = ?, touched_at = ?, fruitless_claims = 0"
    " WHERE id = ? AND epoch = ? AND event_seq = ? AND status = 'running'"
)
_ADD = "INSERT INTO run_events (run_id, seq, type, key, at, data) VALUES (?, ?, ?, ?, ?, ?)"

_BROKEN = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
}
"""What no caller is to blame for: the disk is full or failing, or another program holds the file."""


@dataclass(slots=True)
class _Job:
    """One waiting change, and whom to tell. `callbacks` collects what must happen after the commit."""

    future: asyncio.Future[Any]
    change: Callable[[Transaction], object] | None = None
    move: tuple[object, ...] = ()
    rows: Sequence[tuple[object, ...]] = ()
    callbacks: list[Callable[[], None]] = field(default_factory=list)
    value: object = None
    error: Exception | None = None


class GroupCommit:
    """Gathers changes from the event loop, commits them in its thread, answers on the loop. Owns the connection.

    The connection must be in the driver's autocommit mode: transactions are begun and ended here, in plain SQL.
    """

    def __init__(self, conn: Connection, loop: asyncio.AbstractEventLoop) -> None:
        driver = conn.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            raise TypeError(f"the writer needs a sqlite3 connection, got {driver!r}")
        # For SQLAlchemy this transaction never ends, so nothing that runs in a change (a migration) ends the real one.
        conn.begin()
        self._conn = conn
        self._driver = driver
        self._loop = loop
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    def write(self, change: Callable[[Transaction], object]) -> asyncio.Future[Any]:
        """Run this change, perhaps more than once; the future has its answer once that is on disk."""
        job = _Job(self._loop.create_future(), change=change)
        self._jobs.put(job)
        return job.future

    def append(self, append: Append) -> asyncio.Future[None]:
        """Journal events; the future is done once they are on disk, or fails with `Fenced`."""
        # Encoded here, so that a value that is not JSON fails its own caller and never reaches a shared commit.
        events = stamp(append)
        run_id = append.run_id
        rows = [(run_id, e.seq, e.type, e.key, to_microseconds(e.at), to_json(e.data)) for e in events if e.at]
        touched = rows[-1][4] if rows else None
        move = (append.after_seq + len(rows), touched, run_id, append.epoch, append.after_seq)
        job = _Job(self._loop.create_future(), move=move, rows=rows)
        self._jobs.put(job)
        return job.future

    def close(self) -> None:
        """Finish what is queued, stop the thread, close the connection. Blocks; submit nothing afterwards."""
        self._jobs.put(None)
        self._thread.join()
        self._conn.close()

    def _work(self) -> None:
        closing = False
        while not closing:
            batch, closing = self._gather()
            if not batch:
                continue
            # Savepoints are a third of all calls to SQLite, so only a batch in which a change fails pays for them.
            if not (self._commit(batch) or self._commit(batch, behind_savepoints=True)):
                # One at a time: a fault must hit only the change that has it.
                for job in batch:
                    self._commit([job])
            self._loop.call_soon_threadsafe(_answer, batch)

    def _gather(self) -> tuple[list[_Job], bool]:
        """Wait for a job, then take all that are waiting with it. The flag tells that the store closes."""
        batch: list[_Job] = []
        job = self._jobs.get()
        while job is not None and len(batch) < _MOST_PER_COMMIT:
            batch.append(job)
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return batch, False
        if job is not None:
            batch.append(job)
        return batch, job is None

    def _commit(self, batch: list[_Job], *, behind_savepoints: bool = False) -> bool:
        """Commit these jobs together. False: nothing was written, and they must be tried with more care.

        Behind savepoints a change that fails takes none of the others with it. One alone has its error.
        """
        try:
            self._driver.execute("BEGIN IMMEDIATE")
            for job in batch:
                self._attempt(job, behind_savepoint=behind_savepoints)
            failpoints.hit("store.before_commit")
            self._driver.execute("COMMIT")
            failpoints.hit("store.after_commit")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is for the callers, and this thread goes on
            with suppress(sqlite3.Error):
                self._driver.execute("ROLLBACK")
            for job in batch:
                job.error = _translated(error)
                job.callbacks.clear()
            return len(batch) == 1
        return True

    def _attempt(self, job: _Job, *, behind_savepoint: bool) -> None:
        """Make one change inside the open transaction. Raises if the whole transaction is lost."""
        job.error = None
        job.callbacks.clear()
        if job.change is not None:
            attempt = self._change_behind_savepoint if behind_savepoint else self._change
            attempt(job, job.change)
        elif self._driver.execute(_MOVE, job.move).rowcount == 1:
            self._driver.executemany(_ADD, job.rows)
        else:
            job.error = Fenced(str(job.move[2]), int(str(job.move[3])))

    def _change(self, job: _Job, change: Callable[[Transaction], object]) -> None:
        tx = Transaction(self._conn, job.callbacks)
        job.value = change(tx)
        tx.run_endings()

    def _change_behind_savepoint(self, job: _Job, change: Callable[[Transaction], object]) -> None:
        self._driver.execute("SAVEPOINT change")
        try:
            self._change(job, change)
        except Exception as error:
            if not self._driver.in_transaction:
                raise
            self._driver.execute("ROLLBACK TO change")
            job.error = _translated(error)
            job.callbacks.clear()
        self._driver.execute("RELEASE change")


def _answer(batch: list[_Job]) -> None:
    """On the event loop, after the commit: callbacks in order, then the futures. A cancelled caller hears nothing."""
    for job in batch:
        run_callbacks(job.callbacks)
        if job.future.done():
            continue
        if job.error is None:
            job.future.set_result(job.value)
        else:
            job.future.set_exception(job.error)


def _translated(error: Exception) -> Exception:
    """`StoreUnavailable` where the database itself failed; anything else belongs to the caller as it is."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    # The low byte is the primary code: SQLITE_IOERR_FSYNC is an SQLITE_IOERR.
    if code is not None and code & 0xFF in _BROKEN:
        return StoreUnavailable(
            "store_unavailable",
            f"the database refused the write: {cause}",
            remedy="Nothing was written. Check the disk's free space and health, then try again.",
        )
    return error
