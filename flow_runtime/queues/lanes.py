"""Two lanes, so that a flood of scheduled work never keeps a person waiting. Shared by both adapters."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lanes:
    """How many handlers may be at work at once, per lane and process.

    A handler of a chat turn may wait for a run that is a job of the same lane, so the interactive lane is wide.
    """

    interactive: int = 256
    batch: int = 32


def is_batch(priority: int) -> bool:
    """Whether a job goes to the batch lane: below priority 0 (schedules, bulk). The higher of two jobs goes first."""
    return priority < 0
