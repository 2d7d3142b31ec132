"""The fold: which step comes next, what it sees, and how a run ends."""

import pytest

from flow_runtime.engine import advance, failed, failed_inside, waiting
from flow_runtime.errors import Json, StepFailed
from flow_runtime.frame import Phase, Position
from flow_runtime.plan import compile_plan
from flow_runtime.run import Event, InterruptKind, RunStatus
from flow_runtime.state import RunState
from flow_runtime.step import Done, End, Enter, Instance
from tests.fakes.steps import fake_registry, flow, parsed, scope, step


def begin(*steps: dict[str, Json], inputs: dict[str, Json] | None = None, **fields: Json) -> RunState:
    """The state of a fresh run of a flow with these steps."""
    definition = parsed(*steps, inputs=list(inputs or {}), **fields)
    return RunState(compile_plan(definition, fake_registry()), inputs or {})


def only(state: RunState) -> Position:
    """The one position that is ready."""
    (position,) = state.ready.values()
    return position


def done(state: RunState, key: str, **fields: Json) -> None:
    """That step is done with this outcome."""
    state.apply(advance(state.positions[key], Done(**fields)))


def fails(state: RunState, key: str, code: str = "broken") -> None:
    """That step fails."""
    state.apply(failed(state.positions[key], StepFailed(code, "it broke")))


def enter(state: RunState, key: str, *names: str, scope: str = "body", **fields: Json) -> None:
    """That step enters instances of one of its scopes."""
    state.apply(advance(state.positions[key], Enter([Instance(name, scope) for name in names], **fields)))


def waits(state: RunState, key: str, interrupt_id: str) -> None:
    """That step opens an interrupt."""
    state.apply(waiting(state.positions[key], interrupt_id=interrupt_id, kind=InterruptKind.APPROVAL))


BODY = {"scopes": {"body": scope(step("inner"))}}


def test_steps_follow_the_main_port_and_the_last_output_is_the_runs() -> None:
    # Given two steps in a row
    state = begin(step("a", "say", "b"), step("b"))
    # When both are done
    assert only(state).key == "a"
    done(state, "a", output=1)
    assert only(state).key == "b"
    done(state, "b", output=2)
    # Then the run is completed with the last output
    assert state.ending is not None
    assert (state.ending.status, state.ending.output) == (RunStatus.COMPLETED, 2)
    assert not state.ready


def test_a_named_port_leads_to_its_step_and_an_open_one_ends_the_scope() -> None:
    state = begin(step("a", "say", {"other": "b"}), step("b"), step("c"))
    done(state, "a", port="other")
    assert only(state).key == "b"
    state = begin(step("a", "say", {"next": "b"}), step("b"))
    done(state, "a", port="other", output="early")
    assert state.ending is not None
    assert state.ending.output == "early"


def test_an_end_ends_the_run_from_inside_a_loop_and_drops_what_waits() -> None:
    # Given two branches, one of which waits
    state = begin(step("box", "box", "after", **BODY), step("after"))
    enter(state, "box", "[0]", "[1]")
    waits(state, "box[1]/inner", "i1")
    # When the other one ends the run
    state.apply(advance(state.positions["box[0]/inner"], End({"x": 1}, rejected=True)))
    # Then the run is over and nobody needs the answer
    assert state.ending is not None
    assert (state.ending.output, state.ending.rejected) == ({"x": 1}, True)
    assert state.take_dropped() == ["i1"]
    assert state.take_dropped() == []
    assert not state.ready
    assert not state.waiting


def test_a_container_collects_in_the_order_of_its_instances() -> None:
    state = begin(step("box", "box", "after", output="made", **BODY), step("after"))
    enter(state, "box", "[0]", "[1]", "[2]")
    for name in ("[2]", "[0]", "[1]"):
        done(state, f"box{name}/inner", output=name)
    position = only(state)
    assert (position.key, position.phase, position.collected) == ("box", Phase.RETURNED, ["[0]", "[1]", "[2]"])
    done(state, "box", use_collected=True)
    assert state.root.names["made"] == ["[0]", "[1]", "[2]"]
    assert only(state).key == "after"


def test_a_container_collects_by_name_or_only_the_last() -> None:
    state = begin(step("box", "box", None, **BODY))
    enter(state, "box", ".left", ".right", collect="dict")
    done(state, "box.left/inner", output=1)
    done(state, "box.right/inner", output=2)
    assert only(state).collected == {"left": 1, "right": 2}
    enter(state, "box", "[2]", collect="last")
    done(state, "box[2]/inner", output=3)
    assert only(state).collected == 3
    assert only(state).entered == 2


