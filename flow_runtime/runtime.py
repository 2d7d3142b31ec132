"""The runtime put together: client, worker, scheduler and reconciler over one store and one queue."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from flow_runtime.client import FlowClient
from flow_runtime.clock import Clock, SystemClock
from flow_runtime.flow_executor import FLOW_KIND, FlowExecutor
from flow_runtime.lease import Executor, Ledger, Projection
from flow_runtime.queue import Queue
from flow_runtime.reconciler import Reconciler
from flow_runtime.registry import StepRegistry
from flow_runtime.resolver import FlowResolver, LoadEnvironment, no_environment
from flow_runtime.scheduler import Alarm, Scheduler
from flow_runtime.signals import RunSignals
from flow_runtime.step import StepServices
from flow_runtime.store import Store
from flow_runtime.transitions import Transitions
from flow_runtime.worker import DRAIN_S, Worker

_log = logging.getLogger(__name__)


class Runtime:
    """What an application needs of the runtime. The store is opened and closed by whoever made it.

    `client` and `transitions` work at once; runs are executed and timers fire inside ``async with runtime.serving()``.
    """

    def __init__(
        self,
        store: Store,
        queue: Queue,
        *,
        registry: StepRegistry,
        services: StepServices | None = None,
        clock: Clock | None = None,
        resolver: FlowResolver | None = None,
        load_environment: LoadEnvironment = no_environment,
        projections: Sequence[Projection] = (),
        alarms: Sequence[Alarm] = (),
        ledger: Ledger | None = None,
    ) -> None:
        self.clock = clock or SystemClock()
        self.signals = RunSignals()
        self.transitions = Transitions(
            queue, clock=self.clock, signals=self.signals, projections=projections, ledger=ledger
        )
        self.client = FlowClient(store, transitions=self.transitions)
        self.scheduler = Scheduler(store, transitions=self.transitions, alarms=alarms)
        self.reconciler = Reconciler(store, queue, transitions=self.transitions)
        self.is_broken = False
        """Whether a loop that should never end did: runs are no longer executed, or timers no longer fire."""
        self._store = store
        self._queue = queue
        self._flows = FlowExecutor(
            store,
            registry,
            clock=self.clock,
            services=services or StepServices(),
            resolver=resolver,
            load_environment=load_environment,
        )

    @asynccontextmanager
    async def serving(
        self,
        *,
        executors: Mapping[str, Executor] | None = None,
        has_flows: bool = True,
        is_alone: bool = False,
        drain_s: float = DRAIN_S,
    ) -> AsyncIterator[Worker]:
        """Execute runs and fire timers as long as the block lasts; then drain for that long, and interrupt the rest.

        `executors` adds kinds of runs beside flows; without `has_flows` those are left to other processes. `is_alone`
        says that no other process works on this database, so that every run that was alive when the last one died is
        taken up at once.
        """
        all_executors = {**({FLOW_KIND: self._flows} if has_flows else {}), **(executors or {})}
        worker = Worker(self._store, self._queue, all_executors, transitions=self.transitions, drain_s=drain_s)
        if is_alone:
            await self.reconciler.recover()
        loops = [asyncio.create_task(part.run()) for part in (worker, self.scheduler, self.reconciler)]
        for loop in loops:
            loop.add_done_callback(self._notice)
        try:
            yield worker
        finally:
            await worker.close()
            for loop in loops[1:]:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)

    def _notice(self, loop: asyncio.Task[None]) -> None:
        """A loop ended by itself: say so loudly, and let whoever asks for readiness know."""
        if not loop.cancelled() and loop.exception() is not None:
            self.is_broken = True
            _log.critical("a loop of the runtime ended; restart this process", exc_info=loop.exception())
