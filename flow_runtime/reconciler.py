"""Heals what the queue lost: a run that should be worked on and has no job gets a new one."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from flow_runtime.errors import StoreUnavailable
from flow_runtime.queue import Queue
from flow_runtime.store import Store
from flow_runtime.stores.runs import LiveRun, live_runs, lost_runs
from flow_runtime.transitions import Transitions

_log = logging.getLogger(__name__)

PERIOD_S: Final = 5.0
GRACE_S: Final = 15.0
"""A run without a sign of life for that long is looked at. For clusters: an embedded start waits for nobody."""


class Reconciler:
    """Compares the runs with the queue."""

    def __init__(self, store: Store, queue: Queue, *, transitions: Transitions) -> None:
        self._store = store
        self._queue = queue
        self._transitions = transitions

    async def run(self) -> None:
        """Look every few seconds until cancelled. Survives a database restart."""
        while True:
            await asyncio.sleep(PERIOD_S)
            try:
                await self.heal()
            except StoreUnavailable:
                _log.warning("healing waits: the store is unavailable")
            except Exception:  # noqa: BLE001 - without this loop nothing lost would ever be found again
                _log.exception("healing failed; trying again")

    async def recover(self) -> int:
        """Queue every live run again. For the only process on a database, at its start: whoever had them is dead."""
        return await self._requeue(await self._store.read(live_runs))

    async def heal(self) -> int:
        """Queue runs again that nobody works on although they should be; answers how many."""
        older_than = self._transitions.clock.now() - timedelta(seconds=GRACE_S)
        silent = await self._store.read(lost_runs, older_than=older_than)
        here = self._transitions.signals.executed_here()
        silent = [run for run in silent if run.id not in here]
        missing = await self._queue.missing([run.job_id for run in silent if run.job_id is not None])
        return await self._requeue(run for run in silent if run.job_id is None or run.job_id in missing)

    async def _requeue(self, found: Iterable[LiveRun]) -> int:
        healed = 0
        for run in found:
            healed += await self._store.write(self._transitions.requeue, run.id, job_id=run.job_id)
        if healed:
            _log.info("queued %d runs again", healed)
        return healed
