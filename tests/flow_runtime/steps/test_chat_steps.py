"""`add-widget-to-message` and `end-session`."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from flow_runtime.errors import Json
from tests.fakes.step_bench import StepBench
from tests.flow_runtime.steps.conftest import World

pytestmark = pytest.mark.anyio
TRACKER: dict[str, Json] = {
    "name": "Order tracker",
    "stateSchema": {
        "type": "object",
        "properties": {"orderId": {"type": "string"}, "status": {"type": "string", "default": "new"}},
        "required": ["orderId"],
    },
    "view": {"root": "r"},
}


@pytest.fixture(autouse=True)
def widgets(world: World) -> None:
    async def find(workspace_id: str, widget_id: str) -> Mapping[str, Any] | None:
        return TRACKER if (workspace_id, widget_id) == ("w1", "tracker") else None

    world.offer(widgets=find)


async def test_widget_is_added_with_its_state(bench: StepBench) -> None:
    config: dict[str, Json] = {
        "widgetId": "tracker",
        "initialState": {"orderId": "{{ order }}"},
        "actions": {
            "again": {"say": "Where is {{ state.orderId }}?"},
            "cancel": {"flowId": "cancel", "inputs": {"id": "{{ order }}", "why": "{{ payload.why }}", "n": 1}},
        },
    }
    run = await bench.begin("add-widget-to-message", config, {"order": "1001"}, conversation_id="c1")
    left = await bench.left(run)
    assert left.output.pop("messageWidgetId")
    assert left.output == {
        "widgetId": "tracker",
        "widgetName": "Order tracker",
        "initialState": {"orderId": "1001", "status": "new"},
        "view": {"root": "r"},
        "actions": {
            # What the action brings is filled in when somebody acts; everything else now.
            "again": {"version": "deployed", "say": "Where is {{ state.orderId }}?"},
            "cancel": {
                "flowId": "cancel",
                "version": "deployed",
                "inputs": {"id": "1001", "why": "{{ payload.why }}", "n": 1},
            },
        },
    }


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"widgetId": "missing"}, "widget_not_found"),
        ({"widgetId": "tracker"}, "invalid_state"),
        ({"widgetId": "tracker", "initialState": {"orderId": 5}}, "invalid_state"),
        ({"widgetId": "tracker", "initialState": "text"}, "invalid_state"),
    ],
    ids=str,
)
async def test_what_cannot_be_shown_takes_the_error_port(bench: StepBench, config: dict[str, Json], code: str) -> None:
    run = await bench.begin("add-widget-to-message", config, conversation_id="c1")
    left = await bench.left(run)
    assert left.error is not None
    assert left.error["code"] == code


@pytest.mark.row("A-24")
async def test_outside_a_conversation_no_widget_is_added(bench: StepBench) -> None:
    run = await bench.ended(await bench.begin("add-widget-to-message", {"widgetId": "tracker"}))
    assert run.output == {"port": "next", "output": {"skipped": True}}
    assert "no conversation" in run.warnings[0]


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ({}, "empty_action"),
        ({"say": "{{ payload.x + order }}"}, "unknown_name"),
        ({"say": "{{ payload. }}"}, "expression_syntax"),
        ({"say": "{{ nobody }}"}, "unknown_name"),
        ({"sing": "la"}, "config"),
    ],
    ids=str,
)
def test_mistakes_in_actions_are_found(bench_check: Callable[..., set[str]], action: Json, code: str) -> None:
    assert code in bench_check("add-widget-to-message", {"widgetId": "tracker", "actions": {"a": action}})


async def test_session_ends_with_its_reason(bench: StepBench) -> None:
    run = await bench.begin("end-session", {"reason": "Done, {{ who }}"}, {"who": "Ada"}, conversation_id="c1")
    left = await bench.left(run)
    assert left.output == {
        "success": True,
        "message": "The session has ended.",
        "reason": "Done, Ada",
        "endReason": "Done, Ada",
        "conversationId": "c1",
        "sessionId": "c1",
        "endedAt": "2026-01-01T00:00:00+00:00",
    }


@pytest.mark.row("A-24")
async def test_without_a_session_nothing_fails(bench: StepBench) -> None:
    run = await bench.ended(await bench.begin("end-session", {}))
    assert run.output["port"] == "next"
    assert run.output["output"]["success"] is False
    assert run.output["output"]["error"] == "no_session"
    assert run.output["output"]["reason"] == "flow_completed"
    assert run.warnings
