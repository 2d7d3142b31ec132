"""The right to execute one run: what an executor may do with it. Implemented by the worker, used per run kind."""

from asyncio import Event as Signal
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from flow_runtime.run import Ending, Event, Interrupt, NewInterrupt, Run, StartRun
from flow_runtime.store import Transaction

Effect = Callable[[Transaction], None]
"""Further writes for the same transaction (conversation rows); synchronous Core code."""


class Lease(Protocol):
    """One claimed run under one epoch. Every write raises `Fenced` once another worker has taken the run over."""

    run: Run
    """The row as claimed; `event_seq` in it is the last journaled event."""
    history: Sequence[Event]
    """The journal as it stood at the claim, in order."""
    cancelled: Signal
    """Set when somebody asked to cancel the run, or the worker cannot wait any longer: stop soon and return; the worker
    then ends the run or leaves it to another one."""
    draining: Signal
    """Set when the worker shuts down: return at the next boundary between steps; the run goes on elsewhere."""
    woken: Signal
    """Set when an interrupt of this run was closed while it is being executed; clear it before looking."""

    async def append(
        self,
        events: Sequence[Event],
        *,
        interrupts: Sequence[NewInterrupt] = (),
        cancel_interrupts: Sequence[str] = (),
        also: Effect | None = None,
    ) -> Sequence[Event]:
        """Journal events in one commit, open and cancel interrupts with them. Answers the events with seq and time.

        An interrupt with a `child` starts that run in the same transaction.
        """
        ...

    async def interrupts(self, ids: Collection[str]) -> Sequence[Interrupt]:
        """These interrupts of this run, oldest first, read now."""
        ...

    async def park(self, *, also: Effect | None = None) -> bool:
        """Give the run back as `waiting`. False if an answer arrived meanwhile: look again instead of returning."""
        ...

    async def end(self, ending: Ending, *, events: Sequence[Event] = (), also: Effect | None = None) -> None:
        """End the run: last events, status, cancelled interrupts and children, the parent's wake-up, in one commit."""
        ...

    async def start_child(self, key: str, spec: StartRun, *, also: Effect | None = None) -> str:
        """Start a child run that this run does not park on (a turn's tool call). Idempotent by `key`; gives its id."""
        ...


class Executor(Protocol):
    """Executes runs of one kind. Registered with the worker under the kind's name."""

    async def execute(self, lease: Lease) -> None:
        """Carry the run on from its journal until it ends or parks. Raising fails the run with an internal error."""
        ...


class Ledger(Protocol):
    """Told of events in which a model was asked, inside the transaction that journals them."""

    def __call__(self, tx: Transaction, run: Run, events: Sequence[Event]) -> None:
        """Write down what was asked; `events` are the journaled ones. Must be quick; raising rolls back."""
        ...


class Projection(Protocol):
    """Told in the same transaction of all that is journaled about runs in conversations.

    Of other runs it is told only what they ask, that it was answered, and how they end.
    """

    def __call__(
        self,
        tx: Transaction,
        run: Run,
        *,
        events: Sequence[Event],
        opened: Sequence[Interrupt],
        closed: Sequence[Interrupt],
        ending: Ending | None,
    ) -> None:
        """Write rows for what just happened. Must be deterministic and quick; raising rolls back."""
        ...
