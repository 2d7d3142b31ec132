"""`parallel`: runs branches side by side and waits for all of them, or for the first."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.flow import Name, ScopeDefinition
from flow_runtime.step import Done, Enter, Instance, Outcome, PureStep, StepConfig, StepContext


class ParallelConfig(StepConfig):
    """The branches by name. With `wait: first`, the others are dropped once one has ended."""

    branches: Annotated[Mapping[Name, ScopeDefinition], Field(min_length=1, max_length=10)]
    wait: Literal["all", "first"] = "all"


class Parallel(PureStep[ParallelConfig]):
    """Its output is ``{branch: output}``. A branch that fails fails the step; in a race only if it was the last one."""

    type_name = "parallel"
    title = "Parallel"
    summary = "Do several things at once"
    category = "control"
    config_model = ParallelConfig
    example: ClassVar[dict[str, Json]] = {
        "branches": {
            "left": {"start": "a", "steps": [{"id": "a", "type": "set-variable", "config": {"values": {"x": 1}}}]},
            "right": {"start": "b", "steps": [{"id": "b", "type": "set-variable", "config": {"values": {"y": 2}}}]},
        }
    }

    def scopes(self, config: ParallelConfig) -> Mapping[str, ScopeDefinition]:
        """One scope per branch."""
        return config.branches

    def is_concurrent(self, config: ParallelConfig) -> bool:
        """Whether there is more than one branch."""
        return len(config.branches) > 1

    def evaluate(self, config: ParallelConfig, context: StepContext) -> Outcome:
        """Enter every branch."""
        instances = [Instance(name=f".{name}", scope=name) for name in config.branches]
        return Enter(instances, wait=config.wait, collect="dict")

    async def returned(
        self,
        config: ParallelConfig,
        context: StepContext,
        collected: Json,
        *,
        entered: int,
    ) -> Outcome:
        """Give what the branches gave."""
        return Done(use_collected=True)
