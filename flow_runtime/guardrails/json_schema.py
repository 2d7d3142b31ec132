"""`json-schema`: texts that must be JSON of a schema."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.fields import schema_faults
from flow_runtime.guardrail import CLEAN, LocalScanner, ScannerConfig, Verdict
from flow_runtime.step import Fault
from flow_runtime.structured_reply import read_json


class JsonSchemaConfig(ScannerConfig):
    """The schema."""

    text_schema: Annotated[
        Mapping[str, Json], Field(alias="schema", title="Schema", description="JSON Schema that the text must fit.")
    ]


class JsonSchema(LocalScanner[JsonSchemaConfig]):
    """The risk is 1 if the text is no JSON or does not fit, else 0. JSON in a Markdown fence counts as JSON."""

    type_name = "json-schema"
    title = "JSON of a schema"
    summary = "Texts that must be JSON of a schema"
    config_model = JsonSchemaConfig
    example: ClassVar[dict[str, Json]] = {"schema": {"type": "object", "required": ["answer"]}}

    def check(self, config: JsonSchemaConfig) -> Sequence[Fault]:
        """The schema must be one."""
        return schema_faults(dict(config.text_schema), "/schema")

    def look(self, text: str, config: JsonSchemaConfig) -> Verdict:
        """Read and validate."""
        _, faults = read_json(text, config.text_schema)
        told = "; ".join(f"{fault.pointer or 'the text'} {fault.message}" for fault in faults[:5])
        return Verdict(1.0, told) if faults else CLEAN
