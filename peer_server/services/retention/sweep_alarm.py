"""Says when a sweep is due, as an alarm of the runtime's timer loop: of any number of processes one takes it on."""

from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from flow_runtime.ids import new_id
from flow_runtime.store import Transaction
from peer_server.services.retention.sweeper import LEASE, Sweeper
from peer_server.services.runs.triggered_runs import Start
from peer_server.stores.sweeps import claim_sweep, next_sweep


class SweepAlarm:
    """Implements `flow_runtime.scheduler.Alarm`. It only claims the sweep: the work is done beside the timers."""

    def __init__(self, sweeper: Sweeper) -> None:
        self._sweeper = sweeper

    def next_due(self, conn: Connection) -> datetime | None:
        """When the sweep is due, or the lease of whoever is at it over."""
        return next_sweep(conn)

    def fire(self, tx: Transaction, start: Start, *, now: datetime, limit: int) -> int:
        """Claim the sweep for this process, if no other one does."""
        claim = new_id()
        if not claim_sweep(tx, claim, now=now, until=now + LEASE):
            return 0
        tx.after_commit(partial(self._sweeper.wake, claim))
        return 1
