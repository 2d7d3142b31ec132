"""`final`, `set-variable`, `condition`, `loop`, `parallel`, with real expressions."""

import pytest

from flow_runtime.errors import Json
from tests.fakes.step_bench import Left, StepBench, scope_of

pytestmark = pytest.mark.anyio


def says(step_id: str, value: Json, **more: Json) -> dict[str, Json]:
    """A step whose output is ``{"value": value}``."""
    return {"id": step_id, "type": "set-variable", "config": {"values": {"value": value}}, **more}


@pytest.mark.parametrize(("amount", "port"), [(5, "small"), (50, "middle"), (500, "else")])
async def test_condition_takes_the_first_true_case(bench: StepBench, amount: int, port: str) -> None:
    cases = [{"port": "small", "when": "amount < 10"}, {"port": "middle", "when": "amount < 100.0"}]
    left = await bench.perform("condition", {"cases": cases}, {"amount": amount})
    assert left.port == port


@pytest.mark.parametrize(("when", "code"), [("amount", "not_boolean"), ("amount.x == 1", "expression_type")])
async def test_condition_that_cannot_be_told_takes_the_error_port(bench: StepBench, when: str, code: str) -> None:
    left = await bench.perform("condition", {"cases": [{"port": "yes", "when": when}]}, {"amount": 5})
    assert left.error is not None
    assert left.error["code"] == code


async def test_set_variable_computes_all_values_before_it_assigns(bench: StepBench) -> None:
    left = await bench.perform("set-variable", {"values": {"a": "{{ b }}", "b": "{{ a }}"}}, {"a": 1, "b": 2})
    assert left == Left("next", {"a": 2, "b": 1})


@pytest.mark.parametrize("items", ["{{ numbers }}", "numbers", [1, 2, 3], "numbers.filter(n, n > 0)"])
async def test_loop_gives_the_list_of_what_its_rounds_gave(bench: StepBench, items: Json) -> None:
    config = {"mode": "each", "items": items, **scope_of(says("body", "{{ item * 2 + index }}"))}
    left = await bench.perform("loop", config, {"numbers": [1, 2, 3]})
    assert left.output == [{"value": 2}, {"value": 5}, {"value": 8}]


async def test_loop_over_nothing_gives_an_empty_list(bench: StepBench) -> None:
    left = await bench.perform("loop", {"items": "numbers", **scope_of(says("body", 1))}, {"numbers": []})
    assert left.output == []


@pytest.mark.parametrize("items", ["text", "{{ text }}", 5])
async def test_loop_needs_a_list(bench: StepBench, items: Json) -> None:
    left = await bench.perform("loop", {"items": items, **scope_of(says("body", 1))}, {"text": "abc"})
    assert left.error is not None
    assert left.error["code"] == "not_a_list"


async def test_loop_runs_while_its_condition_holds(bench: StepBench) -> None:
    counts = {"id": "body", "type": "set-variable", "config": {"values": {"n": "{{ n + 1 }}"}}}
    left = await bench.perform("loop", {"mode": "while", "while": "n < 5", **scope_of(counts)}, {"n": 0})
    assert left.output == {"n": 5}


async def test_endless_loop_ends_with_a_warning(bench: StepBench) -> None:
    config = {"mode": "while", "while": "true", "maxIterations": 3, **scope_of(says("body", "{{ iteration }}"))}
    run = await bench.ended(await bench.begin("loop", config))
    assert run.output["output"] == {"value": 2}
    assert "3 iterations" in run.warnings[0]


async def test_parallel_gives_what_each_branch_gave(bench: StepBench) -> None:
    branches = {name: scope_of(says(f"in_{name}", name)) for name in ("left", "right")}
    left = await bench.perform("parallel", {"branches": branches})
    assert left.output == {"left": {"value": "left"}, "right": {"value": "right"}}


async def test_final_ends_the_run_from_any_depth(bench: StepBench) -> None:
    inner = {"id": "stop", "type": "final", "config": {"output": {"stopped": "{{ item }}"}}}
    run = await bench.ended(await bench.begin("loop", {"items": [1, 2], **scope_of(inner)}))
    assert (run.status, run.output) == ("completed", {"stopped": 1})
