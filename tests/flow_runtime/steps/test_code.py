"""`code`."""

from collections.abc import Iterator

import pytest

from flow_runtime.sandbox import CodeSandbox
from tests.fakes.step_bench import Left, StepBench, scope_of
from tests.flow_runtime.steps.conftest import World

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def sandbox() -> Iterator[CodeSandbox]:
    made = CodeSandbox(workers=1)
    yield made
    made.close()


async def test_program_computes_with_its_inputs(bench: StepBench, world: World, sandbox: CodeSandbox) -> None:
    world.offer(sandbox=sandbox)
    config = {
        "source": "return {'total': sum(prices), 'who': who}",
        "inputs": {"prices": "{{ x }}", "who": "Mr {{ n }}"},
    }
    left = await bench.perform("code", config, {"x": [1, 2.5], "n": "X"})
    assert left == Left("next", {"total": 3.5, "who": "Mr X"})


async def test_source_is_no_template(bench: StepBench, world: World, sandbox: CodeSandbox) -> None:
    world.offer(sandbox=sandbox)
    left = await bench.perform("code", {"source": "'{{ x }}'"}, {"x": "'; import os; '"})
    assert left.output == "{{ x }}"


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"source": "1 / 0"}, "code_error"),
        ({"source": "while True: pass", "timeLimitS": 0.1}, "code_timeout"),
        ({"source": "'a' * 10**9"}, "code_memory"),
        ({"source": "'a' * 10**6"}, "code_output"),
    ],
)
async def test_failure_takes_the_error_port(
    bench: StepBench, world: World, sandbox: CodeSandbox, config: dict[str, object], code: str
) -> None:
    world.offer(sandbox=sandbox)
    left = await bench.perform("code", config)
    assert left.error is not None
    assert left.error["code"] == code


async def test_without_a_sandbox_it_says_so(bench: StepBench) -> None:
    left = await bench.perform("code", {"source": "1"})
    assert left.error is not None
    assert left.error["code"] == "no_sandbox"


async def test_a_branch_that_fails_drops_the_others_and_takes_the_error_port(
    bench: StepBench, world: World, sandbox: CodeSandbox
) -> None:
    # Given two branches at work side by side, of which the first one fails
    world.offer(sandbox=sandbox)
    fails, works = [
        scope_of({"id": step_id, "type": "code", "config": {"source": source}})
        for step_id, source in (("fails", "1 / 0"), ("works", "2"))
    ]
    # When they run
    left = await bench.perform("parallel", {"branches": {"a": fails, "b": works}})
    # Then the step failed with that branch's error, and the run did not
    assert left.port == "error"
    assert (left.error or {})["code"] == "code_error"
