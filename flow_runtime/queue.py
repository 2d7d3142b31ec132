"""The queue contract: hand work to any worker. Correctness never depends on it; the reconciler heals what it loses."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Protocol

from flow_runtime.store import Transaction

RUN_JOB = "app.run"
"""The job that executes a run of a flow; its payload is the run id."""


def job_of(run_kind: str) -> str:
    """The job that executes runs of that kind, so that a process only takes what it can execute."""
    return RUN_JOB if run_kind == "flow" else f"app.{run_kind}"


Handler = Callable[[str, int], Awaitable[None]]
"""Called with a job's payload and its id; an exception counts as handled (the run's journal is the truth, not the job).

A claim names the job id: the same job delivered again means that its worker died, so the run may be taken over.
"""


class Queue(Protocol):
    """Three verbs, and two questions."""

    def enqueue(self, tx: Transaction, kind: str, payload: str, *, priority: int = 0) -> int | None:
        """Add a job inside the caller's transaction: it exists exactly if that commits. Answers the job id, if any."""
        ...

    def has_room(self, *, priority: int = 0) -> bool:
        """Whether a job of this priority that is added now is certain to begin here as soon as its commit is known."""
        ...

    async def run(self, handlers: Mapping[str, Handler]) -> None:
        """Take jobs and call their handlers until `close`; many at once. Survives a database restart."""
        ...

    async def close(self) -> None:
        """Take no more jobs, wait for the handlers that run (bounded), return from `run`. Idempotent."""
        ...

    async def missing(self, job_ids: Collection[int]) -> set[int]:
        """Which of these jobs are no longer queued or being worked on. Raises `StoreUnavailable`."""
        ...
