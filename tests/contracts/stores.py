"""What the store and queue contracts are tested with: one of each adapter, and runs in the states that tests need."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from flow_runtime.ids import new_id
from flow_runtime.run import Event, Interrupt, InterruptKind, NewInterrupt, Run, StartRun, Trigger
from flow_runtime.store import Append, Store, Transaction
from flow_runtime.stores.interrupts import open_interrupts
from flow_runtime.stores.runs import claim_run, insert_run, lock_run, park_run

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
WORKSPACE = "workspace_1"
SPEC = StartRun(WORKSPACE, "flow", {"amount": 5}, Trigger("api", {"from": "test"}, "Tester"))


@dataclass(frozen=True, slots=True)
class RunStates:
    """Makes runs in a store."""

    store: Store

    async def queued(self, spec: StartRun = SPEC) -> Run:
        """A run that waits for a worker."""
        run, _ = await self.store.write(insert_run, spec, now=NOW)
        return run

    async def running(self, spec: StartRun = SPEC, *, owner: str = "first", job_id: int | None = 1) -> Run:
        """A run that a worker has claimed."""
        run = await self.queued(spec)
        claim = await self.store.write(claim_run, run.id, owner=owner, job_id=job_id, now=NOW)
        assert claim is not None
        return claim.run

    async def waiting(self, *, expires_at: datetime | None = None, spec: StartRun = SPEC) -> tuple[Run, Interrupt]:
        """A parked run with one open approval."""
        run = await self.running(spec)
        interrupt = await self.open(run, expires_at=expires_at)
        assert await self.store.write(park_run, run.id, epoch=run.epoch, wake_seq=run.wake_seq, now=NOW)
        return await self.store.write(lock_run, run.id), interrupt

    async def open(self, run: Run, *, key: str = "approve", expires_at: datetime | None = None) -> Interrupt:
        """One open approval of that run."""
        (opened,) = await self.store.write(
            opening, run, [replace(APPROVAL, id=new_id(), key=key, expires_at=expires_at)]
        )
        return opened


APPROVAL = NewInterrupt(
    id="replaced",
    key="approve",
    step_id="approve",
    step_type="user-approval",
    kind=InterruptKind.APPROVAL,
    payload={"title": "Refund?", "facts": [["amount", 5]]},
    digest="d1",
    response_schema={"type": "object"},
    approvers=("starter",),
)


def opening(tx: Transaction, run: Run, new: Sequence[NewInterrupt]) -> list[Interrupt]:
    """Open interrupts the way a worker does: the run's row first."""
    return open_interrupts(tx, lock_run(tx, run.id), new=new, now=NOW)


def step_done(run: Run, *, after_seq: int = 0, key: str = "check", count: int = 1) -> Append:
    """The append of some finished steps."""
    events = [Event("step.done", f"{key}{n}", {"output": {"n": n}}, at=NOW) for n in range(count)]
    return Append(run.id, run.epoch, after_seq, events)
