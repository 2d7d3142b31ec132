"""The queue of many processes: PgQueuer's jobs in the same PostgreSQL, added inside our transactions.

Its heartbeats notice a dead worker, and any other worker then gets the same job. It is a hint, not the truth: a job may
come twice (the run's epoch decides) or get lost (the reconciler puts it back).
"""

import asyncio
import logging
from collections.abc import Collection, Mapping
from datetime import timedelta

import asyncpg
from pgqueuer.adapters.persistence.qb import QueryQueueBuilder
from pgqueuer.domain.settings import db_settings
from sqlalchemy import make_url

from flow_runtime.errors import StoreUnavailable
from flow_runtime.queue import Handler
from flow_runtime.queues.lanes import Lanes, is_batch
from flow_runtime.queues.pgqueuer_lane import JobRunner, PgQueuerLane
from flow_runtime.store import Transaction

_log = logging.getLogger(__name__)

_BATCH_SUFFIX = ":batch"
_ENQUEUE = QueryQueueBuilder().build_enqueue_query()
# The tables' names come from PgQueuer's own settings, never from outside.
_MISSING = f"""
SELECT wanted.id FROM unnest($1::bigint[]) AS wanted (id)
WHERE NOT EXISTS (SELECT FROM {db_settings().qualified.queue_table} AS job WHERE job.id = wanted.id)
"""  # noqa: S608 - see above
_PRUNE = f"DELETE FROM {db_settings().qualified.queue_table_log} WHERE created < now() - interval '1 day'"  # noqa: S608
_PRUNE_EVERY_S = 3600.0
_CONNECT_S = 5.0


class PgQueuerQueue:
    """A `Queue` on PostgreSQL. `url` must reach the server directly, not through a pooler: it listens.

    `heartbeat_s` is how long a worker may be silent before its jobs go to another one; `drain_s` bounds how long
    `close` waits for the handlers that run, which are then cancelled.
    """

    def __init__(
        self, url: str, *, lanes: Lanes | None = None, heartbeat_s: float = 8.0, drain_s: float = 10.0
    ) -> None:
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._drain_s = drain_s
        self._runner = JobRunner()
        lanes, heartbeat = lanes or Lanes(), timedelta(seconds=heartbeat_s)
        self._interactive, self._batch = (
            PgQueuerLane(self._dsn, limit=limit, heartbeat=heartbeat, runner=self._runner)
            for limit in (lanes.interactive, lanes.batch)
        )

    def enqueue(self, tx: Transaction, kind: str, payload: str, *, priority: int = 0) -> int:
        """Add a job inside the caller's transaction."""
        entrypoint = kind + _BATCH_SUFFIX if is_batch(priority) else kind
        row = ([priority], [entrypoint], [payload.encode()], [timedelta(0)], [None], [None])
        return int(tx.conn.exec_driver_sql(_ENQUEUE, row).one().id)

    def has_room(self, *, priority: int = 0) -> bool:
        """Never certain: whichever process is the first to ask gets the job."""
        return False

    async def run(self, handlers: Mapping[str, Handler]) -> None:
        """Take jobs until `close`; after any database error, with fresh connections."""
        async with asyncio.TaskGroup() as tasks:
            pruning = tasks.create_task(self._keep_log_short())
            async with asyncio.TaskGroup() as lanes:
                lanes.create_task(self._interactive.serve(handlers))
                lanes.create_task(
                    self._batch.serve({kind + _BATCH_SUFFIX: handler for kind, handler in handlers.items()})
                )
            pruning.cancel()

    async def close(self) -> None:
        """Take no more jobs, wait for the handlers that run, let `run` return."""
        self._interactive.close()
        self._batch.close()
        await self._runner.drain(at_most_s=self._drain_s)

    async def missing(self, job_ids: Collection[int]) -> set[int]:
        """Which of these jobs are not in the queue's table. Raises `StoreUnavailable`."""
        if not job_ids:
            return set()
        try:
            connection = await asyncpg.connect(self._dsn, timeout=_CONNECT_S)
            try:
                return {record["id"] for record in await connection.fetch(_MISSING, list(job_ids))}
            finally:
                await connection.close()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise StoreUnavailable(
                "store_unavailable", f"the queue is unavailable: {error}", remedy="Check the database server."
            ) from error

    async def _keep_log_short(self) -> None:
        """PgQueuer notes every job in a log that nothing else would ever shorten."""
        while True:
            await asyncio.sleep(_PRUNE_EVERY_S)
            try:
                connection = await asyncpg.connect(self._dsn, timeout=_CONNECT_S)
                try:
                    await connection.execute(_PRUNE)
                finally:
                    await connection.close()
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                _log.warning("could not shorten the queue's log; trying again later", exc_info=True)
