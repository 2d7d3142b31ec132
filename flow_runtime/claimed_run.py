"""The lease of one claimed run: every write goes through the run row under the epoch of the claim."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from flow_runtime.errors import Fenced
from flow_runtime.failpoints import hit
from flow_runtime.ids import stable_id
from flow_runtime.lease import Effect
from flow_runtime.run import Ending, Event, Interrupt, NewInterrupt, Run, RunStatus, StartRun
from flow_runtime.signals import LeaseSignals
from flow_runtime.store import Append, Store, Transaction
from flow_runtime.stores.interrupts import interrupts_of, open_interrupts, these_interrupts
from flow_runtime.stores.journal import append_events, stamp
from flow_runtime.stores.runs import MOST_READ, Claim, get_run, lock_run, park_run
from flow_runtime.transitions import Transitions


class ClaimedRun:
    """Implements `Lease` for a `Claim`. For one executor; its writes are made one after the other."""

    def __init__(self, claim: Claim, *, store: Store, transitions: Transitions, signals: LeaseSignals) -> None:
        self.run: Run = claim.run
        self.history: Sequence[Event] = claim.events
        self.cancelled = signals.cancelled
        self.draining = signals.draining
        self.woken = signals.woken
        self.is_over = False
        """Whether the run was parked or ended through this lease."""
        self._signals = signals
        self._store = store
        self._transitions = transitions
        self._last_seq = claim.run.event_seq
        self._wake_seq = claim.run.wake_seq
        self._known: Sequence[Interrupt] | None = claim.interrupts
        self._warnings: list[str] = []
        self._turn = asyncio.Lock()
        self._note_warnings(claim.events)

    async def append(
        self,
        events: Sequence[Event],
        *,
        interrupts: Sequence[NewInterrupt] = (),
        cancel_interrupts: Sequence[str] = (),
        also: Effect | None = None,
    ) -> Sequence[Event]:
        """Journal events, open and cancel interrupts with them. Raises `Fenced`."""
        async with self._turn:
            hit("append.before")
            append = self._append(stamp(self._append(events), now=self._transitions.clock.now()))
            has_readers = self.run.conversation_id is not None or self._transitions.asks_models(events)
            if interrupts or cancel_interrupts or also or has_readers:
                self._known = None
                write = partial(self._write, append=append, interrupts=interrupts, drop=cancel_interrupts, also=also)
                await self._store.write(write)
            elif events:
                await self._store.append(append)
            self._last_seq += len(events)
            self._note_warnings(append.events)
            hit("append.after")
            return append.events

    async def interrupts(self, ids: Collection[str]) -> Sequence[Interrupt]:
        """These interrupts of this run, oldest first. Whatever was closed before this call is in the answer."""
        known, self._known = self._known, None
        found = await self._read_interrupts(ids) if known is None else known
        return [interrupt for interrupt in found if interrupt.id in ids]

    async def _read_interrupts(self, ids: Collection[str]) -> Sequence[Interrupt]:
        run, found = await self._store.read(_look, self.run.id, workspace_id=self.run.workspace_id, ids=ids)
        if run.epoch != self.run.epoch:
            raise Fenced(self.run.id, self.run.epoch)
        self._wake_seq = run.wake_seq
        return found

    async def park(self, *, also: Effect | None = None) -> bool:
        """Give the run back as waiting; False if an answer or a cancellation arrived meanwhile. Raises `Fenced`."""
        async with self._turn:
            hit("park.before")
            self.is_over = await self._store.write(self._park, also=also)
            hit("park.after")
            return self.is_over

    async def end(self, ending: Ending, *, events: Sequence[Event] = (), also: Effect | None = None) -> None:
        """End the run, with its last events. Raises `Fenced`."""
        async with self._turn:
            hit("end.before")
            self._note_warnings(events)
            await self._store.write(self._end, ending=ending, events=events, also=also)
            self.is_over = True
            hit("end.after")

    async def start_child(self, key: str, spec: StartRun, *, also: Effect | None = None) -> str:
        """Start a child run beside this one, once per key; answers its id. Raises `Fenced`."""
        async with self._turn:
            child = self._child(key, spec, run_id=stable_id(self.run.id, key, "child"))
            return await self._store.write(self._start_child, spec=child, also=also)

    # --- inside transactions ----------------------------------------------------------------------------------------

    def _append(self, events: Sequence[Event]) -> Append:
        return Append(self.run.id, self.run.epoch, self._last_seq, events)

    def _write(
        self,
        tx: Transaction,
        *,
        append: Append,
        interrupts: Sequence[NewInterrupt],
        drop: Sequence[str],
        also: Effect | None,
    ) -> None:
        events = append_events(tx, append)
        hashes = {new.id: new.token_hash for new in interrupts if new.token_hash is not None}
        now = self._transitions.clock.now()
        opened = open_interrupts(tx, self.run, new=interrupts, now=now, token_hashes=hashes)
        for new in interrupts:
            if new.child is not None:
                self._transitions.start(tx, self._child(new.key, new.child, run_id=new.child.run_id))
            if new.expires_at is not None:
                tx.after_commit(partial(self._transitions.signals.timer_set, new.expires_at))
        closed = self._transitions.drop_interrupts(tx, self.run, drop) if drop else ()
        _run(also, tx)  # Before the projections lock the conversation: it may lock further runs.
        self._transitions.enter(tx, self.run, events)
        self._transitions.project(tx, self.run, events=events, opened=opened, closed=closed)

    def _park(self, tx: Transaction, *, also: Effect | None) -> bool:
        now = self._transitions.clock.now()
        if lock_run(tx, self.run.id).cancel_requested_at is not None:
            # Nobody would ever tell a parked run: whoever cancelled it saw it running.
            tx.after_commit(self._signals.cancel)
            return False
        if not park_run(tx, self.run.id, epoch=self.run.epoch, wake_seq=self._wake_seq, now=now):
            return False
        if self.run.conversation_id is not None:
            self._transitions.project(tx, lock_run(tx, self.run.id))
        tx.after_commit(partial(self._transitions.signals.rested, self.run))
        _run(also, tx)
        return True

    def _end(self, tx: Transaction, *, ending: Ending, events: Sequence[Event], also: Effect | None) -> None:
        self._transitions.end(
            tx,
            self.run.id,
            ending=ending,
            claimed=self.run,
            events=events,
            warnings=tuple(dict.fromkeys(self._warnings)),
        )
        _run(also, tx)

    def _start_child(self, tx: Transaction, *, spec: StartRun, also: Effect | None) -> str:
        mine = lock_run(tx, self.run.id)
        if mine.epoch != self.run.epoch or mine.status is not RunStatus.RUNNING:
            raise Fenced(self.run.id, self.run.epoch)
        child = self._transitions.start(tx, spec)
        _run(also, tx)
        return child.id

    def _child(self, key: str, spec: StartRun, *, run_id: str | None) -> StartRun:
        """That run as a child of this one; its tree is this one's unless it says otherwise."""
        return replace(
            spec,
            run_id=run_id,
            parent_run_id=self.run.id,
            parent_key=key,
            root_run_id=spec.root_run_id or self.run.root_run_id,
            depth=self.run.depth + 1,
        )

    def _note_warnings(self, events: Sequence[Event]) -> None:
        for event in events:
            if "warnings" in event.data:
                self._warnings.extend(event.data["warnings"])


def _run(also: Callable[[Transaction], None] | None, tx: Transaction) -> None:
    if also is not None:
        also(tx)


def _look(conn: Connection, run_id: str, *, workspace_id: str, ids: Collection[str]) -> tuple[Run, Sequence[Interrupt]]:
    """The run and (at least) these interrupts as of one moment."""
    run = get_run(conn, run_id, workspace_id=workspace_id)
    are_few = run.interrupts_opened <= MOST_READ
    return run, interrupts_of(conn, run_id) if are_few else these_interrupts(conn, run_id, ids)