def test_an_empty_container_returns_at_once() -> None:
    state = begin(step("box", "box", None, **BODY))
    enter(state, "box")
    assert (only(state).phase, only(state).collected) == (Phase.RETURNED, [])


def test_no_more_than_the_allowed_scopes_run_at_once() -> None:
    state = begin(step("box", "box", None, **BODY))
    enter(state, "box", "[0]", "[1]", "[2]", concurrency=2)
    assert list(state.ready) == ["box[0]/inner", "box[1]/inner"]
    done(state, "box[1]/inner")
    assert list(state.ready) == ["box[0]/inner", "box[2]/inner"]


def test_the_first_to_end_wins_and_the_others_are_dropped() -> None:
    state = begin(step("box", "box", None, **BODY))
    enter(state, "box", ".a", ".b", ".c", wait="first", collect="dict")
    waits(state, "box.a/inner", "i1")
    done(state, "box.b/inner", output="won")
    assert only(state).collected == {"b": "won"}
    assert state.take_dropped() == ["i1"]
    assert list(state.positions) == ["box"]


def test_in_a_race_a_failure_only_loses_until_the_last() -> None:
    state = begin(step("box", "box", None, **BODY))
    enter(state, "box", ".a", ".b", wait="first")
    fails(state, "box.a/inner", "one")
    assert only(state).key == "box.b/inner"
    fails(state, "box.b/inner", "two")
    assert (only(state).phase, (only(state).error or {})["code"]) == (Phase.FAILED, "two")


def test_a_failure_takes_the_error_port_and_its_error_is_in_scope() -> None:
    state = begin(step("a", "say", {"next": "b", "error": "c"}), step("b"), step("c"))
    fails(state, "a")
    assert only(state).key == "c"
    assert state.root.names["error"] == {"code": "broken", "message": "it broke", "stepId": "a"}


def test_a_failure_without_error_port_goes_outwards_and_names_where_it_began() -> None:
    # Given a step two containers deep
    inner = step("inner_box", "box", None, **BODY)
    state = begin(step("box", "box", {"next": "b", "error": "c"}, scopes={"body": scope(inner)}), step("b"), step("c"))
    enter(state, "box", "[0]", "[1]")
    enter(state, "box[0]/inner_box", "[0]", "[1]")
    # When it fails
    fails(state, "box[0]/inner_box[1]/inner")
    # Then each container fails in turn, until one has an error port
    assert list(state.ready) == ["box[1]/inner_box", "box[0]/inner_box"]
    state.apply(failed_inside(state.positions["box[0]/inner_box"]))
    assert list(state.ready) == ["box"]
    state.apply(failed_inside(state.positions["box"]))
    assert only(state).key == "c"
    assert state.root.names["error"]["stepId"] == "inner"


def test_a_failure_that_nobody_handles_fails_the_run() -> None:
    state = begin(step("a", "say", "b"), step("b"))
    fails(state, "a")
    assert state.ending is not None
    assert state.ending.status is RunStatus.FAILED
    assert state.ending.error == {"code": "broken", "message": "it broke", "category": "internal", "stepId": "a"}


def test_on_error_fail_ignores_the_error_port() -> None:
    state = begin(step("a", "say", {"error": "b"}, onError="fail"), step("b"))
    fails(state, "a")
    assert state.ending is not None
    assert state.ending.status is RunStatus.FAILED


def test_on_error_continue_stores_null_and_goes_on() -> None:
    state = begin(step("a", "say", "b", onError="continue", output="x"), step("b"))
    fails(state, "a")
    assert only(state).key == "b"
    assert state.root.names["x"] is None


def test_silence_never_takes_the_path_of_a_yes() -> None:
    # Given a person is asked, with `onError: continue`
    state = begin(step("a", "ask", "b", onError="continue"), step("b"))
    waits(state, "a", "i1")
    # When nobody answers
    done(state, "a", port="expired")
    # Then the guarded step does not run
    assert state.ending is not None
    assert state.ending.status is RunStatus.COMPLETED
    assert state.root.outputs == {"a": None}


def test_an_open_expired_port_fails_the_run_and_a_connected_one_does_not() -> None:
    state = begin(step("a", "ask", "b"), step("b"))
    done(state, "a", port="expired")
    assert state.ending is not None
    assert (state.ending.error or {})["code"] == "expired"
    state = begin(step("a", "ask", {"approve": "b", "expired": "c"}), step("b"), step("c"))
    done(state, "a", port="expired")
    assert only(state).key == "c"


