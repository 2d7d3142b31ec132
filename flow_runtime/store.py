"""The store contract: transactions over one SQL database, and the journal's hot path.

The Core functions in `stores/` (runs, interrupts, timers, definitions) are written once and run on every dialect as
``await store.write(function, ...)``. A dialect only knows how to run such a function, and how to gather many journal
appends into one commit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

from flow_runtime.run import Event

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Transaction:
    """One open transaction: the connection, and what to do at its end and once it is on disk.

    `before_commit` callbacks run inside the transaction once its function is through, in order; if one raises, nothing
    is written. `after_commit` callbacks run on the event loop, in order, only if the commit succeeded; they must not
    raise.
    """

    conn: Connection
    callbacks: list[Callable[[], None]] = field(default_factory=list)
    endings: list[Callable[[], None]] = field(default_factory=list)

    def before_commit(self, callback: Callable[[], None]) -> None:
        """Call this at the end of the transaction: for a lock that everybody must take last."""
        self.endings.append(callback)

    def run_endings(self) -> None:
        """What `before_commit` gathered; whoever commits calls this first."""
        for ending in self.endings:
            ending()

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call this once the transaction is durable (publish a hint, wake a worker)."""
        self.callbacks.append(callback)


@dataclass(frozen=True, slots=True)
class Append:
    """One journal append: these events follow `after_seq` of that run, if the epoch still holds the right to write."""

    run_id: str
    epoch: int
    after_seq: int
    events: Sequence[Event]


class Store(Protocol):
    """Where everything durable lives. All functions are synchronous Core code; the store decides where they run."""

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        ...

    async def open(self) -> None:
        """Connect and migrate nothing. Raises `StoreUnavailable`, also when another process holds the SQLite file."""
        ...

    async def close(self) -> None:
        """Finish what is queued, then let go of the database. Idempotent."""
        ...

    async def write(self, function: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the function in a transaction of its own and answer once it is durable.

        Atomic: an exception rolls everything back and is raised to the caller. Several waiting writes may share one
        commit; if one of them fails, the others are run again. So are all after serialization failures and lost
        connections: the function may run more than once and must have no effect outside its transaction.
        """
        ...

    async def read(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the function on a consistent read-only view of what is committed."""
        ...

    async def append(self, append: Append) -> None:
        """The hot path: journal these events, gathered with all that wait into one commit. Durable on return.

        Raises `Fenced` if the run's epoch has moved on or the run is no longer running; then nothing was written.
        """
        ...
