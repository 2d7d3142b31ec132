"""What every built-in step type owes the Studio, the docs and the checks."""

import pytest

from flow_runtime.checks import check_definition
from flow_runtime.errors import Json
from flow_runtime.registry import AnyStepType, StepRegistry, describe_step_type
from flow_runtime.schema_validation import check_schema, validate

STEPS = list(StepRegistry.installed())
BUILT_IN = [
    "final",
    "set-variable",
    "condition",
    "loop",
    "parallel",
    "delay",
    "http-request",
    "ask-to-llm",
    "extract-data",
    "ask-to-peer",
    "run-flow",
    "code",
    "user-approval",
    "show-form",
    "client-tool",
    "add-widget-to-message",
    "end-session",
]
each_step = pytest.mark.parametrize("step_type", STEPS, ids=lambda step_type: step_type.type_name)


@pytest.mark.row("B-09")
def test_every_built_in_step_is_registered_like_anybody_elses() -> None:
    assert {step_type.type_name for step_type in STEPS} >= set(BUILT_IN)


@each_step
def test_its_example_passes_all_checks(step_type: AnyStepType) -> None:
    # Given a flow that consists of the example
    names = ("amount", "orderId", "email", "text", "mail", "name")
    definition: dict[str, Json] = {
        "name": "example",
        "inputs": {"type": "object", "properties": {name: {} for name in names}},
        "start": "example",
        "steps": [{"id": "example", "type": step_type.type_name, "config": step_type.example}],
    }
    # Then nothing is wrong with it
    found = check_definition(definition, StepRegistry(STEPS))
    assert [fault for fault in found if fault.level == "error"] == []


@each_step
def test_its_config_schema_draws_an_inspector(step_type: AnyStepType) -> None:
    described = describe_step_type(step_type)
    schema = described["configSchema"]
    assert check_schema(schema) == []
    assert validate(schema, dict(step_type.example)) == []
    assert schema["additionalProperties"] is False
    assert all("title" in field or "$ref" in field for field in schema["properties"].values())
    assert not [name for name in schema["properties"] if "_" in name]


@each_step
def test_it_is_described_for_people(step_type: AnyStepType) -> None:
    described = describe_step_type(step_type)
    assert described["docs"].endswith(".") or described["docs"].endswith("`.")
    assert described["title"][0].isupper()
    assert not described["summary"].endswith(".")
    assert len(described["summary"]) <= 60
    assert described["ports"]


@each_step
def test_it_refuses_settings_that_it_does_not_know(step_type: AnyStepType) -> None:
    definition: dict[str, Json] = {
        "name": "x",
        "start": "x",
        "steps": [{"id": "x", "type": step_type.type_name, "config": {**step_type.example, "surprise": 1}}],
    }
    found = check_definition(definition, StepRegistry(STEPS))
    assert "/steps/0/config/surprise" in {fault.path for fault in found}
