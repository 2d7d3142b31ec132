"""`client-tool`."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from flow_runtime.clock import ManualClock
from flow_runtime.errors import Json
from flow_runtime.run import InterruptKind
from tests.fakes.step_bench import Left, StepBench

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "parameters",
    [
        {"to": "{{ who }}", "n": 1},
        [{"key": "to", "value": "{{ who }}"}, {"key": "n", "value": 1}],
        '{"to": "{{ who }}", "n": 1}',
    ],
    ids=["object", "pairs", "text"],
)
async def test_parameters_may_be_written_in_three_forms(bench: StepBench, parameters: Json) -> None:
    config = {"toolName": "print", "parameters": parameters, "message": "For {{ who }}"}
    call = await bench.asked(await bench.begin("client-tool", config, {"who": "Ada"}))
    assert call.kind is InterruptKind.CLIENT_TOOL
    assert call.payload["toolName"] == "print"
    assert call.payload["parameters"] == {"to": "Ada", "n": 1}
    assert call.payload["message"] == "For Ada"


@pytest.mark.parametrize("parameters", ["{", "[1]", ["a"], [{"value": 1}], 5], ids=str)
async def test_what_is_no_parameters_takes_the_error_port(bench: StepBench, parameters: Json) -> None:
    left = await bench.perform("client-tool", {"toolName": "print", "parameters": parameters})
    assert left.error is not None
    assert left.error["code"] == "bad_parameters"


@pytest.mark.row("B-20", "B-24")
@pytest.mark.parametrize(
    ("schema", "output", "expected"),
    [
        (None, {"a": 1}, {"a": 1}),
        (None, '{"a": 1}', '{"a": 1}'),
        ({"type": "object"}, '{"a": 1}', {"a": 1}),
        ({"type": "string"}, '{"a": 1}', '{"a": 1}'),
        ({"type": "object"}, {"a": 1}, {"a": 1}),
        (None, None, None),
    ],
)
async def test_output_is_what_the_tool_gave(bench: StepBench, schema: Json, output: Json, expected: Json) -> None:
    run = await bench.begin("client-tool", {"toolName": "t", **({"resultSchema": schema} if schema else {})})
    call = await bench.asked(run)
    assert call.response_schema == schema
    await bench.answer(call, {"toolResult": {"executionId": call.id, "success": True, "output": output}})
    assert await bench.left(run) == Left("ok", expected)


@pytest.mark.row("B-24")
@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("tool_not_found", "tool_not_found"),
        ("It did not work!", "client_tool_failed"),
        ({"code": "denied", "message": "no"}, "denied"),
        ({"code": 5}, "client_tool_failed"),
        (None, "client_tool_failed"),
    ],
    ids=str,
)
async def test_failed_tool_takes_the_error_port(bench: StepBench, error: Json, code: str) -> None:
    run = await bench.begin("client-tool", {"toolName": "t"})
    call = await bench.asked(run)
    await bench.answer(call, {"toolResult": {"executionId": call.id, "success": False, "error": error}})
    left = await bench.left(run)
    assert left.error is not None
    assert left.error["code"] == code


async def test_it_expires_through_its_port(bench: StepBench, clock: ManualClock) -> None:
    run = await bench.begin("client-tool", {"toolName": "t", "expiresInS": 60})
    assert (await bench.asked(run)).expires_at == clock.now() + timedelta(seconds=60)
    clock.advance(60)
    await bench.runtime.scheduler.fire_due()
    assert await bench.left(run) == Left("expired", None)


def test_broken_result_schema_is_found(bench_check: Callable[..., set[str]]) -> None:
    assert "invalid_schema" in bench_check("client-tool", {"toolName": "t", "resultSchema": {"type": "nonsense"}})
