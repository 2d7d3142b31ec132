"""What a run's state is made of: frames (one execution of a scope each) and the positions that they stand at."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from flow_runtime.errors import Json
from flow_runtime.plan import ScopePlan, StepPlan


class Phase(Enum):
    """What has to happen next at a position."""

    RUN = auto()
    """The step begins, or is tried again."""
    STARTED = auto()
    """A `once` step was begun and its outcome is unknown so far."""
    WAITING = auto()
    """The step opened an interrupt."""
    INSIDE = auto()
    """The scopes that the step entered are being executed."""
    RETURNED = auto()
    """They have ended: the step goes on with what was collected."""
    FAILED = auto()
    """They failed: the step must now fail in turn."""


@dataclass(slots=True, eq=False)
class Frame:
    """One execution of a scope: its names and the outputs of its steps. `owner` is None for the root."""

    prefix: str
    scope: ScopePlan
    owner: "Position | None"
    names: dict[str, Json]
    name: str = ""
    outputs: dict[str, Json] = field(default_factory=dict)
    position: "Position | None" = None

    @property
    def parent(self) -> "Frame | None":
        """The frame around this one."""
        return self.owner.frame if self.owner else None

    def outwards(self) -> Iterator["Frame"]:
        """This frame and all around it, innermost first."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.parent

    def owner_of(self, name: str) -> "Frame":
        """The nearest frame that has that name, not looking out of a concurrent scope; else this frame."""
        for frame in self.outwards():
            if name in frame.names:
                return frame
            if frame.scope.is_concurrent:
                break
        return self


@dataclass(slots=True, eq=False)
class Inside:
    """The scopes that a container entered: waiting to begin, running, ended."""

    order: Sequence[str]
    pending: deque[tuple[str, str, Mapping[str, Json]]]
    wait: str
    concurrency: int | None
    collect: str
    frames: dict[str, Frame] = field(default_factory=dict)
    results: dict[str, Json] = field(default_factory=dict)

    def collected(self) -> Json:
        """What the ended scopes gave, in the order of their instances."""
        ended = [name for name in self.order if name in self.results]
        if self.collect == "list":
            return [self.results[name] for name in ended]
        if self.collect == "dict":
            return {name.removeprefix("."): self.results[name] for name in ended}
        return self.results[ended[-1]] if ended else None


@dataclass(slots=True, eq=False)
class Position:
    """Where a frame stands: one step, and what has to happen next there.

    `attempt` counts from 1, `opened` counts interrupts, `entered` counts entries into scopes. `retries` tells that the
    open interrupt is only the pause before another attempt; `retry_delay_s` after `retry_from` that attempt is due.
    `carried` is what the step asked to keep until its next moment.
    """

    key: str
    plan: StepPlan
    frame: Frame
    phase: Phase = Phase.RUN
    attempt: int = 1
    opened: int = 0
    entered: int = 0
    interrupt_id: str | None = None
    retries: bool = False
    retry_delay_s: float = 0.0
    retry_from: datetime | None = None
    inside: Inside | None = None
    collected: Json = None
    carried: Json = None
    error: Mapping[str, Json] | None = None
