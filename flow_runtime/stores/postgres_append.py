"""Group commit on PostgreSQL: one connection, one round trip and one flush for all appends that wait."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, repeat

import asyncpg

from flow_runtime import failpoints
from flow_runtime.errors import Fenced
from flow_runtime.run import RunStatus
from flow_runtime.store import Append
from flow_runtime.stores.columns import to_json, to_microseconds
from flow_runtime.stores.journal import stamp
from flow_runtime.stores.postgres_faults import is_transient, patiently

_MOST_PER_COMMIT = 256
"""A bound on how long the first of a batch waits for the last."""

# Atomic by itself: the events are inserted exactly if the run moved. The status is a parameter so that no plan made
# while the table was small walks the index of live runs; what remains is the lookup of one row by its key.
_APPEND = """
WITH moved AS (
    UPDATE runs SET event_seq = $4, touched_at = $5, fruitless_claims = 0
    WHERE id = $1 AND epoch = $2 AND event_seq = $3 AND status = $6
    RETURNING id, event_seq
), added AS (
    INSERT INTO run_events (run_id, seq, type, key, at, data)
    SELECT moved.id, event.* FROM moved, unnest($7::int[], $8::text[], $9::text[], $10::bigint[], $11::text[]) AS event
)
SELECT id, event_seq FROM moved
"""
_WRITTEN = """
SELECT id, $3::int AS event_seq FROM runs WHERE id = $1 AND epoch = $2 AND event_seq >= $3
"""
_SETTINGS = {"plan_cache_mode": "force_generic_plan"}


@dataclass(slots=True, frozen=True)
class _Job:
    """One waiting append, with the arguments of its statement; `moved` is what that answers if it succeeds."""

    future: asyncio.Future[None]
    append: Append
    arguments: tuple[object, ...]
    moved: tuple[str, int]


class PostgresAppender:
    """Gathers appends while a commit is under way and commits them all in the next. Bound to one event loop."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._waiting: list[_Job] = []
        self._worker: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect. Raises the driver's error."""
        await self._connected()

    async def close(self) -> None:
        """Write what waits, then disconnect. Idempotent."""
        if self._worker is not None:
            await self._worker
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def append(self, append: Append) -> None:
        """Journal events; durable on return. Raises `Fenced` or `StoreUnavailable`."""
        events = stamp(append)
        last = append.after_seq + len(events)
        instants = [to_microseconds(e.at) for e in events if e.at]
        head = (append.run_id, append.epoch, append.after_seq, last, max(instants, default=0), RunStatus.RUNNING.value)
        rows = (
            [e.seq for e in events],
            [e.type for e in events],
            [e.key for e in events],
            instants,
            [to_json(e.data) for e in events],
        )
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Job(future, append, (*head, *rows), (append.run_id, last)))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        await future

    async def _work(self) -> None:
        while self._waiting:
            batch = self._gather()
            try:
                await self._commit(batch)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is for the callers
                if len(batch) == 1 or is_transient(error.__cause__ or error):
                    _fail(batch, error)
                    continue
                # One at a time: a fault must hit only the append that has it.
                for job in batch:
                    try:
                        await self._commit([job], is_repeated=True)
                    except Exception as own:  # noqa: BLE001 - as above
                        _fail([job], own)

    def _gather(self) -> list[_Job]:
        """What waits, ordered by run so that locks are taken in one order; appends of one run stay in theirs."""
        batch = self._waiting[:_MOST_PER_COMMIT]
        del self._waiting[:_MOST_PER_COMMIT]
        return sorted(batch, key=lambda job: job.append.run_id)

    async def _commit(self, batch: list[_Job], *, is_repeated: bool = False) -> None:
        """Commit these together and tell their callers. Raises if none of them was written."""
        repeated = chain([is_repeated], repeat(True))

        async def attempt() -> set[tuple[str, int]]:
            may_be_written = next(repeated)
            connection = await self._connected()
            failpoints.hit("store.before_commit")
            # All in one round trip, and in one transaction: the driver sends them before a single "sync".
            moved = await self._fetch(connection, _APPEND, [job.arguments for job in batch])
            failpoints.hit("store.after_commit")
            if may_be_written and len(moved) < len(batch):
                # The attempt whose connection was lost may have committed after all: under our epoch only we write.
                wanted = [(*job.arguments[:2], job.moved[1]) for job in batch if job.append.events]
                moved += await self._fetch(connection, _WRITTEN, wanted)
            return {(record["id"], record["event_seq"]) for record in moved}

        written = await patiently(attempt)
        for job in batch:
            if job.future.done():
                continue
            if job.moved in written:
                job.future.set_result(None)
            else:
                job.future.set_exception(Fenced(job.append.run_id, job.append.epoch))

    async def _fetch(
        self, connection: "asyncpg.Connection[asyncpg.Record]", query: str, rows: Sequence[Sequence[object]]
    ) -> list[asyncpg.Record]:
        try:
            records: list[asyncpg.Record] = await connection.fetchmany(query, rows)
        except asyncpg.PostgresError:
            raise
        except Exception:
            # Not the server's own answer: whatever state this connection is in, the next attempt gets a new one.
            connection.terminate()
            self._connection = None
            raise
        return records

    async def _connected(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                self._dsn, timeout=5, command_timeout=30, server_settings=_SETTINGS
            )
        return self._connection


def _fail(batch: list[_Job], error: Exception) -> None:
    for job in batch:
        if not job.future.done():
            job.future.set_exception(error)
