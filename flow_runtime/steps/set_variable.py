"""`set-variable`: binds names, or changes the nearest outer ones of the same name."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.flow import Name
from flow_runtime.step import TEMPLATE, Done, Outcome, PureStep, StepConfig, StepContext


class SetVariableConfig(StepConfig):
    """New values by name."""

    values: Annotated[Mapping[Name, Json], Field(min_length=1, json_schema_extra={"x-kind": TEMPLATE})]


class SetVariable(PureStep[SetVariableConfig]):
    """All values are computed before the first one is assigned, so two variables can be swapped."""

    type_name = "set-variable"
    title = "Set variable"
    summary = "Give names to values"
    category = "data"
    config_model = SetVariableConfig
    example: ClassVar[dict[str, Json]] = {"values": {"greeting": "Hello {{ inputs.name }}", "count": "{{ 1 + 1 }}"}}

    def assigns(self, config: SetVariableConfig) -> frozenset[str]:
        """The names in `values`."""
        return frozenset(config.values)

    def evaluate(self, config: SetVariableConfig, context: StepContext) -> Outcome:
        """Assign the rendered values."""
        values = context.value("values")
        return Done(output=values, assign=values)
