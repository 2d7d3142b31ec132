"""Canonical JSON: one form per value (RFC 8785), and its digest."""

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from flow_runtime.canonical import canonical_bytes, digest
from flow_runtime.errors import Json
from flow_runtime.json_limits import JsonError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
JSON = st.recursive(SCALARS | TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=15)


def test_example_of_the_rfc() -> None:
    # RFC 8785 section 3.2.2
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '€$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical_bytes(value).decode() == expected


def test_keys_are_sorted_by_utf_16_as_the_rfc_shows() -> None:
    # RFC 8785 section 3.2.3
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    found = list(json.loads(canonical_bytes(dict.fromkeys(keys, 0))))
    assert found == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (9007199254740991, "9007199254740991"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (123456789012345680000.0, "123456789012345680000"),
        (1.0, "1"),
        (-1.5, "-1.5"),
    ],
)
def test_numbers_are_written_as_javascript_does(number: float, text: str) -> None:
    assert canonical_bytes(number).decode() == text


@given(JSON)
def test_form_reads_back_as_the_same_value(value: Json) -> None:
    # Numbers are read as JavaScript reads them: all of them as floats.
    assert json.loads(canonical_bytes(value), parse_int=float) == value


@given(JSON)
def test_the_quick_way_writes_what_the_thorough_one_does(value: Json) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)


@given(JSON, JSON)
def test_only_equal_values_share_a_digest(left: Json, right: Json) -> None:
    assert (digest(left) == digest(right)) == (canonical_bytes(left) == canonical_bytes(right))


@given(st.dictionaries(TEXT, JSON))
def test_order_of_keys_does_not_matter(value: dict[str, Json]) -> None:
    assert digest(dict(reversed(value.items()))) == digest(value)


def test_keys_that_other_languages_treat_specially_count() -> None:
    assert digest({"__proto__": 1}) != digest({})
    assert digest({"constructor": 1}) != digest({"constructor": 2})


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (2**53, "number_not_exact"),
        (-(2**53), "number_not_exact"),
        (float("nan"), "invalid_json"),
        ({1: 1}, "invalid_json"),
    ],
)
def test_what_has_no_form_is_refused(value: Json, code: str) -> None:
    with pytest.raises(JsonError) as caught:
        digest([value])
    assert caught.value.code == code
