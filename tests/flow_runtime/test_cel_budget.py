"""The bound on what an expression may cost: sound for hostile expressions, generous to honest ones."""

import time
from collections.abc import Callable
from resource import RUSAGE_SELF, getrusage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_runtime.cel_budget import MAX_TEXT, OverBudget, profile_of
from flow_runtime.errors import Json
from flow_runtime.expressions import ExpressionError, compile_expression

ORDERS = [{"name": f"item {n}", "price": n, "tags": ["a", "b"], "text": "t" * 200} for n in range(1000)]


def test_profile_holds_the_largest_value_at_each_depth() -> None:
    profile = profile_of({"a": [1, 2, 3], "bb": "t" * 32})
    assert [level.length for level in profile] == [2, 32, 0][: len(profile)]
    assert profile[0].units > profile[1].units


def test_text_beyond_the_limit_is_refused() -> None:
    profile_of("t" * MAX_TEXT)
    with pytest.raises(OverBudget, match="262,145"):
        profile_of(["t" * (MAX_TEXT + 1)])


@pytest.mark.parametrize(
    ("source", "x"),
    [
        ("x.filter(o, o.price > 30).map(o, o.name).join(', ')", ORDERS),
        ("x.filter(o, o.name.startsWith('item') && o.price * 2.0 > 3.0).size()", ORDERS),
        ("x.map(o, o.name + ': ' + string(o.price)).join('\\n')", ORDERS),
        ("x.map(o, '%s: %.2f'.format([o.name, o.price])).join('\\n')", ORDERS[:100]),
        ("x.sortBy(o, o.price)[0].name", ORDERS),
        ("x.exists(o, o.price == 999)", ORDERS),
        ("x.all(o, o.tags.exists(t, t == 'a'))", ORDERS),
        ("x.map(o, o.tags).flatten().distinct()", ORDERS[:50]),
        ("lists.range(x.size()).map(i, {'n': i, 'name': x[i].name})", ORDERS[:50]),
        ("x.split('\\n').map(line, line.trim()).filter(line, line != '')", "one line of text\n" * 1000),
        ("x.lowerAscii().replace('text', 'prose').contains('prose')", "one line of text\n" * 1000),
        ("x.map(k, k + '=' + string(x[k])).join('&')", {"a": 1, "b": 2}),
        ("lists.range(x.size() + 2 - 1).map(i, i)", [1, 2]),
        ("[true].map(b, b ? 1 : 2)", None),
    ],
)
def test_honest_work_on_a_thousand_rows_is_allowed(source: str, x: Json) -> None:
    expression = compile_expression(source, names=frozenset({"x"}))
    assert expression.evaluate({"x": x}) is not None


def test_size_of_something_missing_is_left_to_the_library() -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression("x.split(',').map(i, i)", names=frozenset({"x"})).evaluate({"x": 5})
    assert caught.value.code == "expression_type"


NAMES = st.sampled_from(["x", "y", "a", "'ab'", "3", "[x]", "[y, y]", "''"])
STEPS: list[Callable[[str, str], str]] = [
    lambda e, f: f"{e}.map(a, {f})",
    lambda e, f: f"{e}.filter(a, {f} == {f})",
    lambda e, f: f"{e}.exists(a, {f} == a)",
    lambda e, f: f"cel.bind(a, {e}, {f})",
    lambda e, f: f"{e} + {f}",
    lambda e, f: f"[{e}, {f}]",
    lambda e, f: f"{{'k': {e}, 'l': {f}}}",
    lambda e, f: f"{e}.replace('', {f})",
    lambda e, f: f"{e}.replace({f}, 'aaaa')",
    lambda e, f: f"{e}.split('').join({f})",
    lambda e, f: f"{e}.join({f})",
    lambda e, f: f"'%s%s'.format([{e}, {f}])",
    lambda e, f: f"[{e}, {f}].flatten()",
    lambda e, f: f"{e}.sortBy(a, {f})",
    lambda e, _: f"{e}.distinct()",
    lambda e, _: f"lists.range({e}.size())",
    lambda e, _: f"{e}[0]",
    lambda e, f: f"{e}.contains({f})",
    lambda e, _: f"strings.quote({e})",
    lambda e, f: f"[{e}].optMap(a, {f})",
]
GROWING = st.recursive(
    NAMES, lambda inner: st.builds(lambda step, e, f: step(e, f), st.sampled_from(STEPS), inner, inner), max_leaves=10
)
DATA = st.sampled_from([("a" * 200_000, "b" * 50), (list(range(2000)), [[1]] * 30), (ORDERS[:200], "ab"), ("ab", [1])])


def stays_small(source: str, data: tuple[Json, Json]) -> None:
    """Evaluate; whatever the answer, it took little time and memory."""
    before = getrusage(RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    try:
        expression = compile_expression(f"cel.bind(a, 'q', {source})", names=frozenset({"x", "y"}))
        expression.evaluate({"x": data[0], "y": data[1]})
    except ExpressionError:
        pass
    assert time.perf_counter() - started < 5
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 700_000  # kB


@pytest.mark.promise("X2")
@settings(deadline=None)
@given(GROWING, DATA)
def test_growing_expressions_stay_small(source: str, data: tuple[Json, Json]) -> None:
    stays_small(source, data)


@pytest.mark.promise("X2")
@pytest.mark.soak
@pytest.mark.timeout(1800)
@settings(max_examples=10_000, deadline=None)
@given(GROWING, DATA)
def test_ten_thousand_growing_expressions_stay_small(source: str, data: tuple[Json, Json]) -> None:
    stays_small(source, data)