def test_an_open_reject_port_ends_the_run_as_rejected_even_inside_a_loop() -> None:
    state = begin(step("box", "box", "after", scopes={"body": scope(step("q", "ask", "x"), step("x"))}), step("after"))
    enter(state, "box", "[0]", "[1]")
    done(state, "box[0]/q", port="reject", output={"decision": "reject"})
    assert state.ending is not None
    assert (state.ending.status, state.ending.rejected) == (RunStatus.COMPLETED, True)


def test_names_made_inside_are_local_and_assignments_reach_the_owner() -> None:
    # Given a container inside which `total` is set
    state = begin(step("box", "box", None, **BODY), inputs={"total": 0})
    enter(state, "box", "[0]", concurrency=1)
    # When an inner step assigns an outer and a new name
    done(state, "box[0]/inner", assign={"total": 5, "own": 1})
    # Then only the outer one is there outside
    assert state.root.names == {"total": 5}
    assert state.inputs == {"total": 0}


def test_a_concurrent_scope_keeps_its_assignments() -> None:
    body = {"start": "inner", "steps": [step("inner", "say", "more"), step("more")]}
    state = begin(step("p", "parallel", None, branches={"a": body, "b": scope(step("z"))}), inputs={"total": 0})
    state.apply(advance(only(state), Enter([Instance(".a", "a"), Instance(".b", "b")], collect="dict")))
    done(state, "p.a/inner", assign={"total": 5})
    assert state.root.names == {"total": 0}
    assert state.positions["p.a/more"].frame.names == {"total": 5}


def test_the_step_limit_ends_the_run() -> None:
    state = begin(step("a", "say", "b"), step("b", "say", "c"), step("c"), settings={"maxSteps": 2})
    done(state, "a")
    done(state, "b")
    assert state.ending is not None
    assert (state.ending.error or {})["code"] == "step_limit"


def test_a_retry_runs_the_step_again_as_the_next_attempt() -> None:
    state = begin(step("a", "work", None, retry={"maxAttempts": 3}))
    state.apply(Event("step.started", "a", {"attempt": 1}))
    assert only(state).phase is Phase.STARTED
    state.apply(Event("step.retrying", "a", {"attempt": 1, "error": {}, "delayS": 2.0}))
    assert (only(state).phase, only(state).attempt) == (Phase.RUN, 2)
    state.apply(waiting(only(state), interrupt_id="t1", kind=InterruptKind.TIMER, is_retry=True))
    assert not state.ready
    assert state.waiting["t1"].retries
    waits(state, "a", "i2")
    assert not state.waiting["i2"].retries
    assert list(state.waiting) == ["i2"]


def test_events_of_dropped_steps_change_nothing() -> None:
    state = begin(step("a"))
    done(state, "a")
    state.apply(Event("step.done", "gone[0]/x", {}))
    assert state.ending is not None


def test_run_ended_is_final() -> None:
    state = begin(step("a"))
    state.apply(Event("run.ended", "", {"status": "cancelled"}))
    assert state.ending is not None
    assert state.ending.status is RunStatus.CANCELLED
    assert not state.ready


def test_the_flow_builder_makes_valid_definitions() -> None:
    assert flow(step("a"), inputs=["x"])["inputs"]["properties"] == {"x": {}}


def test_an_end_inside_the_check_of_an_answer_only_ends_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a step that asks people and checks their answer in a scope, with a loop inside
    monkeypatch.setattr("tests.fakes.steps.Box.category", "people")
    loop = step("l", "loop", None, items=[], **scope(step("inner")))
    state = begin(step("form", "box", "after", scopes={"body": scope(loop)}), step("after"))
    enter(state, "form", "[1]", collect="last")
    enter(state, "form[1]/l", "[0]", "[1]")
    waits(state, "form[1]/l[1]/inner", "i1")
    # When something ends inside that loop
    state.apply(advance(state.positions["form[1]/l[0]/inner"], End({"errors": {}})))
    # Then the step goes on with it, what was beside it is dropped, and the run has not ended
    assert state.ending is None
    assert (only(state).key, only(state).phase, only(state).collected) == ("form", Phase.RETURNED, {"errors": {}})
    assert state.take_dropped() == ["i1"]


def test_leaving_by_an_open_error_port_fails() -> None:
    state = begin(step("a", "work", "b"), step("b"))
    done(state, "a", port="error")
    assert state.ending is not None
    assert (state.ending.error or {})["code"] == "step_failed"


def test_an_event_type_of_a_newer_version_is_refused() -> None:
    with pytest.raises(ValueError, match="newer version"):
        begin(step("a")).apply(Event("step.zzz", "a", {}))
