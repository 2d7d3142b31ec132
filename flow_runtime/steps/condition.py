"""`condition`: leaves by the port of the first case that is true."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Final

from pydantic import Field

from flow_runtime.errors import Json, StepFailed
from flow_runtime.flow import Name, StepDefinition
from flow_runtime.step import CelExpression, Done, Fault, Outcome, PureStep, StepConfig, StepContext

ELSE: Final = "else"


class Case(StepConfig):
    """One way to go on, and when."""

    port: Name
    when: CelExpression


class ConditionConfig(StepConfig):
    """The cases, tried in order."""

    cases: Annotated[tuple[Case, ...], Field(min_length=1, max_length=50)]


class Condition(PureStep[ConditionConfig]):
    """Tries its cases in order and leaves by the port of the first true one, or by `else`."""

    type_name = "condition"
    title = "Condition"
    summary = "Choose how to go on"
    category = "control"
    config_model = ConditionConfig
    example: ClassVar[dict[str, Json]] = {"cases": [{"port": "large", "when": "inputs.amount > 100"}]}

    def ports(self, config: ConditionConfig) -> Sequence[str]:
        """One port per case, then `else`."""
        return tuple(dict.fromkeys([*(case.port for case in config.cases), ELSE]))

    def expressions(self, config: ConditionConfig) -> Mapping[str, str]:
        """The condition of each case."""
        return {f"cases/{index}/when": case.when for index, case in enumerate(config.cases)}

    def check(self, config: ConditionConfig, step: StepDefinition) -> Sequence[Fault]:
        """No port may be called like the way out of all other cases."""
        return [
            Fault("reserved_port", f"{case.port!r} is taken", f"/cases/{index}/port", "choose another name")
            for index, case in enumerate(config.cases)
            if case.port in {ELSE, "error", "next"}
        ]

    def evaluate(self, config: ConditionConfig, context: StepContext) -> Outcome:
        """The first true case. Raises `StepFailed` with code ``not_boolean`` if a case is neither true nor false."""
        for index, case in enumerate(config.cases):
            answer = context.evaluate(f"cases/{index}/when")
            if answer is True:
                return Done(port=case.port)
            if answer is not False:
                message = f"case {case.port!r} must be true or false, it gave {type(answer).__name__}"
                remedy = "Compare it with something, such as `!= null` or `> 0`."
                raise StepFailed("not_boolean", message, category="data_validation", remedy=remedy)
        return Done(port=ELSE)
