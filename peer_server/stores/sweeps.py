"""The sweep as a row: when it is due, and who is at it. Core functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, update

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.stores.retention_tables import sweeps

_ALL: Final = "all"
_IS_IT: Final = sweeps.c.name == _ALL
_REMOVED: Final = "removed"
"""In the state: what has gone and is in no record yet, by workspace and kind."""


@dataclass(frozen=True, slots=True)
class SweepRow:
    """How the sweep stands. `claim` is set while somebody is at it, until `due_at` at most."""

    due_at: datetime
    claim: str | None
    state: Mapping[str, Json] | None
    report: Mapping[str, Json] | None


_COLUMNS: Final = [sweeps.c[name] for name in SweepRow.__slots__]


def get_sweep(conn: Connection) -> SweepRow:
    """How it stands."""
    return SweepRow(*conn.execute(select(*_COLUMNS).where(_IS_IT)).one())


def next_sweep(conn: Connection) -> datetime | None:
    """When the next one is due, or when the lease of who is at it ends."""
    due_at: datetime | None = conn.scalar(select(sweeps.c.due_at).where(_IS_IT))
    return due_at


def claim_sweep(tx: Transaction, claim: str, *, now: datetime, until: datetime, early: bool = False) -> bool:
    """Take the sweep on if it is due; `early` also before that, but never while somebody is at it.

    Of any number of processes one gets it. The lease of a process that died ends by itself.
    """
    query = select(sweeps.c.due_at, sweeps.c.claim).where(_IS_IT).with_for_update(skip_locked=True)
    found = tx.conn.execute(query).first()
    if found is None or (found.due_at > now and (found.claim is not None or not early)):
        return False
    tx.conn.execute(update(sweeps).where(_IS_IT).values(claim=claim, due_at=until))
    return True


def renew_sweep(tx: Transaction, claim: str, *, until: datetime) -> bool:
    """Say that one is still at it; False if somebody else took it over."""
    own = update(sweeps).where(_IS_IT, sweeps.c.claim == claim)
    return tx.conn.execute(own.values(due_at=until)).rowcount == 1


def end_sweep(
    tx: Transaction, claim: str, *, due_at: datetime, state: Mapping[str, Json], report: Mapping[str, Json]
) -> None:
    """It is through; the next one is due then. What `tally` keeps in the state stays there."""
    kept = tx.conn.scalar(select(sweeps.c.state).where(_IS_IT).with_for_update()) or {}
    own = update(sweeps).where(_IS_IT, sweeps.c.claim == claim)
    whole = {**state, _REMOVED: kept.get(_REMOVED, {})}
    tx.conn.execute(own.values(claim=None, due_at=due_at, state=whole, report=report))


def tally(tx: Transaction, kind: str, count: int, *, workspace_id: str) -> None:
    """Keep in mind that so much of a kind goes with this transaction, until `take_tally`, whoever comes to that."""
    if count == 0:
        return
    state = dict(tx.conn.scalar(select(sweeps.c.state).where(_IS_IT).with_for_update()) or {})
    removed = {name: dict(counts) for name, counts in state.get(_REMOVED, {}).items()}
    counts = removed.setdefault(workspace_id, {})
    counts[kind] = counts.get(kind, 0) + count
    tx.conn.execute(update(sweeps).where(_IS_IT).values(state={**state, _REMOVED: removed}))


def take_tally(tx: Transaction, *, workspace_id: str) -> Mapping[str, int]:
    """What has gone in a workspace since the last call."""
    state = dict(tx.conn.scalar(select(sweeps.c.state).where(_IS_IT).with_for_update()) or {})
    removed = dict(state.get(_REMOVED, {}))
    counts: Mapping[str, int] = removed.pop(workspace_id, {})
    tx.conn.execute(update(sweeps).where(_IS_IT).values(state={**state, _REMOVED: removed}))
    return counts


def has_tally(conn: Connection, *, workspace_id: str) -> bool:
    """Whether anything has gone there since then."""
    return workspace_id in (get_sweep(conn).state or {}).get(_REMOVED, {})


def release_sweep(tx: Transaction, claim: str, *, due_at: datetime) -> None:
    """It broke off: whoever comes next goes on."""
    tx.conn.execute(update(sweeps).where(_IS_IT, sweeps.c.claim == claim).values(claim=None, due_at=due_at))
