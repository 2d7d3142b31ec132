"""JSON at the boundary: limits, and what no database or browser could keep."""

import json
import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_runtime.errors import Json
from flow_runtime.json_limits import MAX_BYTES, MAX_DEPTH, JsonError, check_json, encode_json, parse_json
from tests.security.corpus import cases

CORPUS = cases("json")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case["why"])
def test_documents_at_and_beyond_the_limits(case: dict[str, Any]) -> None:
    try:
        parse_json(case["text"].encode())
        code = None
    except JsonError as error:
        code = error.code
    if not case["why"].startswith("never closed"):
        assert code == case.get("code")


@pytest.mark.parametrize("data", [b"\xff", b'"\xc3"', b"\xef\xbb\xbf{}", b'"\xed\xa0\x80"', '{"a":1}'.encode("utf-16")])
def test_other_encodings_are_refused(data: bytes) -> None:
    with pytest.raises(JsonError) as caught:
        parse_json(data)
    assert caught.value.code == "invalid_json"


def test_size_is_limited_before_anything_is_parsed() -> None:
    assert parse_json(b'"' + b"a" * (MAX_BYTES - 2) + b'"')
    with pytest.raises(JsonError) as caught:
        parse_json(b"[" * (MAX_BYTES + 1))
    assert (caught.value.code, caught.value.details) == ("payload_too_large", {"limit": MAX_BYTES})


@given(JSON)
def test_what_is_json_survives(value: Json) -> None:
    check_json(value)
    assert parse_json(encode_json(value)) == value
    assert json.loads(encode_json(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        "\ud800",
        {"\ud800": 1},
        {1: 2},
        (1,),
        {1},
        b"a",
        ...,
        2**64,
        -(2**63) - 1,
        "a\0",
        {"\0": 1},
    ],
    ids=ascii,
)
def test_what_is_no_json_is_refused(value: object) -> None:
    for outer in (value, [value], {"a": [value]}):
        with pytest.raises(JsonError) as caught:
            check_json(outer)
        assert caught.value.code == "invalid_json"


@pytest.mark.parametrize("value", [{1}, ..., math.nan, "\ud800"], ids=ascii)
def test_encoding_refuses_what_is_no_json(value: object) -> None:
    with pytest.raises(JsonError):
        encode_json(value)


def test_depth_is_limited_however_the_value_is_built() -> None:
    value: Json = 1
    for _ in range(MAX_DEPTH):
        value = [value]
    check_json(value)
    for deeper in ([value], {"a": value}):
        with pytest.raises(JsonError) as caught:
            check_json(deeper)
        assert caught.value.code == "json_too_deep"


def test_encoded_size_is_limited_when_asked() -> None:
    check_json(["é" * 10], max_bytes=24)
    with pytest.raises(JsonError) as caught:
        check_json(["é" * 10], max_bytes=23)
    assert caught.value.code == "payload_too_large"


@given(st.binary(max_size=200))
def test_random_bytes_are_json_or_refused(data: bytes) -> None:
    with suppress(JsonError):
        check_json(parse_json(data))
