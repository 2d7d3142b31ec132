"""What expressions see: the nearest binding, everything by its long name, and null for what nothing made."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from flow_runtime.engine import advance
from flow_runtime.plan import compile_plan
from flow_runtime.run import Run, RunStatus, Trigger
from flow_runtime.scope import ScopeView
from flow_runtime.state import RunState
from flow_runtime.step import Done, Enter, Instance
from tests.fakes.steps import fake_registry, parsed, scope, step

RUN = Run(
    id="r1",
    workspace_id="w",
    kind="flow",
    status=RunStatus.RUNNING,
    inputs={"order": 7, "odd-name": 1},
    trigger=Trigger("api", {"from": "test"}, "key 1"),
    definition_digest="d",
    flow_id="f1",
    version=3,
    environment="production",
    started_by="u1",
    conversation_id=None,
    origin=None,
    context={"messages": [{"role": "user"}], "user": {"name": "Ada"}},
    parent_run_id=None,
    parent_key=None,
    root_run_id="r1",
    depth=0,
    idempotency_key=None,
    priority=0,
    epoch=1,
    owner="w",
    event_seq=0,
    wake_seq=0,
    interrupts_opened=0,
    detached=False,
    active_remaining_s=None,
    deadline_at=None,
    cancel_requested_at=None,
    output=None,
    error=None,
    rejected=False,
    warnings=(),
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    started_at=None,
    ended_at=None,
)


@pytest.fixture
def inside() -> ScopeView:
    """The view from inside a loop, after a step outside and one inside."""
    loop = step("l", "loop", None, items=[1], **scope(step("x", "say", "y", output="mine"), step("y", output="later")))
    definition = parsed(step("a", "say", "l", output="made"), loop, inputs=["order"])
    state = RunState(compile_plan(definition, fake_registry()), RUN.inputs)
    state.apply(advance(state.positions["a"], Done({"sum": 5})))
    state.apply(advance(state.positions["l"], Enter([Instance("[0]", "body", {"item": "i0", "index": 0})])))
    state.apply(advance(state.positions["l[0]/x"], Done("inner", assign={"order": 8})))
    return ScopeView(state.positions["l[0]/y"].frame, run=RUN, env={"URL": "http://x"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("order", 8),
        ("inputs", {"order": 7, "odd-name": 1}),
        ("made", {"sum": 5}),
        ("mine", "inner"),
        ("item", "i0"),
        ("index", 0),
        ("later", None),
        ("error", None),
        ("env", {"URL": "http://x"}),
        ("steps", {"a": {"output": {"sum": 5}}, "x": {"output": "inner"}}),
        ("trigger", {"type": "api", "data": {"from": "test"}, "source": "key 1"}),
        ("_trigger", {"type": "api", "data": {"from": "test"}, "source": "key 1"}),
        ("flow", {"id": "f1", "version": 3, "executionId": "r1", "triggerType": "api"}),
        ("messages", [{"role": "user"}]),
        ("user", {"name": "Ada"}),
        ("peer", None),
        ("conversation", None),
    ],
)
def test_a_name_has_its_value(inside: ScopeView, name: str, value: Any) -> None:  # noqa: ANN401 - JSON
    assert inside[name] == value


def test_context_is_the_whole(inside: ScopeView) -> None:
    context = inside["context"]
    assert context["made"] == {"sum": 5}
    assert context["run"]["id"] == "r1"
    assert "context" not in context
    assert len(context) == len(inside) - 1


def test_a_name_that_nobody_declares_is_no_name(inside: ScopeView) -> None:
    assert "zzz" not in inside
    with pytest.raises(KeyError):
        inside["zzz"]


def test_a_run_outside_conversations_has_no_messages(inside: ScopeView) -> None:
    view = ScopeView(inside._frame, run=replace(RUN, context=None), env={})
    assert (view["messages"], view["user"]) == ([], None)


def test_an_input_that_was_not_sent_has_its_default() -> None:
    # Given inputs with defaults, of which one was sent
    properties = {"unit": {"type": "string", "default": "kg"}, "order": {"type": "integer", "default": 1}}
    inputs = {"type": "object", "properties": {**properties, "note": {}}}
    state = RunState(compile_plan(parsed(step("x", "say", None), inputs=inputs), fake_registry()), RUN.inputs)
    # When they are read
    view = ScopeView(state.root, run=RUN, env={})
    # Then by both names what was sent counts, then the default, then null
    assert [view[name] for name in ("order", "unit", "note")] == [7, "kg", None]
    assert view["inputs"] == {"unit": "kg", "order": 7, "odd-name": 1}
