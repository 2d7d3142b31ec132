"""What the log says of two drafts: every kind of change by its event, and never a value of a step."""

from typing import Any

import pytest

from flow_runtime.errors import Json
from peer_server.audit_events import AUDIT_EVENTS
from peer_server.flow_changes import Change, changes

FINAL: dict[str, Any] = {"id": "done", "type": "final", "config": {"output": "ok"}}
CALL: dict[str, Any] = {"id": "call", "type": "http-request", "config": {"url": "https://a.example", "profile": "shop"}}
INNER: dict[str, Any] = {"id": "inner", "type": "code", "config": {"source": "1"}}
LOOP: dict[str, Any] = {"id": "each", "type": "loop", "config": {"mode": "each", "start": "inner", "steps": [INNER]}}


def flow(**changed: Json) -> dict[str, Any]:
    return {"name": "Refund", "description": "", "start": "done", "steps": [FINAL], **changed}


def events(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [change.event for change in changes(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (flow(), flow(), []),
        (flow(), flow(layout={"done": {"x": 1, "y": 2}}), []),
        (flow(), flow(settings={"mode": "sync", "syncTimeoutS": 180}), []),
        (flow(), flow(name="Return"), ["flow.renamed"]),
        (flow(), flow(description="New"), ["flow.described"]),
        (flow(), flow(notes="New"), ["flow.edited"]),
        (flow(), flow(settings={"syncTimeoutS": 60}), ["flow.sync_timeout_changed"]),
        (flow(), flow(settings={"mode": "async"}), ["flow.async_enabled"]),
        (flow(settings={"mode": "async"}), flow(), ["flow.async_disabled"]),
        (flow(), flow(settings={"asyncTimeoutS": None}), ["flow.async_changed"]),
        (flow(), flow(settings={"callback": {"url": "https://a.example"}}), ["flow.async_changed"]),
        (flow(settings={"callback": {"url": "https://a.example"}}), flow(), ["flow.async_changed"]),
        (flow(), flow(triggers=[{"type": "api"}]), ["flow.trigger_added"]),
        (flow(triggers=[{"type": "api"}]), flow(), ["flow.trigger_removed"]),
        (
            flow(triggers=[{"type": "api"}]),
            flow(triggers=[{"type": "api", "config": {"a": 1}}]),
            ["flow.trigger_edited"],
        ),
        (flow(), flow(steps=[CALL, FINAL]), ["flow.edited", "flow.connection_added"]),
        (flow(steps=[CALL, FINAL]), flow(), ["flow.edited", "flow.connection_removed"]),
        (
            flow(steps=[CALL]),
            flow(steps=[{**CALL, "config": {**CALL["config"], "profile": "bank"}}]),
            ["flow.edited", "flow.connection_edited"],
        ),
        (
            flow(steps=[CALL]),
            flow(steps=[{**CALL, "config": {**CALL["config"], "method": "DELETE"}}]),
            ["flow.edited", "flow.connection_edited"],
        ),
        (flow(), flow(guardrails={"input": [{"type": "regex"}]}), ["flow.input_scanner_added"]),
        (flow(guardrails={"output": [{"type": "regex"}]}), flow(), ["flow.output_scanner_removed"]),
        (
            flow(guardrails={"input": [{"type": "regex"}, {"type": "regex"}]}),
            flow(guardrails={"input": [{"type": "regex"}, {"type": "regex", "threshold": 1}]}),
            ["flow.input_scanner_edited"],
        ),
    ],
)
def test_every_change_has_its_event(before: dict[str, Any], after: dict[str, Any], expected: list[str]) -> None:
    assert events(before, after) == expected
    assert set(expected) <= AUDIT_EVENTS.keys()


def test_steps_are_named_at_any_depth_and_only_the_one_that_changed() -> None:
    # Given a loop, whose inner step is changed
    changed = {**LOOP, "config": {**LOOP["config"], "steps": [{**INNER, "config": {"source": "2"}}]}}

    # When the drafts are compared
    (change,) = changes(flow(steps=[LOOP]), flow(steps=[changed]))

    # Then the loop itself is not said to have changed
    expected = {"added": [], "changed": ["inner"], "removed": []}
    assert change == Change("flow.edited", "edited the draft: changed inner", {"keys": ["steps"], "steps": expected})


def test_no_value_of_a_step_is_told() -> None:
    # Given a draft whose step got a secret where none belongs, and a callback with one in its address
    leaky = {**CALL, "config": {"url": "https://a.example", "headers": {"x-key": "canary"}}}
    after = flow(steps=[leaky], settings={"callback": {"url": "https://a.example/?key=canary"}})

    # When it is compared
    found = changes(flow(), after)

    # Then the log holds nothing of it
    assert found
    assert "canary" not in repr(found)
