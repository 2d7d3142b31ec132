"""Hints inside one process: look again at this run. Losing one costs at most a second, never correctness."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from flow_runtime.run import Run


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run stands in the store: what another process did to it shows only there."""

    epoch: int
    wake_seq: int
    is_cancelled: bool


class LeaseSignals:
    """What can be told to whoever executes a run in this process."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.draining = asyncio.Event()

        self.run: Run | None = None
        """The run as claimed, until it comes to rest."""
        self._heard_wake_seq = 0
        self._interrupt: Callable[[], None] | None = None

    def cancel(self) -> None:
        """Stop soon. Also wakes, so that nobody has to wait for two things."""
        if self._interrupt is not None and not self.cancelled.is_set():
            self._interrupt()
        self.cancelled.set()
        self.woken.set()

    @contextmanager
    def interrupting(self, task: "asyncio.Task[object]", *, grace_s: float) -> Iterator[None]:
        """Inside the block a cancellation that is ignored for that long cancels the task."""
        loop, timers = asyncio.get_running_loop(), list[asyncio.TimerHandle]()
        self._interrupt = lambda: timers.append(loop.call_later(grace_s, task.cancel))
        try:
            yield
        finally:
            self._interrupt = None
            for timer in timers:
                timer.cancel()

    def hear(self, standing: Standing) -> None:
        """What a look at the store says; it may be older than the claim, and what it tells may be known already."""
        if self.run is None:
            return
        if standing.is_cancelled or standing.epoch > self.run.epoch:
            self.cancel()
        elif standing.wake_seq > max(self.run.wake_seq, self._heard_wake_seq):
            self._heard_wake_seq = standing.wake_seq
            self.woken.set()

    def drain(self) -> None:
        """Stop at the next boundary between steps."""
        self.draining.set()
        self.woken.set()


class Watch:
    """What somebody who waits for a run has heard of it."""

    def __init__(self, run_id: str) -> None:
        self.ended: Run | None = None
        """The run itself, once it has ended in this process."""
        self._run_id = run_id
        self._heard = asyncio.Event()

    def hear(self, run: Run) -> None:
        """Something came to rest."""
        if run.id == self._run_id and run.status.has_ended:
            self.ended = run
        self._heard.set()

    async def sleep(self, at_most_s: float) -> None:
        """Sleep until something was heard, or that long."""
        try:
            async with asyncio.timeout(at_most_s):
                await self._heard.wait()
        except TimeoutError:
            return
        finally:
            self._heard.clear()


class RunSignals:
    """Who executes and who watches which run in this process. Not thread-safe: for the event loop only."""

    def __init__(self) -> None:
        self._leases: dict[str, set[LeaseSignals]] = {}
        self._watchers: dict[str, set[Watch]] = {}
        self._timer_set = asyncio.Event()
        self._earliest: datetime | None = None

    @contextmanager
    def executing(self, run_id: str, lease: LeaseSignals) -> Iterator[None]:
        """This lease hears about the run as long as the block lasts. Begin before claiming: then no hint is missed."""
        self.begin(run_id, lease)
        try:
            yield
        finally:
            leases = self._leases[run_id]
            leases.discard(lease)
            if not leases:
                del self._leases[run_id]

    def begin(self, run_id: str, lease: LeaseSignals) -> None:
        """This lease hears about the run from now on; a block of `executing` must follow, and ends it. Idempotent."""
        self._leases.setdefault(run_id, set()).add(lease)

    def executed_here(self) -> dict[str, frozenset[LeaseSignals]]:
        """The runs that this process is executing, as of now, and whom to tell about each."""
        return {run_id: frozenset(leases) for run_id, leases in self._leases.items()}

    def claimed_here(self, run_id: str) -> Run | None:
        """The run as it was claimed, if this process executes it and would tell a watcher that begins now of its rest.

        It may have been taken over or ended elsewhere since.
        """
        return next((lease.run for lease in self._leases.get(run_id, ()) if lease.run is not None), None)

    @contextmanager
    def watching(self, run_id: str) -> Iterator["Watch"]:
        """Hear whenever that run, a child of it, or (of a root) any run below it may have come to rest."""
        watch = Watch(run_id)
        watchers = self._watchers.setdefault(run_id, set())
        watchers.add(watch)
        try:
            yield watch
        finally:
            watchers.discard(watch)
            if not watchers:
                self._watchers.pop(run_id, None)

    def rested(self, run: Run) -> None:
        """That run parked or ended; an ended one is given as it was committed."""
        for lease in self._leases.get(run.id, ()):
            lease.run = None
        for run_id in {run.id, run.parent_run_id, run.root_run_id}:
            for watch in self._watchers.get(run_id, ()) if run_id else ():
                watch.hear(run)

    def woken(self, run_id: str) -> None:
        """Something that the run waits for was closed."""
        for lease in self._leases.get(run_id, ()):
            lease.woken.set()

    def cancel(self, run_id: str) -> None:
        """The run was cancelled or ended from outside."""
        for lease in self._leases.get(run_id, ()):
            lease.cancel()

    def drain(self) -> None:
        """The process is about to end."""
        for leases in self._leases.values():
            for lease in leases:
                lease.drain()

    def timer_set(self, due_at: datetime) -> None:
        """A timer was set; the scheduler looks again if it is earlier than what it sleeps towards."""
        if self._earliest is None or due_at < self._earliest:
            self._timer_set.set()

    async def sleep_towards(self, due_at: datetime | None, *, at_most_s: float) -> None:
        """Sleep that long, or until an earlier timer than that one is set."""
        self._earliest = due_at
        try:
            async with asyncio.timeout(at_most_s):
                await self._timer_set.wait()
        except TimeoutError:
            return
        finally:
            # While nobody sleeps every new timer counts: it may have come after the last look at the table.
            self._earliest = None
            self._timer_set.clear()
