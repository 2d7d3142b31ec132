"""What somebody who fills in a form sees: the shape of its config, and the card itself."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.fields import schema_faults
from flow_runtime.flow import ScopeDefinition
from flow_runtime.step import TEMPLATE, Fault, StepConfig, StepContext, Templated, TemplatedText
from flow_runtime.templates import as_text

VALIDATE: Final = "validate"


class FormPage(StepConfig):
    """One page of a longer form: the top-level fields on it."""

    title: TemplatedText
    fields: tuple[str, ...]


class ShowFormConfig(StepConfig):
    """The fields, and what happens with what is filled in."""

    title: Annotated[TemplatedText, Field(min_length=1)]
    message: TemplatedText | None = None
    fields_schema: Annotated[
        Mapping[str, Json],
        Field(alias="schema", title="Schema", description="JSON Schema of type object; if/then shows fields by need."),
    ]
    ui_schema: Annotated[Mapping[str, Json] | None, Field(description="Hints for the layout, by field.")] = None
    prefill: Annotated[Templated, Field(description="First values by field.")] = None
    pages: Annotated[tuple[FormPage, ...], Field(max_length=20)] = ()
    validation: Annotated[
        ScopeDefinition | None,
        Field(
            alias=VALIDATE,
            title="Validation",
            description="Steps that end with {errors: {pointer: message}}; with errors the form opens again.",
        ),
    ] = None
    submit_label: TemplatedText | None = None
    cancellable: bool = True
    wait_for_submit: Annotated[bool, Field(description="Off: give the first values and go on at once.")] = True
    approvers: Annotated[
        tuple[str, ...],
        Field(
            description="Who may fill it in: starter, participants, user:<id>, role:owner; by default the first two. "
            "Visitors of a share link are the starter only where that is named.",
            json_schema_extra={"x-kind": TEMPLATE},
        ),
    ] = ()
    expires_in_s: Annotated[float | None, Field(gt=0, description="Seconds until it leaves by `expired`.")] = None


def form_templates(config: ShowFormConfig) -> dict[str, Json]:
    """All texts that are shown, and the first values, by their path in the config."""
    found = {
        "title": config.title,
        "message": config.message,
        "submitLabel": config.submit_label,
        "prefill": config.prefill,
        "approvers": list(config.approvers) or None,
        "pages": [page.model_dump(by_alias=True) for page in config.pages] or None,
    }
    return {path: value for path, value in found.items() if value is not None}


def form_payload(config: ShowFormConfig, context: StepContext, *, values: Json, attempt: int) -> dict[str, Json]:
    """The card. `attempt` counts from 1."""
    payload: dict[str, Json] = {
        "schema": dict(config.fields_schema),
        "values": values,
        "cancellable": config.cancellable,
        "attempt": attempt,
    }
    if config.ui_schema:
        payload["uiSchema"] = dict(config.ui_schema)
    for name in form_templates(config).keys() - {"prefill", "approvers"}:
        payload[name] = context.value(name)
    return payload


def field_errors(errors: Mapping[str, Json]) -> dict[str, Json]:
    """Messages by JSON Pointer; a bare name is the field of that name, several messages become one."""
    return {
        f"/{field}" if field and not field.startswith("/") else field: "; ".join(map(as_text, message))
        if isinstance(message, list | tuple)
        else as_text(message)
        for field, message in errors.items()
    }


def form_faults(config: ShowFormConfig) -> list[Fault]:
    """The schema must be one, and pages may only name its fields."""
    faults = schema_faults(dict(config.fields_schema), "/schema")
    known = set(_fields(config.fields_schema))
    for at, page in enumerate(config.pages):
        faults += [
            Fault("unknown_field", f"no field is called {name!r}", f"/pages/{at}/fields", "name fields of the schema")
            for name in page.fields
            if name not in known
        ]
    return faults


def _fields(schema: Mapping[str, Json]) -> Iterator[str]:
    """The top-level fields, conditional ones too."""
    yield from schema.get("properties") or ()
    parts = [schema.get("then"), schema.get("else"), *(schema.get("allOf") or ()), *(schema.get("anyOf") or ())]
    for part in [*parts, *(schema.get("oneOf") or ()), *(schema.get("dependentSchemas") or {}).values()]:
        if isinstance(part, Mapping):
            yield from _fields(part)
