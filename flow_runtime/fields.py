"""Fields that a person fills in, in approvals and forms: a JSON Schema, hints for its layout, first values."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from flow_runtime.errors import Json
from flow_runtime.schema_validation import check_schema
from flow_runtime.step import Fault, StepConfig, Templated


class FieldSet(StepConfig):
    """Fields with a schema of type object. A bare JSON Schema is read as one without hints and values."""

    fields_schema: Annotated[
        Mapping[str, Json], Field(alias="schema", title="Schema", description="JSON Schema of type object.")
    ]
    ui_schema: Annotated[Mapping[str, Json] | None, Field(description="Hints for the layout, by field.")] = None
    values: Annotated[Templated, Field(title="First values")] = None

    @model_validator(mode="before")
    @classmethod
    def _wrap(cls, value: Any) -> Any:  # noqa: ANN401 - JSON as somebody wrote it
        is_schema = isinstance(value, Mapping) and "schema" not in value and ("properties" in value or "type" in value)
        return {"schema": value} if is_schema else value


def schema_faults(schema: Json, path: str) -> list[Fault]:
    """What is wrong with a schema in a config, for `StepType.check`; `path` leads to it."""
    if schema is None:
        return []
    return [
        Fault("invalid_schema", f"this is no valid JSON Schema: {error.message}", path + error.pointer, "correct it")
        for error in check_schema(schema)
    ]
