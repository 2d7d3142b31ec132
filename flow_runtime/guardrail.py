"""The scanner contract: what looks at texts on their way into models and out of them. Pure; built-ins use it too.

A scanner is a class with a typed config that answers one text with one `Verdict`: how great the risk is, from 0 to 1,
and where in the text it lies. What follows from a risk (block, redact, warn, flag) is decided around it, by threshold
and action of the `ScannerUse`; a scanner that raises or takes too long is a fault, which blocks or is flagged, and
never passes silently. Register the class under `peer_server.guardrails`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, Literal, TypeVar

from flow_runtime.errors import Json
from flow_runtime.flow import ScannerUse
from flow_runtime.step import Fault, StepConfig

Side = Literal["input", "output"]
SIDES: Final[tuple[Side, ...]] = ("input", "output")
LONGEST_TEXT: Final = 400_000
"""Characters of the longest text that is scanned; a longer one counts as a fault."""


class ScannerConfig(StepConfig):
    """Base of every config model: camelCase in JSON, unknown keys refused. Its JSON Schema draws the form."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the text, and what it is; redacting replaces it by that label."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scanner says of one text. `explanation` never repeats the text: it may be what must not be seen.

    `usage` is what a model that was asked has used: {model, promptTokens, completionTokens, totalTokens}.
    """

    score: float
    explanation: str = ""
    spans: Sequence[Span] = ()
    usage: Sequence[Mapping[str, Json]] = ()


CLEAN: Final = Verdict(0.0)


@dataclass(frozen=True, slots=True)
class ScanContext:
    """What a scanner is given besides. `models` resolves a model name to a `ChatModel` (see `models.catalog`)."""

    side: Side = "input"
    models: Any = None
    workspace_id: str = ""


C = TypeVar("C", bound=ScannerConfig)


class Scanner(ABC, Generic[C]):
    """One kind of check. Subclass it, fill the class variables, and register it under `peer_server.guardrails`."""

    type_name: ClassVar[str]
    """The string in a definition's `type`."""
    title: ClassVar[str]
    summary: ClassVar[str]
    config_model: ClassVar[type[ScannerConfig]]
    example: ClassVar[Mapping[str, Json]]
    """A config that passes all checks, shown in the docs and run in the tests."""
    default_threshold: ClassVar[float] = 0.5
    can_redact: ClassVar[bool] = False
    """Whether its verdicts have spans."""
    timeout_s: ClassVar[float] = 10.0

    def missing(self) -> str:
        """What must be installed before it works, as a remedy; empty if it works."""
        return ""

    def check(self, config: C) -> Sequence[Fault]:
        """Mistakes that the config schema cannot express. Paths are relative to the config."""
        return ()

    @abstractmethod
    async def scan(self, text: str, config: C, context: ScanContext) -> Verdict:
        """Look at one text. Raises whatever goes wrong: that is a fault, which the `onFault` of its use decides."""


class LocalScanner(Scanner[C]):
    """A scanner that only computes: long texts, and all texts of slow scanners, are looked at in a thread."""

    is_slow: ClassVar[bool] = False

    @abstractmethod
    def look(self, text: str, config: C) -> Verdict:
        """Look at one text. Called from several threads."""

    async def scan(self, text: str, config: C, context: ScanContext) -> Verdict:
        """The asynchronous face of `look`."""
        return self.look(text, config)


@dataclass(frozen=True, slots=True)
class ScannerPlan:
    """A scanner in use, ready to look."""

    use: ScannerUse
    scanner: Scanner[Any]
    config: Any

    @property
    def threshold(self) -> float:
        """The risk from which on it acts."""
        return self.scanner.default_threshold if self.use.threshold is None else self.use.threshold


@dataclass(frozen=True, slots=True)
class GuardPlan:
    """The scanners of one step or Peer."""

    input: tuple[ScannerPlan, ...] = ()
    output: tuple[ScannerPlan, ...] = ()

    def side(self, side: Side) -> tuple[ScannerPlan, ...]:
        """Those of one side."""
        return self.input if side == "input" else self.output

    def of_step(self, step_id: str) -> "GuardPlan":
        """Those that guard this step."""
        return GuardPlan(*(tuple(one for one in self.side(side) if _guards(one, step_id)) for side in SIDES))

    @property
    def holds_back(self) -> bool:
        """Whether what a model says may not be seen before it is whole and was looked at."""
        return any(one.use.action in ("block", "redact") or one.use.on_fault == "block" for one in self.output)


UNGUARDED: Final = GuardPlan()


def _guards(plan: ScannerPlan, step_id: str) -> bool:
    return not plan.use.steps or step_id in plan.use.steps
