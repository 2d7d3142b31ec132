"""Hints inside one process: look again at this run. Losing one costs at most a second, never correctness."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime


class LeaseSignals:
    """What can be told to whoever executes a run in this process."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.draining = asyncio.Event()

    def cancel(self) -> None:
        """Stop soon. Also wakes, so that nobody has to wait for two things."""
        self.cancelled.set()
        self.woken.set()

    def drain(self) -> None:
        """Stop at the next boundary between steps."""
        self.draining.set()
        self.woken.set()


class RunSignals:
    """Who executes and who watches which run in this process. Not thread-safe: for the event loop only."""

    def __init__(self) -> None:
        self._leases: dict[str, LeaseSignals] = {}
        self._watchers: dict[str, set[asyncio.Event]] = {}
        self._timer_set = asyncio.Event()
        self._earliest: datetime | None = None

    @contextmanager
    def executing(self, run_id: str, lease: LeaseSignals) -> Iterator[None]:
        """This lease hears about the run as long as the block lasts."""
        self._leases[run_id] = lease
        try:
            yield
        finally:
            if self._leases.get(run_id) is lease:
                del self._leases[run_id]

    def executed_here(self) -> frozenset[str]:
        """The runs that this process is executing."""
        return frozenset(self._leases)

    @contextmanager
    def watching(self, root_run_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever a run of that tree may have parked, gone on or ended; clear it and look."""
        event = asyncio.Event()
        watchers = self._watchers.setdefault(root_run_id, set())
        watchers.add(event)
        try:
            yield event
        finally:
            watchers.discard(event)
            if not watchers:
                self._watchers.pop(root_run_id, None)

    def changed(self, root_run_id: str) -> None:
        """A run of that tree parked, went on or ended."""
        for event in self._watchers.get(root_run_id, ()):
            event.set()

    def woken(self, run_id: str) -> None:
        """Something that the run waits for was closed."""
        lease = self._leases.get(run_id)
        if lease is not None:
            lease.woken.set()

    def cancel(self, run_id: str) -> None:
        """The run was cancelled or ended from outside."""
        lease = self._leases.get(run_id)
        if lease is not None:
            lease.cancel()

    def drain(self) -> None:
        """The process is about to end."""
        for lease in list(self._leases.values()):
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
            self._timer_set.clear()
