"""`delay`."""

from datetime import timedelta

import pytest

from flow_runtime.checks import check_definition
from flow_runtime.clock import ManualClock
from flow_runtime.errors import Json
from tests.fakes.step_bench import Left, StepBench

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "config", [{"seconds": 3600}, {"seconds": "{{ hours * 3600 }}"}, {"until": "2026-01-01T02:00:00+01:00"}]
)
async def test_run_is_parked_until_the_time_has_come(
    bench: StepBench, clock: ManualClock, config: dict[str, Json]
) -> None:
    # Given a run that waits for one o'clock
    run = await bench.begin("delay", config, {"hours": 1})
    assert (await bench.asked(run)).expires_at == clock.now() + timedelta(hours=1)
    # When the time comes
    clock.advance(3600)
    await bench.runtime.scheduler.fire_due()
    # Then it goes on
    assert await bench.left(run) == Left("next", {"until": "2026-01-01T01:00:00+00:00"})


@pytest.mark.parametrize("config", [{"seconds": 0}, {"seconds": "0"}, {"until": "2020-01-01T00:00:00Z"}])
async def test_what_is_over_is_not_waited_for(bench: StepBench, config: dict[str, Json]) -> None:
    assert (await bench.perform("delay", config)).port == "next"


@pytest.mark.parametrize(
    "config",
    [
        {"seconds": -1},
        {"seconds": "soon"},
        {"seconds": True},
        {"seconds": 1e12},
        {"until": "tomorrow"},
        {"until": "2026-01-01T00:00:00"},
        {"until": "2999-01-01T00:00:00Z"},
    ],
    ids=str,
)
async def test_what_is_no_time_takes_the_error_port(bench: StepBench, config: dict[str, Json]) -> None:
    left = await bench.perform("delay", config)
    assert left.error is not None
    assert left.error["code"] == "bad_delay"


@pytest.mark.parametrize("config", [{}, {"seconds": 1, "until": "2026-01-01T00:00:00Z"}])
async def test_exactly_one_of_the_two_is_needed(bench: StepBench, config: dict[str, Json]) -> None:
    definition = {"name": "x", "start": "a", "steps": [{"id": "a", "type": "delay", "config": config}]}
    assert "missing_field" in {fault.code for fault in check_definition(definition, bench.registry)}
