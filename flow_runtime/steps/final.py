"""`final`: ends the whole run with an output, from any depth; inside the check of a form only that check."""

from typing import ClassVar

from flow_runtime.errors import Json
from flow_runtime.step import End, Outcome, PureStep, StepConfig, StepContext, Templated


class FinalConfig(StepConfig):
    """What the run gives back."""

    output: Templated = None


class Final(PureStep[FinalConfig]):
    """Ends the run as completed. Everything that still runs beside it is dropped."""

    type_name = "final"
    title = "Final"
    summary = "End the run with an output"
    category = "control"
    config_model = FinalConfig
    example: ClassVar[dict[str, Json]] = {"output": {"status": "refunded", "order": "{{ inputs.orderId }}"}}

    def evaluate(self, config: FinalConfig, context: StepContext) -> Outcome:
        """End with the rendered output."""
        return End(context.value("output"))
