"""What an approver sees: the shape of its config, and the card itself."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, model_validator

from flow_runtime.errors import Json
from flow_runtime.fields import FieldSet, schema_faults
from flow_runtime.flow import Name
from flow_runtime.step import TEMPLATE, Fault, StepConfig, StepContext, TemplatedText

REJECT: Final = "reject"
EXPIRED: Final = "expired"


class ShownFact(StepConfig):
    """One line of what the decision rests on. Its value is shown as plain text."""

    label: TemplatedText
    value: Annotated[Json, Field(json_schema_extra={"x-kind": TEMPLATE})] = None


class Decision(StepConfig):
    """One way to decide. Its name is the port; without a label the usual word is shown. A bare text is a name."""

    name: Name
    label: TemplatedText = ""
    style: Literal["primary", "plain", "danger"] = "plain"
    needs_comment: Annotated[bool, Field(description="Ask for a reason.")] = False

    @model_validator(mode="before")
    @classmethod
    def _wrap(cls, value: Any) -> Any:  # noqa: ANN401 - JSON as somebody wrote it
        return {"name": value, "style": _USUAL_STYLES.get(value, "plain")} if isinstance(value, str) else value


_USUAL_STYLES: Final[Mapping[str, str]] = {"approve": "primary", REJECT: "danger"}
USUAL_DECISIONS: Final = (Decision(name="approve", style="primary"), Decision(name=REJECT, style="danger"))
"""What is offered where a config names no decisions."""


def as_facts(value: Json) -> Json:
    """Facts as a list, also where they were written as an object of label and value."""
    if isinstance(value, Mapping):
        return [{"label": label, "value": fact} for label, fact in value.items()]
    return value


class UserApprovalConfig(StepConfig):
    """What is asked, of whom, and which answers there are."""

    title: Annotated[TemplatedText, Field(min_length=1, examples=["Refund {{ amount }} €?"])]
    message: TemplatedText | None = None
    facts: Annotated[
        tuple[ShownFact, ...],
        BeforeValidator(as_facts),
        Field(description="What the decision rests on.", max_length=50),
    ] = ()
    decisions: Annotated[tuple[Decision, ...], Field(min_length=1, max_length=10)] = USUAL_DECISIONS
    comment: Literal["none", "optional", "required"] = "optional"
    approvers: Annotated[
        tuple[str, ...],
        Field(
            description="starter, participants, user:<id, name or address>, group:<id or name>, role:<role>; "
            "not:<one of the first four> bars them; "
            "by default the starter, the participants, and who may run the flow.",
            json_schema_extra={"x-kind": TEMPLATE},
        ),
    ] = ()
    editable: Annotated[
        FieldSet | tuple[Name, ...] | None,
        Field(title="Editable", description="What an approver may change first: fields, or just names of inputs."),
    ] = None
    form: Annotated[FieldSet | None, Field(title="Form", description="Fields to fill in with the decision.")] = None
    on_reject: Annotated[
        Literal["end", "continue"], Field(description="Where no port `reject` is connected: end the run, or go on.")
    ] = "end"
    expires_in_s: Annotated[float | None, Field(gt=0, description="Seconds until it leaves by `expired`.")] = None


def approval_templates(config: UserApprovalConfig) -> dict[str, Json]:
    """Everything that is shown, by its path in the config."""
    found = {
        "title": config.title,
        "message": config.message,
        "facts": [fact.model_dump(by_alias=True) for fact in config.facts] or None,
        "decisions": [decision.model_dump(by_alias=True) for decision in config.decisions],
        "approvers": list(config.approvers) or None,
        "editable/values": config.editable.values if isinstance(config.editable, FieldSet) else None,
        "form/values": config.form.values if config.form else None,
    }
    return {path: value for path, value in found.items() if value is not None}


def approval_payload(config: UserApprovalConfig, context: StepContext) -> dict[str, Json]:
    """The card, made of the config and of what the names hold now."""
    payload: dict[str, Json] = {"comment": config.comment}
    for name in ("title", "message", "facts", "decisions"):
        if (value := context.value(name)) is not None:
            payload[name] = value
    payload["title"] = context.text("title")
    if config.editable:
        editable = config.editable
        fields = editable if isinstance(editable, FieldSet) else _inferred(editable, context.scope)
        payload["editable"] = _shown(fields, context.value("editable/values") or _present(fields, context.scope))
    if config.form:
        payload["form"] = _shown(config.form, context.value("form/values"))
    return payload


def approval_faults(config: UserApprovalConfig) -> list[Fault]:
    """Decisions must differ and not be called like other ports; schemas must be schemas."""
    names = [decision.name for decision in config.decisions]
    remedy = "choose another name"
    faults = [
        Fault("reserved_port", f"a decision cannot be called {name!r}", f"/decisions/{at}/name", remedy)
        for at, name in enumerate(names)
        if name in {EXPIRED, "error", "next"} or name in names[:at]
    ]
    for field, fields in (("editable", config.editable), ("form", config.form)):
        if isinstance(fields, FieldSet):
            faults += schema_faults(dict(fields.fields_schema), f"/{field}/schema")
    return faults


def _shown(fields: FieldSet, values: Json) -> dict[str, Json]:
    shown: dict[str, Json] = {"schema": dict(fields.fields_schema)}
    if fields.ui_schema:
        shown["uiSchema"] = dict(fields.ui_schema)
    if values:
        shown["values"] = values
    return shown


def _present(fields: FieldSet, scope: Mapping[str, Json]) -> dict[str, Json]:
    """The values that names like those of the fields have now."""
    properties = fields.fields_schema.get("properties") or {}
    return {name: scope[name] for name in properties if name in scope and scope[name] is not None}


_KINDS: Final = ((bool, "boolean"), (int | float, "number"), (str, "string"), (list, "array"), (dict, "object"))


def _inferred(names: tuple[str, ...], scope: Mapping[str, Json]) -> FieldSet:
    """Fields for these names, each of the type of its present value."""
    properties = {
        name: {
            "title": name,
            **next(({"type": word} for kind, word in _KINDS if isinstance(scope.get(name), kind)), {}),
        }
        for name in names
    }
    return FieldSet.model_validate({"schema": {"type": "object", "properties": properties}})
