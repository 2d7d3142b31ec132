"""`show-form`: asks a person to fill in a form, and lets the flow send it back with errors."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, Final

from flow_runtime.errors import Json, StepFailed
from flow_runtime.flow import ScopeDefinition, StepDefinition
from flow_runtime.form_card import VALIDATE, ShowFormConfig, field_errors, form_faults, form_payload, form_templates
from flow_runtime.run import InterruptKind, InterruptStatus, Settlement
from flow_runtime.step import Done, Enter, Fault, Instance, Outcome, PureStep, StepContext, Wait

MAX_ATTEMPTS: Final = 100
"""How often the flow may send one form back."""
_VALUES: Final = "values"


class ShowForm(PureStep[ShowFormConfig]):
    """Parks the run until the form is submitted; its output is the values. What is half filled in stays on the server.

    The steps of `validate` see the values as `values` and under the step's output name. If they end with errors the
    same form opens again, the values kept, as often as it takes.
    """

    type_name = "show-form"
    title = "Show form"
    summary = "Ask a person to fill in a form"
    category = "people"
    config_model = ShowFormConfig
    example: ClassVar[dict[str, Json]] = {
        "title": "Leave request",
        "schema": {
            "type": "object",
            "properties": {"startDate": {"type": "string", "format": "date", "title": "First day"}},
            "required": ["startDate"],
        },
    }

    def ports(self, config: ShowFormConfig) -> Sequence[str]:
        """`submitted` with values, `cancelled` and `expired` without."""
        return ("submitted", "cancelled", "expired")

    def templates(self, config: ShowFormConfig) -> Mapping[str, Json]:
        """All texts that are shown, and the first values."""
        return form_templates(config)

    def scopes(self, config: ShowFormConfig) -> Mapping[str, ScopeDefinition]:
        """The validation, if there is one."""
        return {VALIDATE: config.validation} if config.validation else {}

    def scope_names(self, config: ShowFormConfig, scope: str, *, step: StepDefinition) -> frozenset[str]:
        """The values, by both names."""
        return frozenset({_VALUES, step.output or _VALUES})

    def check(self, config: ShowFormConfig, step: StepDefinition) -> Sequence[Fault]:
        """The schema must be one, and pages may only name its fields."""
        return form_faults(config)

    def evaluate(self, config: ShowFormConfig, context: StepContext) -> Outcome:
        """Ask for the first time."""
        values = context.value("prefill") or {}
        if not config.wait_for_submit:
            return Done(values)
        return _ask(config, context, form_payload(config, context, values=values, attempt=1))

    async def resume(self, config: ShowFormConfig, context: StepContext, settlement: Settlement) -> Outcome:
        """Take the values, or let the flow check them first. Raises `StepFailed` ``withdrawn``."""
        if settlement.status is InterruptStatus.EXPIRED:
            return Done(port="expired")
        if settlement.status is not InterruptStatus.SETTLED:
            raise StepFailed("withdrawn", f"the form of step {context.step.id!r} was taken back")
        if "formData" not in settlement.resolution:
            return Done(port="cancelled")
        values = settlement.resolution["formData"]
        if config.validation is None:
            return Done(values)
        attempt = settlement.payload["attempt"]
        names = {_VALUES: values, context.step.output or _VALUES: values}
        carry = {"values": values, "attempt": attempt, "interruptId": settlement.interrupt_id}
        return Enter([Instance(f"[{attempt}]", VALIDATE, names)], collect="last", carry=carry)

    async def returned(self, config: ShowFormConfig, context: StepContext, collected: Json, *, entered: int) -> Outcome:
        """Go on, or ask again. Raises `StepFailed` ``too_many_attempts``, ``bad_validation``."""
        submitted = context.carried
        errors = collected.get("errors") if isinstance(collected, Mapping) else None
        if not errors:
            return Done(submitted["values"])
        if not isinstance(errors, Mapping):
            message = f"errors must be an object of pointer and message, it is {type(errors).__name__}"
            raise StepFailed("bad_validation", message, category="data_validation")
        if entered >= MAX_ATTEMPTS:
            message = f"the form of step {context.step.id!r} was sent back {MAX_ATTEMPTS} times"
            raise StepFailed("too_many_attempts", message, category="data_validation")
        payload = form_payload(config, context, values=submitted["values"], attempt=submitted["attempt"] + 1)
        payload["errors"] = field_errors(errors)
        return _ask(config, context, payload, replaces=submitted["interruptId"])


def _ask(
    config: ShowFormConfig, context: StepContext, payload: dict[str, Json], *, replaces: str | None = None
) -> Wait:
    return Wait(
        InterruptKind.FORM,
        payload,
        response_schema=config.fields_schema,
        approvers=[str(approver) for approver in context.value("approvers") or ()],
        expires_at=context.now + timedelta(seconds=config.expires_in_s) if config.expires_in_s else None,
        replaces=replaces,
    )
