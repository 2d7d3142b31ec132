"""One lane of PgQueuer: a manager that takes jobs, replaced by a fresh one as soon as it loses its database."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import HealthCheckEvent, Job
from pgqueuer.ports.driver import NotifyCallback

from flow_runtime.queue import Handler

_log = logging.getLogger(__name__)

_POLL = timedelta(seconds=1.5)
"""How long a lost notification can delay a job."""
_PICK = 10
"""Jobs that one query takes."""
_CONNECTIONS = 4
"""One listens, the others serve queries."""
_CONNECT_S = 5.0
_HEALTHY_WITHIN = timedelta(seconds=10)
_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 2.0
"""Before a lost database is tried again: growing from one to the other."""


class JobRunner:
    """The handlers that run in this process, by job id. They outlive the manager that took their jobs."""

    def __init__(self) -> None:
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def handle(self, job: Job, handler: Handler) -> None:
        """Call the handler, or wait for the call that a lost manager began for the same job."""
        task = self._tasks.get(job.id)
        if task is None:
            task = asyncio.create_task(self._call(job, handler))
            self._tasks[job.id] = task
            task.add_done_callback(lambda _: self._tasks.pop(job.id))
        await asyncio.shield(task)

    async def drain(self, *, at_most_s: float) -> None:
        """Wait for all calls; cancel those that take longer."""
        if not self._tasks:
            return
        await asyncio.wait(self._tasks.values(), timeout=at_most_s)
        self.cancel()

    def cancel(self) -> None:
        """Cancel all calls."""
        for task in list(self._tasks.values()):
            task.cancel()

    async def _call(self, job: Job, handler: Handler) -> None:
        try:
            await handler((job.payload or b"").decode(), job.id)
        except Exception:  # noqa: BLE001 - one job's fault must not stop the others
            _log.exception("the handler of job %s %s failed", job.entrypoint, job.id)


class PgQueuerLane:
    """Takes the jobs of some entrypoints, at most `limit` at a time, until `close`."""

    def __init__(self, dsn: str, *, limit: int, heartbeat: timedelta, runner: JobRunner) -> None:
        self._dsn = dsn
        self._limit = max(limit, 2 * _PICK)
        self._heartbeat = heartbeat
        self._runner = runner
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Take no more jobs. `serve` returns once the handlers of this lane have ended."""
        self._closing.set()

    async def serve(self, handlers: Mapping[str, Handler]) -> None:
        """Take jobs. A manager that lost its database finishes what it began while a new one takes over."""
        async with asyncio.TaskGroup() as managers:
            try:
                await self._keep_managed(handlers, managers)
            except asyncio.CancelledError:
                # Managers end only after the calls that they wait for.
                self._runner.cancel()
                raise

    async def _keep_managed(self, handlers: Mapping[str, Handler], managers: asyncio.TaskGroup) -> None:
        """Start a manager whenever there is none that takes jobs."""
        loop = asyncio.get_running_loop()
        pause_s = _PAUSE_S
        while not self._closing.is_set():
            lost, began_at = asyncio.Event(), loop.time()
            managers.create_task(self._manage(handlers, lost))
            await _first(lost, self._closing)
            was_well = loop.time() - began_at > self._heartbeat.total_seconds()
            pause_s = _PAUSE_S if was_well else min(pause_s * 2, _LONGEST_PAUSE_S)
            await _first(self._closing, timeout_s=pause_s)

    async def _manage(self, handlers: Mapping[str, Handler], lost: asyncio.Event) -> None:
        """Run one manager until the lane closes or its database is lost; never raises."""
        try:
            async with asyncpg.create_pool(self._dsn, min_size=2, max_size=_CONNECTIONS, timeout=_CONNECT_S) as pool:
                driver = _Driver(pool, lost)
                manager = _Manager(Queries(driver), driver)
                for entrypoint, handler in handlers.items():
                    manager.entrypoint(entrypoint, accepts_context=False)(self._called_by_manager(handler))
                async with asyncio.TaskGroup() as tasks:
                    stopper = tasks.create_task(_stop(manager, lost, self._closing))
                    await manager.run(
                        dequeue_timeout=_POLL,
                        batch_size=_PICK,
                        max_concurrent_tasks=self._limit,
                        shutdown_on_listener_failure=True,
                        heartbeat_timeout=self._heartbeat,
                        log_aggregation_interval=timedelta(0),
                    )
                    stopper.cancel()
        except Exception:  # noqa: BLE001 - whatever it was, a fresh manager is the cure
            if not self._closing.is_set():
                _log.warning("the queue lost its database and connects again", exc_info=True)
        finally:
            lost.set()

    def _called_by_manager(self, handler: Handler) -> Callable[[Job], Coroutine[Any, Any, None]]:
        async def handle(job: Job) -> None:
            await self._runner.handle(job, handler)

        return handle


class _Driver(AsyncpgPoolDriver):
    """Tells at the first sign that the database is lost, long before the manager has drained and gives up."""

    def __init__(self, pool: asyncpg.Pool, lost: asyncio.Event) -> None:
        super().__init__(pool)
        self.lost = lost
        self.listening = asyncio.Event()

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        await super().add_listener(channel, callback)
        if self._listener_connection is not None:
            self._listener_connection.add_termination_listener(self._on_termination)
        self.listening.set()

    def _on_termination(self, _connection: object) -> None:
        self.lost.set()

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        try:
            return await super().fetch(query, *args)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            self.lost.set()
            raise

    async def execute(self, query: str, *args: object) -> str:
        try:
            return await super().execute(query, *args)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            self.lost.set()
            raise


class _Manager(QueueManager):
    """A manager whose health check begins once it listens: PgQueuer's own may ask too early and hear no answer."""

    def __init__(self, queries: Queries, driver: _Driver) -> None:
        super().__init__(queries)
        self._driver = driver

    async def listener_healthy(self, timeout: timedelta = _HEALTHY_WITHIN) -> HealthCheckEvent:
        await self._driver.listening.wait()
        try:
            return await super().listener_healthy(timeout)
        except Exception:
            self._driver.lost.set()
            raise


async def _stop(manager: QueueManager, *reasons: asyncio.Event) -> None:
    """Let the manager finish its jobs and return, once one of the reasons holds."""
    await _first(*reasons)
    manager.shutdown.set()


async def _first(*events: asyncio.Event, timeout_s: float | None = None) -> None:
    """Wait until one of the events is set, or the time is over."""
    waiters = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiters, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiters:
            waiter.cancel()
