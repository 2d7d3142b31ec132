"""Every rule of the checks: what it finds, where, and how serious it is."""

from collections.abc import Mapping
from typing import Any

import pytest

from flow_runtime.checks import ResourceKind, check_definition
from flow_runtime.errors import Json
from tests.fakes.steps import fake_registry, flow, scope, step

REGISTRY = fake_registry()
FINAL = {"id": "done", "type": "final"}


class Workspace:
    """What exists."""

    def has(self, kind: ResourceKind, name: str) -> bool:
        return name == "there"

    def lacks(self, kind: ResourceKind, name: str) -> str:
        return ""


def found(definition: Mapping[str, Json]) -> list[tuple[str, str, str]]:
    """The findings as (level, code, path), but for missing final steps and the second port of `say`."""
    faults = check_definition(definition, REGISTRY, resources=Workspace())
    told = [fault for fault in faults if fault.code != "no_final" and "'other'" not in fault.message]
    return [(fault.level, fault.code, fault.path) for fault in told]


def concurrent(*steps: dict[str, Json]) -> dict[str, Json]:
    """A parallel step with these steps in one branch."""
    return step("p", "parallel", "done", branches={"a": scope(*steps), "b": scope(step("z"))})


SET = {"values": {"total": 1}}
BRANCH = step("if", "condition", {"yes": "a", "else": "b"}, cases=[{"port": "yes", "when": "true"}])
CASES: list[tuple[str, dict[str, Json], list[tuple[str, str, str]]]] = [
    ("nothing wrong", flow(step("a", "say", "done"), FINAL), []),
    ("schema", {"name": "x"}, [("error", "schema", "/start"), ("error", "schema", "/steps")]),
    (
        "inputs that are no schema",
        flow(step("a"), inputs={"type": "object", "properties": {"x": {"type": "zzz"}}}),
        [("error", "inputs_schema", "/inputs/properties/x/type")],
    ),
    (
        "name made later",
        flow(step("a", "compute", "b", expression="late"), step("b", output="late")),
        [("error", "unbound_name", "/steps/0/config/expression")],
    ),
    (
        "name made on another branch",
        flow(BRANCH, step("a", output="x"), step("b", "compute", None, expression="x")),
        [("error", "unbound_name", "/steps/2/config/expression")],
    ),
    (
        "name made on some path",
        flow(BRANCH, step("a", "say", "c", output="x"), step("b", "say", "c"), step("c", "say", None, value="{{ x }}")),
        [("hint", "maybe_null", "/steps/3/config/value")],
    ),
    (
        "name of a failed step is not made",
        flow(step("a", "work", {"ok": "b", "error": "b"}, output="x"), step("b", "compute", None, expression="x")),
        [("hint", "maybe_null", "/steps/1/config/expression")],
    ),
    (
        "name made on every path",
        flow(
            BRANCH,
            step("a", "say", "c", output="x"),
            step("b", "say", "c", output="x"),
            step("c", "say", None, value="{{ x }}"),
        ),
        [],
    ),
    (
        "word of the language",
        flow(step("a", "say", None, output="in")),
        [("error", "reserved_name", "/steps/0/output")],
    ),
    ("hidden name", flow(step("a", "say", None, output="env")), [("warning", "hidden_name", "/steps/0")]),
    (
        "assigning outwards from a concurrent scope",
        flow(concurrent(step("s", "set-variable", None, **SET)), FINAL, inputs=["total"]),
        [("error", "concurrent_assign", "/steps/0/config/branches/a/steps/0/config")],
    ),
    ("assigning a local name there", flow(concurrent(step("s", "set-variable", None, **SET)), FINAL), []),
    (
        "assigning outwards from a loop",
        flow(
            step("l", "loop", "done", items=[1], **scope(step("s", "set-variable", None, **SET))),
            FINAL,
            inputs=["total"],
        ),
        [],
    ),
    ("unreachable", flow(step("a"), step("b")), [("warning", "unreachable_step", "/steps/1")]),
    (
        "open expired port",
        flow(step("q", "ask", {"approve": "done", "reject": "done"}, expires_in_s=5), FINAL),
        [("warning", "open_expired_port", "/steps/0/next")],
    ),
    (
        "open reject port",
        flow(step("q", "ask", {"approve": "done"}), FINAL),
        [("hint", "open_reject_port", "/steps/0/next")],
    ),
    ("open case", flow(BRANCH | {"next": {"else": "b"}}, step("b")), []),
    (
        "open else",
        flow(BRANCH | {"next": {"yes": "a"}}, step("a")),
        [("hint", "open_port", "/steps/0/next")],
    ),
    ("open error port", flow(step("a", "work", "done"), FINAL), [("hint", "open_error_port", "/steps/0/next")]),
    ("error handled", flow(step("a", "work", {"ok": "done", "error": "done"}), FINAL), []),
    (
        "retry of once",
        flow(step("a", "work-once", {"ok": "done", "error": "done"}, retry={"maxAttempts": 2}), FINAL),
        [("warning", "retry_of_once", "/steps/0/retry")],
    ),
    (
        "long timeout",
        flow(step("a", "work", {"ok": "done", "error": "done"}, timeoutS=200), FINAL),
        [("hint", "long_timeout", "/steps/0/timeoutS")],
    ),
    (
        "secret in plain text",
        flow(step("a", "say", None, value={"headers": {"Authorization": "Bearer abcdefgh"}})),
        [("hint", "plain_secret", "/steps/0/config/value/headers/Authorization")],
    ),
    ("secret by name", flow(step("a", "say", None, value={"apiKey": "{{ env.there }}"})), []),
    (
        "going on after silence",
        flow(step("q", "ask", {"approve": "done", "reject": "done"}, onError="continue"), FINAL),
        [("warning", "continue_past_people", "/steps/0/onError")],
    ),
    (
        "missing flow",
        flow(step("c", "call", None, flowId="gone")),
        [("error", "missing_resource", "/steps/0/config/flowId")],
    ),
    ("present flow", flow(step("c", "call", None, flowId="there")), []),
    (
        "missing variable",
        flow(step("a", "say", None, value="{{ env.GONE }}")),
        [("warning", "missing_variable", "/steps/0/config/value")],
    ),
    (
        "a step that is not there",
        flow(
            step("a", "say", "b", value={"x": "{{ steps.gone.output }}"}), step("b", "say", None, value="{{ steps.a }}")
        ),
        [("error", "unknown_step", "/steps/0/config/value")],
    ),
    ("a step that may be missing", flow(step("a", "say", None, value="{{ steps.?gone.orValue(1) }}")), []),
    (
        "a step type's own check",
        flow(step("l", "loop", "done", **scope(step("a"))), FINAL),
        [("error", "missing_field", "/steps/0/config/items")],
    ),
]


@pytest.mark.parametrize(("definition", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_rule(definition: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    assert found(definition) == expected


def test_a_flow_without_final_step_gets_a_hint() -> None:
    assert "no_final" in [fault.code for fault in check_definition(flow(step("a")), REGISTRY)]


def test_errors_come_first_and_each_says_what_to_do() -> None:
    definition = flow(step("a", "work"), step("b", "compute", None, expression="zzz"))
    faults = check_definition(definition, REGISTRY)
    assert [fault.level for fault in faults] == ["error", "warning", "hint", "hint"]
    assert all(fault.remedy and fault.message for fault in faults)


def test_chat_only_steps_in_unattended_flows_get_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fakes.steps.Say.chat_only", True)
    definition = flow(step("a", "say", "done"), FINAL, triggers=[{"type": "schedule"}, {"type": "peer.action"}])
    assert found(definition) == [("hint", "chat_only", "/steps/0")]
