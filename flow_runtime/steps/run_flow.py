"""`run-flow`: runs another flow and goes on with what it gives."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from flow_runtime.errors import Json, StepFailed
from flow_runtime.json_limits import LARGEST_NUMBER
from flow_runtime.run import InterruptStatus, RunStatus, Settlement
from flow_runtime.step import TEMPLATE, CallFlow, Done, End, Outcome, PureStep, StepConfig, StepContext

_ENDINGS: Final = {
    RunStatus.CANCELLED.value: ("child_cancelled", "the flow that was called was cancelled"),
    RunStatus.TIMED_OUT.value: ("child_timed_out", "the flow that was called ran out of time"),
}


class RunFlowConfig(StepConfig):
    """Which flow, and what it is given. What it waits for is asked as if this flow asked it."""

    flow_id: Annotated[str, Field(min_length=1, title="Flow")]
    version: Annotated[
        Literal["deployed", "latest"] | Annotated[int, Field(ge=1, le=LARGEST_NUMBER)],
        Field(description="The deployed version, the latest published one, or a number."),
    ] = "deployed"
    inputs: Annotated[
        Mapping[str, Json], Field(description="Inputs of that flow.", json_schema_extra={"x-kind": TEMPLATE})
    ] = {}
    on_reject: Annotated[
        Literal["end", "continue"],
        Field(description="If the other flow ended as rejected: end this run as rejected too, or go on."),
    ] = "end"


class RunFlow(PureStep[RunFlowConfig]):
    """Its output is the output of that flow. A flow that fails, is cancelled or runs out of time fails this step.

    A rejection that ended the other flow ends this run as rejected too: what follows here may be what it guarded.
    """

    type_name = "run-flow"
    title = "Run flow"
    summary = "Let another flow do a part"
    category = "control"
    config_model = RunFlowConfig
    example: ClassVar[dict[str, Json]] = {"flowId": "send-receipt", "inputs": {"to": "{{ inputs.email }}"}}

    def evaluate(self, config: RunFlowConfig, context: StepContext) -> Outcome:
        """Call the flow."""
        return CallFlow(config.flow_id, config.version, context.value("inputs") or {})

    async def resume(self, config: RunFlowConfig, context: StepContext, settlement: Settlement) -> Outcome:
        """Give what it gave. Raises `StepFailed` with its error's code, ``child_cancelled`` or ``child_timed_out``."""
        ending = settlement.resolution if settlement.status is InterruptStatus.SETTLED else None
        status = ending["status"] if ending else RunStatus.CANCELLED.value
        if ending and status == RunStatus.COMPLETED.value:
            is_over = ending.get("rejected") and config.on_reject == "end"
            return End(ending.get("output"), rejected=True) if is_over else Done(ending.get("output"))
        error: Mapping[str, Json] = (ending or {}).get("error") or {}
        code, message = _ENDINGS.get(status, (error.get("code", "child_failed"), error.get("message", "it failed")))
        details = {"flowId": config.flow_id, "runId": (ending or {}).get("runId"), "stepId": error.get("stepId")}
        raise StepFailed(
            code,
            f"flow {config.flow_id!r}: {message}",
            category=error.get("category", "internal"),
            details=details,
        )
