"""What one moment of one step of a flow sees."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flow_runtime.errors import Json
from flow_runtime.flow import StepDefinition
from flow_runtime.frame import Position
from flow_runtime.guarding import ActiveGuard
from flow_runtime.ids import stable_id
from flow_runtime.plan import StepPlan
from flow_runtime.run import Run
from flow_runtime.step import StepServices
from flow_runtime.templates import as_text


class FlowStepContext:
    """Implements `StepContext` over a position and a scope."""

    __slots__ = (
        "_guard",
        "_opened",
        "_plan",
        "attempt",
        "carried",
        "key",
        "now",
        "rendered",
        "run",
        "scope",
        "secrets",
        "services",
        "step",
    )

    def __init__(
        self,
        position: Position,
        *,
        run: Run,
        now: datetime,
        scope: Mapping[str, Json],
        services: StepServices,
        secrets: Sequence[str],
    ) -> None:
        self._plan: StepPlan = position.plan
        self._opened = position.opened
        self.run = run
        self.step: StepDefinition = position.plan.step
        self.key = position.key
        self.attempt = position.attempt
        self.carried = position.carried
        self.now = now
        self.scope = scope
        self.services = services
        self.secrets = secrets
        self.rendered: dict[str, Json] = {}
        """What templated fields gave so far."""
        self._guard: ActiveGuard | None = None

    @property
    def guard(self) -> ActiveGuard:
        """The guardrails around this step; one for the whole moment."""
        if self._guard is None:
            models, workspace_id = self.services.models, self.run.workspace_id
            self._guard = ActiveGuard(self._plan.guard, models=models, workspace_id=workspace_id)
        return self._guard

    @property
    def idempotency_key(self) -> str:
        """``<run id>:<step key>``."""
        return f"{self.run.id}:{self.key}"

    @property
    def interrupt_id(self) -> str:
        """The id of the next interrupt of this step."""
        return interrupt_id(self.run.id, self.key, n=self._opened + 1)

    def value(self, field: str) -> Json:
        """The rendered value of that templated field; None if it was left out. Raises `ExpressionError`."""
        template = self._plan.templates.get(field)
        if template is None:
            return None
        value = self.rendered[field] = template.render(self.scope)
        return value

    def text(self, field: str) -> str:
        """The same as text. Raises `ExpressionError`."""
        return as_text(self.value(field))

    def evaluate(self, field: str) -> Json:
        """The value of that expression field. Raises `ExpressionError`; KeyError if there is no such field."""
        return self._plan.expressions[field].evaluate(self.scope)


def interrupt_id(run_id: str, key: str, *, n: int) -> str:
    """The id of the n-th interrupt of a step, known before it is opened and the same after a crash."""
    return stable_id(run_id, key, str(n))
