"""The words of the monitor: what it calls the states of runs, and the three kinds of things that start them. Pure."""

from collections.abc import Mapping
from typing import Final, Literal

from flow_runtime.run import RunStatus

Shown = Literal["In Progress", "Waiting", "Success", "Failed", "Cancelled"]
Kind = Literal["Event-based", "Schedule-based", "API-based"]

SHOWN: Final[Mapping[Shown, tuple[RunStatus, ...]]] = {
    "In Progress": (RunStatus.QUEUED, RunStatus.RUNNING),
    "Waiting": (RunStatus.WAITING,),
    "Success": (RunStatus.COMPLETED,),
    "Failed": (RunStatus.FAILED, RunStatus.TIMED_OUT),
    "Cancelled": (RunStatus.CANCELLED,),
}
"""Which states of a run each word stands for. A waiting run waits for an answer from outside."""
_WORDS: Final = {status: word for word, statuses in SHOWN.items() for status in statuses}

EVENT_TRIGGERS: Final = ("peer.", "webhook.", "webhook", "flow")
"""How the triggers begin that something else set off: a conversation, another service, another flow."""
SCHEDULE_TRIGGER: Final = "schedule"


def shown_status(status: RunStatus) -> Shown:
    """What the monitor calls that state."""
    return _WORDS[status]


def kind_of(trigger_type: str) -> Kind:
    """Which of the three kinds a trigger is; whatever a person or a program asked for is API-based."""
    if trigger_type == SCHEDULE_TRIGGER:
        return "Schedule-based"
    return "Event-based" if trigger_type.startswith(EVENT_TRIGGERS) else "API-based"


def rank(percent: int, count: int) -> int:
    """The nearest rank of a percentile among `count` values, from 1: at least so many percent are not above it."""
    return -(-percent * count // 100)
