"""The flow definition: one JSON document, published as JSON Schema. Structure only; meaning is in `checks`."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from flow_runtime.errors import Json

StepId = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$", description="unique in the whole flow")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$", description="usable as a name in expressions")]
MAIN_PORT = "next"
"""What a bare string in `next` connects: the step type's main port, whatever that is called."""


class DefinitionModel(BaseModel):
    """Base of every part of a definition: camelCase in JSON, unknown keys refused, immutable."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class TriggerDefinition(DefinitionModel):
    """One way a run of this flow may start."""

    type: Annotated[str, Field(examples=["api", "peer.action", "peer.message", "schedule", "form", "share"])]
    config: Mapping[str, Json] = Field(default_factory=dict)


class Retry(DefinitionModel):
    """How often a failed attempt is repeated; the delay grows by `factor` from `delay_s` up to `max_delay_s`."""

    max_attempts: Annotated[int, Field(ge=1, le=10)] = 1
    delay_s: Annotated[float, Field(ge=0, le=3600)] = 1.0
    factor: Annotated[float, Field(ge=1, le=10)] = 2.0
    max_delay_s: Annotated[float, Field(ge=0, le=86400)] = 60.0


class StepDefinition(DefinitionModel):
    """The envelope of one step. `config` belongs to the type; `next` maps its ports to step ids of the same scope."""

    id: StepId
    type: str
    name: str | None = None
    config: Mapping[str, Json] = Field(default_factory=dict)
    output: Name | None = None
    next: str | Mapping[str, str] | None = None
    retry: Retry | None = None
    timeout_s: Annotated[float, Field(gt=0, le=86400)] | None = None
    on_error: Literal["port", "fail", "continue"] = "port"


class ScopeDefinition(DefinitionModel):
    """Steps that belong together: the root of a flow, a loop body, a branch, the validation of a form."""

    start: StepId
    steps: tuple[StepDefinition, ...] = Field(min_length=1)


class Callback(DefinitionModel):
    """Where results are to be pushed to: a proposal for who sets that up; what is set up is kept apart, encrypted."""

    url: str


class FlowSettings(DefinitionModel):
    """How the endpoint answers and how long a run may be active. Times in seconds; None = no limit (async only)."""

    mode: Literal["sync", "async"] = "sync"
    sync_timeout_s: Annotated[int, Field(ge=60, le=300)] = 180
    async_timeout_s: Annotated[int, Field(ge=60, le=600)] | None = 180
    callback: Callback | None = None
    max_steps: Annotated[int, Field(ge=1, le=10_000)] = 10_000


class ScannerUse(DefinitionModel):
    """One scanner of a guardrail: what it looks for, from which risk on it acts, and how."""

    id: Annotated[StepId | None, Field(description="a name of one's own, where a type is used twice")] = None
    type: Annotated[str, Field(examples=["regex", "denylist", "secrets", "prompt-injection"])]
    config: Mapping[str, Json] = Field(default_factory=dict)
    threshold: Annotated[float | None, Field(ge=0, le=1, description="the risk that it takes; else the type's own")] = (
        None
    )
    action: Annotated[
        Literal["block", "redact", "warn", "flag"],
        Field(description="fail the step, hide what was found, tell of it, or only record it"),
    ] = "block"
    on_fault: Annotated[
        Literal["block", "flag"], Field(description="when the scanner itself fails; nothing passes silently")
    ] = "block"
    steps: Annotated[tuple[StepId, ...], Field(description="the AI steps that it guards; none means all")] = ()

    @property
    def name(self) -> str:
        """What results and errors call it."""
        return self.id or self.type


class Guardrails(DefinitionModel):
    """What looks at the texts that go into models (`input`) and come out of them (`output`), in this order."""

    input: Annotated[tuple[ScannerUse, ...], Field(max_length=20)] = ()
    output: Annotated[tuple[ScannerUse, ...], Field(max_length=20)] = ()


class FlowDefinition(DefinitionModel):
    """A whole flow. `inputs` is a JSON Schema of type object; `layout` and `notes` never change behaviour."""

    schema_version: Literal[1] = 1
    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: str = ""
    notes: str = ""
    triggers: tuple[TriggerDefinition, ...] = ()
    inputs: Mapping[str, Json] = Field(default_factory=lambda: {"type": "object", "properties": {}})
    start: StepId
    steps: tuple[StepDefinition, ...] = Field(min_length=1)
    settings: FlowSettings = FlowSettings()
    guardrails: Guardrails = Guardrails()
    layout: Mapping[str, Json] = Field(default_factory=dict)


def definition_schema() -> dict[str, Json]:
    """The published JSON Schema of a definition, as `/v1/flow/schema` serves it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **FlowDefinition.model_json_schema()}
