"""Expressions: what they give, what they refuse, and that they always end."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_runtime.errors import Json
from flow_runtime.expressions import RESERVED_NAMES, ExpressionError, compile_expression
from flow_runtime.json_limits import check_json
from tests.security.corpus import cases

NAMES = frozenset({"x", "y", "amount", "order", "steps", "item"})
CORPUS = cases("expressions")


def evaluate(source: str, **scope: Json) -> Json:
    return compile_expression(source, names=NAMES).evaluate(scope)


def error_of(source: str, **scope: Json) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        evaluate(source, **scope)
    return caught.value


@pytest.mark.parametrize(
    ("source", "scope", "expected"),
    [
        ("amount > 100.0", {"amount": 120}, True),
        ("amount * 2", {"amount": 5.5}, 11.0),
        ("2 * amount", {"amount": 5.5}, 11.0),
        ("amount + 1 - 0.5", {"amount": 5}, 5.5),
        ("3 / 2", {}, 1),
        ("3 / 2.0", {}, 1.5),
        ("x + y", {"x": "a", "y": "b"}, "ab"),
        ("x + y", {"x": [1], "y": [2]}, [1, 2]),
        ("order.items[1].price", {"order": {"items": [{}, {"price": 5}]}}, 5),
        ("order['a key'].b + 1", {"order": {"a key": {"b": 1}}}, 2),
        ("order.?total.orValue(0)", {"order": {}}, 0),
        ("order.?a.?b.orValue('none')", {"order": {"a": {}}}, "none"),
        ("order[?'a'].orValue(1)", {"order": {}}, 1),
        ("x[?5].orValue(1)", {"x": [0]}, 1),
        ("has(order.a) ? order.a : 'none'", {"order": {}}, "none"),
        ("x.filter(i, i > 1).map(i, i * 2)", {"x": [1, 2, 3]}, [4, 6]),
        ("x.map(k, k)", {"x": {"a": 1}}, ["a"]),
        ("x.filter(item, item > y)", {"x": [1, 2, 3], "y": 1}, [2, 3]),
        ("x.sortBy(i, i.n)[0].n", {"x": [{"n": 2}, {"n": 1}]}, 1),
        ("x.map(i, i.n).join(', ')", {"x": [{"n": "a"}, {"n": "b"}]}, "a, b"),
        ("'%s: %.2f'.format([x, y])", {"x": "a", "y": 2.5}, "a: 2.50"),
        ("cel.bind(o, order.a, o.b + o.c)", {"order": {"a": {"b": 1, "c": 2}}}, 3),
        ("math.greatest(x, y)", {"x": 1, "y": 2}, 2),
        ("lists.range(x.size()).map(i, i + 1)", {"x": [5, 6]}, [1, 2]),
        ("x.split(',').map(i, i.trim())", {"x": "a, b"}, ["a", "b"]),
        ("type(x) == int", {"x": 1}, True),
        ("x == null", {"x": None}, True),
        ("{'a': [x, null, 1.5]}", {"x": "é😀"}, {"a": ["é😀", None, 1.5]}),
        ("timestamp('2026-01-01T00:00:00+01:00')", {}, "2025-12-31T23:00:00Z"),
        ("timestamp('2026-01-02T00:00:00Z') - timestamp('2026-01-01T00:00:00Z')", {}, "PT86400S"),
        ("duration('-90.5s')", {}, "-PT90.5S"),
        ("-x.a", {"x": {"a": 2}}, -2),
        ("x", {"x": 2**64}, 2**64),
        ("x.a", {"x": {"a": {"b": [1]}, "c": 1}}, {"b": [1]}),
        ("size(x) + x.a.b + x.a.c", {"x": {"a": {"b": 1, "c": 2}, "d": 1}}, 5),
    ],
)
def test_values(source: str, scope: dict[str, Json], expected: Json) -> None:
    value = evaluate(source, **scope)
    assert value == expected
    assert type(value) is type(expected)


def test_only_the_names_that_are_read_are_needed() -> None:
    # Given an expression whose second branch reads a name without a value
    assert evaluate("amount > 1 ? amount : order.total", amount=2) == 2
    # When that branch is taken, then the missing name is named
    error = error_of("amount > 1 ? amount : order.total", amount=1)
    assert (error.code, error.details) == ("missing_value", {"key": "order"})


def test_names_are_those_that_are_read() -> None:
    expression = compile_expression("x.filter(item, item.a == y).size() + order.amount", names=NAMES)
    assert expression.names == {"x", "y", "order"}
    assert compile_expression("type(x) == int", names=NAMES).names == {"x"}


def test_unknown_name_is_refused_with_a_suggestion() -> None:
    error = error_of("amont > 1")
    assert error.code == "unknown_name"
    assert error.details == {"line": 1, "column": 1, "name": "amont"}
    assert error.remedy == "Did you mean 'amount'?"


def test_missing_key_tells_how_to_cope() -> None:
    error = error_of("order.total + 1", order={})
    assert error.code == "missing_value"
    assert error.remedy == "Write `.?total.orValue(…)` where it may be missing."


def test_error_can_be_located() -> None:
    error = error_of("order.total", order={}).at("/steps/0/config/when")
    assert error.as_json()["path"] == "/steps/0/config/when"
    assert error.source == "order.total"


@pytest.mark.parametrize("value", [1, None, "true", []])
def test_condition_must_be_true_or_false(value: Json) -> None:
    condition = compile_expression("x", names=NAMES)
    assert condition.truth({"x": True}) is True
    with pytest.raises(ExpressionError) as caught:
        condition.truth({"x": value})
    assert caught.value.code == "not_boolean"


@pytest.mark.parametrize("word", sorted(RESERVED_NAMES - {"true", "false", "null"}))
def test_reserved_words_cannot_be_names(word: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(f"{word} == 1", names=frozenset({word}))


@pytest.mark.parametrize(
    ("source", "scope", "code"),
    [
        ("x.?a", {"x": {}}, "not_json"),
        ("x[?0].orValue(x[7])", {"x": []}, "missing_value"),
        ("x.map(i, i) + y.map(i, i)", {"x": [1]}, "missing_value"),
        ("x.split(',')", {"x": 5}, "expression_type"),
        ("x.a == 1", {"x": 5}, "expression_type"),
        ("x[0] == 1", {"x": 5}, "expression_type"),
        ("x.all(i, i > 0)", {"x": 5}, "expression_type"),
        ("x ? 1 : 2", {"x": "yes"}, "expression_type"),
        ("int(x)", {"x": "five"}, "expression_failed"),
    ],
)
def test_errors_have_stable_codes(source: str, scope: dict[str, Json], code: str) -> None:
    error = error_of(source, **scope)
    assert error.code == code
    assert error.message


def test_compiling_the_same_text_again_is_free() -> None:
    first = compile_expression("amount > 1", names=NAMES)
    assert compile_expression("amount > 1", names=NAMES | {"more"}) is first


def test_one_field_of_a_large_context_is_cheap() -> None:
    # Given a context of 100 lists of 50 objects
    items = [{"id": number, "name": f"n{number}"} for number in range(50)]
    scope = {"steps": {f"step{number}": {"output": items} for number in range(100)}}
    expression = compile_expression("steps.step7.output[2].name == 'n2'", names=NAMES)
    # When one field of it is compared
    expression.evaluate(scope)
    started = time.perf_counter()
    for _ in range(100):
        assert expression.evaluate(scope) is True
    # Then the rest was not touched: converting all of it takes 5 ms
    assert (time.perf_counter() - started) / 100 < 0.002


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case["why"])
def test_hostile_expressions_end_cleanly(case: dict[str, Any]) -> None:
    # Given a hostile expression and its data
    scope = {name: case[name] for name in ("x", "y") if name in case}
    # When it is compiled and evaluated
    started = time.perf_counter()
    try:
        value, code = evaluate(case["source"], **scope), None
    except ExpressionError as error:
        value, code = None, error.code
    # Then it ends soon, with the error or value that it should have
    assert time.perf_counter() - started < 2
    if "code" in case:
        assert code == case["code"]
    if "value" in case:
        assert value == case["value"]


def test_corpus_is_as_large_as_promised() -> None:
    assert len(CORPUS) >= 60


def test_expressions_are_shared_between_threads() -> None:
    expression = compile_expression("x.filter(i, i > 2).size() + y", names=NAMES)

    def work(number: int) -> bool:
        return all(
            expression.evaluate({"x": [1, 2, 3, number], "y": number}) == 1 + (number > 2) + number for _ in range(50)
        )

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(work, range(20)))


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_a_value_passes_through_the_library_unchanged(value: Json) -> None:
    assert evaluate("[x][0]", x=value) == value
    assert evaluate("x", x=value) is value


@given(JSON, st.lists(TEXT | st.integers(0, 3), max_size=4))
def test_a_path_gives_the_same_with_and_without_the_library(value: Json, keys: list[str | int]) -> None:
    path = "x" + "".join(f"[{key}]" if isinstance(key, int) else f"[{quoted(key)}]" for key in keys)
    try:
        direct = compile_expression(path, names=NAMES).evaluate({"x": value})
    except ExpressionError:
        with pytest.raises(ExpressionError):
            evaluate(f"[{path}][0]", x=value)
    else:
        assert evaluate(f"[{path}][0]", x=value) == direct


def quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(character):08x}" for character in text) + '"'


FRAGMENTS = [
    "x",
    "y",
    "1",
    "2.5",
    "'a'",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ".",
    ",",
    "+",
    "*",
    "/",
    " in ",
    "==",
    "?",
    ":",
    "&&",
]
MORE = [
    ".map(i, ",
    ".filter(i, ",
    ".size()",
    ".join('')",
    "cel.bind(a, x, ",
    "a",
    "i",
    "lists.range(",
    ".split('')",
    ".?y",
]


def never_hurts(parts: list[str], x: Json) -> None:
    source = "".join(parts)
    with suppress(ExpressionError):
        check_json(evaluate(source, x=x, y=x))


@given(st.lists(st.sampled_from(FRAGMENTS + MORE), max_size=14), JSON)
def test_random_expressions_end_cleanly(parts: list[str], x: Json) -> None:
    never_hurts(parts, x)


@pytest.mark.soak
@pytest.mark.timeout(600)
@settings(max_examples=10_000, deadline=2000)
@given(st.lists(st.sampled_from(FRAGMENTS + MORE), max_size=20), JSON)
def test_ten_thousand_random_expressions_end_cleanly(parts: list[str], x: Json) -> None:
    never_hurts(parts, x)


@given(st.text(max_size=60))
def test_random_text_is_refused_cleanly(text: str) -> None:
    never_hurts([text], 1)
