"""Everything `flow_runtime` raises on purpose, in one tree.

FlowError                     a stable ``code``, the ``path`` of the fault, and the ``remedy``
├── InvalidDefinition         a definition, input or resolution that breaks its schema
├── NotFound                  the run, flow version or interrupt does not exist (here)
├── Conflict                  the thing exists but its state forbids the request
├── Gone                      it could have been done once, and no longer can
├── StepFailed                a step ended badly; the run takes its error port or fails
│   └── BudgetSpent           what may be spent on models is used up; no model was asked
├── Fenced                    another worker owns the run now; stop at once, write nothing
└── StoreUnavailable          the database refused or is unreachable; nothing was written
"""

from collections.abc import Mapping, Sequence
from typing import Any

Json = Any
"""A JSON value: None, bool, int, float, str, list of Json, dict of str to Json."""


class FlowError(Exception):
    """Base of the tree: what went wrong, where, and what to do about it.

    ``code`` is stable and machine readable, ``path`` is a JSON Pointer into what the caller sent ("" if none),
    ``remedy`` one sentence that says what to do, ``details`` a JSON value for programs.
    """

    def __init__(self, code: str, message: str, *, path: str = "", remedy: str = "", details: Json = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path
        self.remedy = remedy
        self.details = details

    def as_json(self) -> dict[str, Json]:
        """The error as it is stored in journals and sent to clients; empty fields are left out."""
        fields = {"code": self.code, "message": self.message, "path": self.path, "remedy": self.remedy}
        answer: dict[str, Json] = {name: value for name, value in fields.items() if value}
        if self.details is not None:
            answer["details"] = self.details
        return answer


class InvalidDefinition(FlowError):
    """A definition, an input or a resolution breaks its schema; ``details`` lists every fault."""


class NotFound(FlowError):
    """The run, flow version or interrupt does not exist, or not for this workspace."""


class Conflict(FlowError):
    """The thing exists but its state forbids the request; ``details`` holds the recorded outcome if there is one."""


class Gone(FlowError):
    """It could have been done once and no longer can: an expired or cancelled interrupt."""


class StepFailed(FlowError):
    """A step ended badly.

    ``category`` tells whose fault it is: internal, connection, authorization, data_validation, content_filter, network.
    ``retryable`` says whether the envelope's retry policy may try again. ``recorded`` is what the journal keeps beside
    the error: the `usage` of models and the results of `scanners` up to there.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        category: str = "internal",
        retryable: bool = False,
        path: str = "",
        remedy: str = "",
        details: Json = None,
    ) -> None:
        super().__init__(code, message, path=path, remedy=remedy, details=details)
        self.category = category
        self.retryable = retryable
        self.recorded: Mapping[str, Json] = {}

    def as_json(self) -> dict[str, Json]:
        """The stored form, with the category."""
        return {**super().as_json(), "category": self.category}


class BudgetSpent(StepFailed):
    """What somebody may spend on models is used up, so no model was asked: ``budget_spent``.

    Scanners pass it on: it is no fault of theirs. `details` says whose budget, until when, and who can raise it.
    """

    def __init__(self, message: str, *, remedy: str, details: Json) -> None:
        super().__init__("budget_spent", message, category="authorization", remedy=remedy, details=details)


class Fenced(FlowError):
    """This worker lost the run to a newer epoch: stop at once, write nothing."""

    def __init__(self, run_id: str, epoch: int) -> None:
        super().__init__("fenced", f"run {run_id!r} is no longer owned at epoch {epoch}")
        self.run_id = run_id
        self.epoch = epoch


class StoreUnavailable(FlowError):
    """The database refused the write or is unreachable: nothing was written, the caller may try again."""


def invalid(message: str, faults: Sequence[dict[str, Json]], *, code: str = "invalid") -> InvalidDefinition:
    """An `InvalidDefinition` that lists every fault; its path is the first fault's."""
    first = faults[0].get("path", "") if faults else ""
    return InvalidDefinition(code, message, path=str(first), details=list(faults))


def found_by_pydantic(value: Json, finding: Mapping[str, Any]) -> tuple[list[str | int], str]:
    """Where one of pydantic's findings about a value is, and what it says, in words for whoever sent the value.

    Pydantic also names the members of a union that it tried; those lead nowhere in what was sent and are left out.
    """
    place: list[str | int] = []
    for part in finding["loc"]:
        is_index = isinstance(value, list | tuple) and isinstance(part, int) and part < len(value)
        if is_index or (isinstance(value, Mapping) and part in value):
            value = value[part]
        elif finding["type"] != "missing" or part is not finding["loc"][-1]:
            continue
        place.append(part)
    return place, finding["msg"].removeprefix("Value error, ")
