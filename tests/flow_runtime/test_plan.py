"""Compiling: ports find their steps, and every structural mistake is found with its place."""

import pytest

from flow_runtime.errors import InvalidDefinition, Json
from flow_runtime.plan import MAX_DEPTH, PlanCache, compile_flow, compile_plan, connections, parse_definition
from tests.fakes.steps import fake_registry, flow, parsed, scope, step

REGISTRY = fake_registry()


def faults(*steps: dict[str, Json], **fields: Json) -> list[tuple[str, str]]:
    """The faults of a flow, as (code, path)."""
    return [(fault.code, fault.path) for fault in compile_flow(parsed(*steps, **fields), REGISTRY).faults]


def test_a_bare_next_and_the_key_next_mean_the_main_port() -> None:
    (bare,) = parsed(step("a", "work", "b")).steps
    (keyed,) = parsed(step("a", "work", {"next": "b", "error": "c"})).steps
    assert connections(bare, ("ok", "error")) == {"ok": "b"}
    assert connections(keyed, ("ok", "error")) == {"ok": "b", "error": "c"}
    assert connections(keyed, ("next", "other")) == {"next": "b", "error": "c"}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([step("a", "zzz")], ("unknown_step_type", "/steps/0/type")),
        ([step("a"), step("a")], ("duplicate_id", "/steps/1/id")),
        ([step("a", "say", "b")], ("unknown_next", "/steps/0/next")),
        ([step("a", "say", {"other": "b"})], ("unknown_next", "/steps/0/next/other")),
        ([step("a", "say", {"zzz": "b"}), step("b")], ("unknown_port", "/steps/0/next/zzz")),
        ([step("a", "say", None, zzz=1)], ("config", "/steps/0/config/zzz")),
        ([step("a", "say", "b"), step("b", "say", "a")], ("cycle", "/steps/1/next")),
        ([step("a", "say", "a")], ("cycle", "/steps/0/next")),
        ([step("a", "compute", None, expression="zzz + 1")], ("unknown_name", "/steps/0/config/expression")),
        ([step("a", "compute", None, expression="1 +")], ("expression_syntax", "/steps/0/config/expression")),
        ([step("a", "say", None, value={"x": ["{{ zzz }}"]})], ("unknown_name", "/steps/0/config/value/x/0")),
        (
            [step("p", "parallel", None, branches={"left": scope(step("a", "say", "b"))}), step("b")],
            ("unknown_next", "/steps/0/config/branches/left/steps/0/next"),
        ),
        (
            [step("l", "loop", None, items=[], start="zzz", steps=[step("a")])],
            ("unknown_start", "/steps/0/config/start"),
        ),
    ],
)
def test_a_mistake_is_found_with_its_place(steps: list[dict[str, Json]], expected: tuple[str, str]) -> None:
    assert faults(*steps) == [expected]


def test_steps_of_one_scope_cannot_lead_into_another() -> None:
    inner = step("l", "loop", "inner", items=[], **scope(step("inner")))
    assert faults(inner) == [("unknown_next", "/steps/0/next")]


def test_scopes_nest_sixteen_deep_and_no_deeper() -> None:
    def nested(depth: int) -> dict[str, Json]:
        found = step("leaf")
        for level in range(depth - 1):
            found = step(f"l{level}", "loop", None, items=[], **scope(found))
        return found

    assert faults(nested(MAX_DEPTH)) == []
    assert [code for code, _ in faults(nested(MAX_DEPTH + 1))] == ["too_deep"]


def test_names_of_outer_scopes_and_of_the_loop_are_known_inside_only() -> None:
    loop = step("l", "loop", "after", items=[], **scope(step("x", "compute", None, expression="a + item + index")))
    assert faults(step("say", "say", "l", output="a"), loop, step("after")) == []
    outside = step("after", "compute", None, expression="item")
    assert faults(loop, outside, step("say", output="a")) == [("unknown_name", "/steps/1/config/expression")]


def test_all_faults_are_listed_in_the_error() -> None:
    with pytest.raises(InvalidDefinition) as caught:
        compile_plan(parsed(step("a", "zzz"), step("b", "say", "nowhere")), REGISTRY)
    assert [fault["code"] for fault in caught.value.details] == ["unknown_step_type", "unknown_next"]
    assert caught.value.path == "/steps/0/type"


def test_a_definition_that_breaks_the_schema_lists_where() -> None:
    with pytest.raises(InvalidDefinition) as caught:
        parse_definition({"name": "x", "start": "a", "steps": [{"id": "a", "zzz": 1}]})
    assert {fault["path"] for fault in caught.value.details} >= {"/steps/0/type", "/steps/0/zzz"}


def test_plans_are_kept_by_digest_and_the_oldest_is_forgotten() -> None:
    cache = PlanCache(REGISTRY, capacity=2)
    plan = cache.compile("d1", flow(step("a")))
    cache.compile("d2", flow(step("a")))
    assert cache.find("d1") is plan
    cache.compile("d3", flow(step("a")))
    assert cache.find("d2") is None
    assert cache.find("d1") is plan
