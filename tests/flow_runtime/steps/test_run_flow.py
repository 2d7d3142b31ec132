"""`run-flow`."""

import pytest

from flow_runtime.errors import Json
from tests.fakes.step_bench import Left, StepBench

pytestmark = pytest.mark.anyio


def child(*steps: dict[str, Json]) -> dict[str, Json]:
    inputs = {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]}
    return {"name": "child", "inputs": inputs, "start": steps[0]["id"], "steps": list(steps)}


FINAL: dict[str, Json] = {"id": "end", "type": "final", "config": {"output": {"twice": "{{ n * 2 }}"}}}


async def test_output_is_what_the_other_flow_gave(bench: StepBench) -> None:
    await bench.define("double", child(FINAL))
    left = await bench.perform("run-flow", {"flowId": "double", "inputs": {"n": "{{ x }}"}}, {"x": 21})
    assert left == Left("next", {"twice": 42})


async def test_what_the_other_flow_asks_is_asked_here(bench: StepBench) -> None:
    # Given a flow that calls one that asks
    ask = {"id": "ask", "type": "user-approval", "config": {"title": "Double {{ n }}?"}, "next": "end"}
    await bench.define("careful", child(ask, FINAL))
    run = await bench.begin("run-flow", {"flowId": "careful", "inputs": {"n": 2}})
    # When the question is answered
    await bench.parked(run)
    (card,) = [found for found in await bench.open(run) if found.kind == "approval"]
    assert card.payload["title"] == "Double 2?"
    await bench.answer(card)
    # Then the outer flow goes on
    assert (await bench.left(run)).output == {"twice": 4}


async def test_failure_of_the_other_flow_is_this_steps_failure(bench: StepBench) -> None:
    bad = {"id": "bad", "type": "condition", "config": {"cases": [{"port": "p", "when": "n"}]}, "next": {"p": "end"}}
    await bench.define("broken", child(bad, FINAL))
    left = await bench.perform("run-flow", {"flowId": "broken", "inputs": {"n": 1}})
    assert left.error is not None
    assert left.error["code"] == "not_boolean"
    assert "broken" in left.error["message"]


@pytest.mark.parametrize(
    ("config", "code"),
    [({"flowId": "missing"}, "flow_not_found"), ({"flowId": "double", "inputs": {"n": "a"}}, "invalid_inputs")],
)
async def test_what_cannot_start_takes_the_error_port(bench: StepBench, config: dict[str, Json], code: str) -> None:
    await bench.define("double", child(FINAL))
    left = await bench.perform("run-flow", config)
    assert left.error is not None
    assert left.error["code"] == code


async def test_cancelled_flow_takes_the_error_port(bench: StepBench) -> None:
    # Given a child that waits
    ask = {"id": "ask", "type": "user-approval", "config": {"title": "?"}, "next": "end"}
    await bench.define("careful", child(ask, FINAL))
    run = await bench.parked(await bench.begin("run-flow", {"flowId": "careful", "inputs": {"n": 2}}))
    (card,) = [found for found in await bench.open(run) if found.kind == "approval"]
    # When it is cancelled
    await bench.client.cancel(card.run_id, reason="enough")
    # Then the step says so
    left = await bench.left(run)
    assert left.error is not None
    assert left.error["code"] == "child_cancelled"


@pytest.mark.parametrize(("on_reject", "rejected"), [("end", True), ("continue", False)])
async def test_a_rejection_of_the_other_flow_never_lets_this_one_go_on_by_silence(
    bench: StepBench, on_reject: str, *, rejected: bool
) -> None:
    # Given a flow that guards what follows in its caller
    ask = {"id": "ask", "type": "user-approval", "config": {"title": "?"}, "next": "end"}
    await bench.define("guard", child(ask, FINAL))
    config: dict[str, Json] = {"flowId": "guard", "inputs": {"n": 2}, "onReject": on_reject}
    run = await bench.parked(await bench.begin("run-flow", config))
    # When it is rejected
    (card,) = [found for found in await bench.open(run) if found.kind == "approval"]
    await bench.answer(card, {"decision": "reject"})
    # Then the caller ends as rejected, unless it says that it goes on
    ended = await bench.ended(run)
    assert (ended.status, ended.rejected) == ("completed", rejected)
