"""`code`."""

from collections.abc import Iterator

import pytest

from flow_runtime.sandbox import CodeSandbox
from tests.fakes.step_bench import Left, StepBench
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
