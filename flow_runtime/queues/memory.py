"""The queue of a single process: jobs live in memory, and a start queues again what the store says is unfinished."""

import asyncio
import heapq
import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from weakref import WeakValueDictionary

from flow_runtime.queue import Handler
from flow_runtime.queues.lanes import Lanes, is_batch
from flow_runtime.store import Transaction

_log = logging.getLogger(__name__)


@dataclass(slots=True, order=True, weakref_slot=True)
class _Job:
    """Sorts by priority, then by age."""

    rank: int
    id: int
    kind: str = field(compare=False)
    payload: str = field(compare=False)


@dataclass(slots=True)
class _Lane:
    limit: int
    waiting: list[_Job] = field(default_factory=list)
    running: set[int] = field(default_factory=set)
    promised: WeakValueDictionary[int, _Job] = field(default_factory=WeakValueDictionary)
    """Jobs of transactions that are not committed yet; those of one that is rolled back go by themselves."""

    @property
    def has_room(self) -> bool:
        """Whether one job more would begin at once, even if all that are promised come before it."""
        return len(self.running) + len(self.waiting) + len(self.promised) < self.limit


class MemoryQueue:
    """A `Queue` without a server: a job begins in the same turn of the event loop that learns of its commit.

    `drain_s` bounds how long `close` waits for the handlers that run; then they are cancelled.
    """

    def __init__(self, *, lanes: Lanes | None = None, drain_s: float = 10.0) -> None:
        lanes = lanes or Lanes()
        self._interactive, self._batch = _Lane(lanes.interactive), _Lane(lanes.batch)
        self._drain_s = drain_s
        # Ids of an earlier life of this process may still stand in the store: they must never come again.
        self._ids = count(time.time_ns() // 1000)
        self._handlers: Mapping[str, Handler] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self._stopped = asyncio.Event()

    def enqueue(self, tx: Transaction, kind: str, payload: str, *, priority: int = 0) -> int:
        """Add a job once the transaction has committed."""
        job, lane = _Job(-priority, next(self._ids), kind, payload), self._lane(priority)
        lane.promised[job.id] = job
        tx.after_commit(partial(self._offer, lane, job))
        return job.id

    def has_room(self, *, priority: int = 0) -> bool:
        """Whether a job that is added now begins in the turn of the event loop that learns of its commit."""
        return bool(self._handlers) and not self._is_closed and self._lane(priority).has_room

    async def run(self, handlers: Mapping[str, Handler]) -> None:
        """Call handlers until `close`."""
        self._handlers = handlers
        for lane in (self._interactive, self._batch):
            self._begin(lane)
        try:
            await self._stopped.wait()
        finally:
            self._is_closed = True
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Take no more jobs, wait for the handlers that run, let `run` return."""
        self._is_closed = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._drain_s)
        self._stopped.set()

    async def missing(self, job_ids: Collection[int]) -> set[int]:
        """Which of these jobs neither wait nor run here."""
        here: set[int] = set()
        for lane in (self._interactive, self._batch):
            here.update(lane.running)
            here.update(job.id for job in lane.waiting)
        return set(job_ids) - here

    def _lane(self, priority: int) -> _Lane:
        return self._batch if is_batch(priority) else self._interactive

    def _offer(self, lane: _Lane, job: _Job) -> None:
        lane.promised.pop(job.id, None)
        heapq.heappush(lane.waiting, job)
        self._begin(lane)

    def _begin(self, lane: _Lane) -> None:
        """Begin as many waiting jobs as the lane has room for."""
        while lane.waiting and len(lane.running) < lane.limit and self._handlers and not self._is_closed:
            job = heapq.heappop(lane.waiting)
            lane.running.add(job.id)
            task = asyncio.create_task(self._handle(job))
            self._tasks.add(task)
            task.add_done_callback(partial(self._end, lane, job))

    async def _handle(self, job: _Job) -> None:
        handler = self._handlers.get(job.kind)
        if handler is None:
            _log.warning("nobody here takes jobs of kind %s: %r waits for a process that does", job.kind, job.payload)
            return
        try:
            await handler(job.payload, job.id)
        except Exception:  # noqa: BLE001 - one job's fault must not stop the others
            _log.exception("the handler of job %s %r failed", job.kind, job.payload)

    def _end(self, lane: _Lane, job: _Job, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        lane.running.discard(job.id)
        self._begin(lane)
