"""One outcome is one event; outcomes that a step type may not give are its failure."""

import pytest

from flow_runtime.engine import advance, failed, outcome_unknown, retry_delay, retrying, waiting
from flow_runtime.errors import FlowError, Json, StepFailed
from flow_runtime.frame import Position
from flow_runtime.plan import compile_plan
from flow_runtime.run import InterruptKind
from flow_runtime.state import RunState
from flow_runtime.step import Done, End, Enter, Instance
from tests.fakes.steps import fake_registry, parsed, scope, step


def position(one: dict[str, Json]) -> Position:
    """The position of a run that is about to take this step."""
    return RunState(compile_plan(parsed(one), fake_registry()), {}).positions[one["id"]]


BOX = step("a", "box", None, scopes={"body": scope(step("b"))})


@pytest.mark.parametrize(
    ("outcome", "data"),
    [
        (Done(), {}),
        (Done([]), {"output": []}),
        (Done(False, "other"), {"output": False, "port": "other"}),
        (Done(1, assign={"x": 1}), {"output": 1, "assign": {"x": 1}}),
        (Done(use_collected=True), {"collected": True}),
        (Done(usage=[{"model": "m"}], warnings=["w"]), {"usage": [{"model": "m"}], "warnings": ["w"]}),
        (End(5), {"output": 5, "ends": {}}),
        (End(None, rejected=True), {"output": None, "ends": {"rejected": True}}),
    ],
)
def test_absent_fields_are_absent(outcome: Done | End, data: Json) -> None:
    event = advance(position(step("a")), outcome)
    assert (event.type, event.key, event.data) == ("step.done", "a", data)


def test_entering_names_each_instance() -> None:
    event = advance(
        position(BOX), Enter([Instance("[0]", "body", {"item": 1}), Instance("[1]", "body")], concurrency=2)
    )
    assert event.type == "step.entered"
    assert event.data == {
        "instances": [{"name": "[0]", "scope": "body", "vars": {"item": 1}}, {"name": "[1]", "scope": "body"}],
        "wait": "all",
        "collect": "list",
        "concurrency": 2,
    }


@pytest.mark.parametrize(
    "instances",
    [[Instance("[0]", "body"), Instance("[0]", "body")], [Instance("[0]", "zzz")]],
    ids=["twice", "unknown"],
)
def test_a_step_cannot_enter_a_scope_twice_or_one_that_it_lacks(instances: list[Instance]) -> None:
    with pytest.raises(StepFailed) as caught:
        advance(position(BOX), Enter(instances))
    assert caught.value.code == "bad_scopes"


def test_a_step_cannot_leave_by_a_port_that_it_lacks() -> None:
    with pytest.raises(StepFailed) as caught:
        advance(position(step("a")), Done(port="zzz"))
    assert caught.value.code == "unknown_port"


def test_a_failure_names_its_step_and_whose_fault_it_is() -> None:
    event = failed(position(step("a")), FlowError("missing_value", "there is none"))
    assert event.data["error"] == {
        "category": "data_validation",
        "code": "missing_value",
        "message": "there is none",
        "stepId": "a",
    }
    assert outcome_unknown(position(step("a"))).code == "outcome_unknown"


def test_interrupts_are_counted_and_pauses_marked() -> None:
    event = waiting(position(step("a")), interrupt_id="i", kind=InterruptKind.TIMER, is_retry=True)
    assert event.data == {"interruptId": "i", "kind": "timer", "n": 1, "retry": True}


def test_delays_grow_up_to_their_limit_and_end_with_the_attempts() -> None:
    retry = {"maxAttempts": 5, "delayS": 1, "factor": 3, "maxDelayS": 5}
    at = position(step("a", "work", None, retry=retry))
    flaky = StepFailed("flaky", "again", retryable=True)
    delays = []
    for attempt in range(1, 6):
        at.attempt = attempt
        delays.append(retry_delay(at, flaky))
    assert delays == [1.0, 3.0, 5.0, 5.0, None]
    at.attempt = 1
    assert retry_delay(at, StepFailed("broken", "for good")) is None
    assert retrying(at, flaky, delay_s=1.0).data["delayS"] == 1.0
    assert retry_delay(position(step("a")), flaky) is None
