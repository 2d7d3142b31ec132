"""Templates: what a placeholder gives, where it ends, and what is refused."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_runtime.errors import FlowError, Json
from flow_runtime.expressions import ExpressionError
from flow_runtime.templates import MAX_OUTPUT, as_text, compile_template
from tests.security.corpus import cases

NAMES = frozenset({"x", "y", "amount"})
CORPUS = cases("templates")


def render(value: Json, **scope: Json) -> Json:
    return compile_template(value, names=NAMES).render(scope)


@pytest.mark.parametrize("value", [5, None, True, 1.5, "", "text", {"x": [1, {"y": "a }} b"}]}, []])
def test_template_without_placeholders_is_its_own_value(value: Json) -> None:
    template = compile_template(value, names=NAMES)
    assert template.is_constant
    assert template.render({}) is value


@pytest.mark.parametrize("value", [1, 1.5, None, True, "text", [1, [2]], {"a": None}])
def test_sole_placeholder_keeps_the_type(value: Json) -> None:
    assert render("{{ x }}", x=value) == value
    assert type(render("{{x}}", x=value)) is type(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "<a>"),
        (None, "<>"),
        (True, "<true>"),
        (5, "<5>"),
        (7.0, "<7>"),
        (0.1, "<0.1>"),
        (1e300, "<1e+300>"),
        ([1, "é"], '<[1,"é"]>'),
        ({"a": None}, '<{"a":null}>'),
        ("{{ x }}", "<{{ x }}>"),
    ],
)
def test_placeholder_in_text_is_written_out(value: Json, text: str) -> None:
    assert render("<{{ x }}>", x=value) == text


def test_placeholders_are_found_at_any_depth() -> None:
    template = compile_template({"to": ["{{ x }}", {"y": "{{ y }}!"}], "fixed": [1]}, names=NAMES)
    assert template.names == {"x", "y"}
    assert template.render({"x": 1, "y": 2}) == {"to": [1, {"y": "2!"}], "fixed": [1]}


def test_fault_is_located_in_the_value() -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_template({"a/b": ["", "{{ x + }}"]}, names=NAMES, path="/config")
    assert caught.value.path == "/config/a~1b/1"
    template = compile_template({"a": ["{{ x.b }}"]}, names=NAMES, path="/config")
    with pytest.raises(ExpressionError) as caught:
        template.render({"x": {}})
    assert (caught.value.code, caught.value.path) == ("missing_value", "/config/a/0")


def test_unknown_name_is_an_error_at_compile_time() -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_template("{{ amont }}", names=NAMES)
    assert caught.value.remedy == "Did you mean 'amount'?"


def test_output_is_limited_over_all_texts() -> None:
    half = "a" * (MAX_OUTPUT // 2)
    assert render(["{{ x }}-", "{{ x }}"], x=half[:-1]) is not None
    with pytest.raises(ExpressionError) as caught:
        render(["-{{ x }}", "-{{ x }}", "-{{ x }}"], x=half)
    assert caught.value.code == "output_too_long"


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case["why"])
def test_hostile_templates(case: dict[str, Any]) -> None:
    scope = {"x": 1, "y": "SECRET", **case.get("scope", {})}
    try:
        value, code = render(case["template"], **scope), None
    except FlowError as error:
        value, code = None, error.code
    if "code" in case:
        assert code == case["code"]
    if "value" in case:
        assert value == case["value"]
    assert "SECRET" not in str(value)


@given(st.text(alphabet="{} x'\"\\ar/\n1"))
def test_random_text_renders_or_is_refused(text: str) -> None:
    with suppress(FlowError):
        assert render(text, x="X") == text or "{{" in text


@given(st.lists(st.text(alphabet="ab}{' \\\"", max_size=6), min_size=1, max_size=4))
def test_any_text_can_stand_inside_a_placeholder(texts: list[str]) -> None:
    sources = [json.dumps(text) for text in texts]
    template = "|".join(f"{{{{ {source} }}}}" for source in sources) + "|"
    assert render(template) == "|".join(texts) + "|"


def test_as_text_of_large_whole_floats_keeps_the_exponent() -> None:
    assert as_text(1e16) == "1e+16"
    assert as_text(-3.0) == "-3"
