"""Schemas of users: findings for people, and nothing fetched."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_runtime.errors import Json
from flow_runtime.json_limits import JsonError
from flow_runtime.schema_validation import MAX_ERRORS, FieldError, check_schema, validate


def only(schema: Json, value: Json) -> FieldError:
    (found,) = validate(schema, value)
    return found


def test_a_value_that_fits_has_no_findings() -> None:
    schema = {"type": "object", "properties": {"amount": {"type": "number", "minimum": 0}}, "required": ["amount"]}
    assert validate(schema, {"amount": 5}) == []
    assert validate(True, {"anything": 1}) == []


@pytest.mark.parametrize(
    ("schema", "value", "code", "message"),
    [
        ({"type": "string"}, 1, "type", "must be text"),
        ({"type": ["integer", "null"]}, "a", "type", "must be a whole number or empty"),
        ({"enum": ["a", 2]}, "b", "enum", "must be one of: a, 2"),
        ({"const": "yes"}, "no", "const", "must be yes"),
        ({"type": "string", "format": "email"}, "x", "format", "must be an e-mail address"),
        ({"type": "string", "format": "date"}, "2026-02-30", "format", "must be a date such as 2026-11-20"),
        ({"pattern": "^[a-z]+$"}, "A", "pattern", "must match the pattern ^[a-z]+$"),
        ({"minimum": 3}, 2, "minimum", "must be at least 3"),
        ({"exclusiveMinimum": 3}, 3, "exclusiveMinimum", "must be more than 3"),
        ({"maximum": 3}, 4, "maximum", "must be at most 3"),
        ({"exclusiveMaximum": 3}, 3, "exclusiveMaximum", "must be less than 3"),
        ({"multipleOf": 5}, 7, "multipleOf", "must be a multiple of 5"),
        ({"minLength": 2}, "a", "minLength", "must have at least 2 characters"),
        ({"maxLength": 2}, "abc", "maxLength", "must have at most 2 characters"),
        ({"minItems": 1}, [], "minItems", "must have at least 1 entries"),
        ({"maxItems": 1}, [1, 2], "maxItems", "must have at most 1 entries"),
        ({"minProperties": 1}, {}, "minProperties", "must have at least 1 properties"),
        ({"maxProperties": 0}, {"a": 1}, "maxProperties", "must have at most 0 properties"),
        ({"uniqueItems": True}, [1, 1], "uniqueItems", "must not hold the same entry twice"),
        ({"contains": {"const": 1}}, [2], "contains", "lacks an entry that it must contain"),
        ({"propertyNames": {"pattern": "^a"}}, {"b": 1}, "propertyNames", "has a property whose name is not allowed"),
        (False, 1, "falseSchema", "is not expected here"),
        ({"not": {"type": "integer"}}, 1, "not", "is not allowed"),
        ({"oneOf": [{"type": "integer"}, {"minimum": 2}]}, 3, "oneOf", "must fit exactly one of the allowed forms"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 3, "anyOf", "fits none of the allowed forms"),
        (
            {"contentEncoding": "base64", "$schema": "http://json-schema.org/draft-07/schema#"},
            "?",
            "contentEncoding",
            "breaks the rule 'contentEncoding'",
        ),
    ],
    ids=str,
)
def test_findings_are_written_for_people(schema: Json, value: Json, code: str, message: str) -> None:
    found = only(schema, value)
    assert (found.pointer, found.code, found.message) == ("", code, message)


def test_missing_and_unexpected_properties_are_reported_where_they_belong() -> None:
    schema = {"properties": {"a/b": {"properties": {"c": {}}, "required": ["c"], "additionalProperties": False}}}
    found = validate(schema, {"a/b": {"d~": 1}})
    assert {(error.pointer, error.code) for error in found} == {
        ("/a~1b/c", "required"),
        ("/a~1b/d~0", "additionalProperties"),
    }


def test_the_only_alternative_of_the_right_type_explains_itself() -> None:
    schema = {"anyOf": [{"type": "null"}, {"type": "object", "required": ["street"]}]}
    assert only(schema, {}) == FieldError("/street", "required", "is required")


def test_messages_do_not_repeat_the_value() -> None:
    schema = {"properties": {"pin": {"type": "string", "maxLength": 4, "pattern": "^[0-9]*$", "format": "email"}}}
    assert "hunter2" not in str(validate(schema, {"pin": "hunter2"}))


def test_finding_has_a_wire_form() -> None:
    assert only({"type": "string"}, 1).as_json() == {"pointer": "", "code": "type", "message": "must be text"}


def test_findings_are_limited() -> None:
    assert len(validate({"items": {"type": "string"}}, list(range(500)))) == MAX_ERRORS


@pytest.mark.parametrize("name", ["__proto__", "constructor", "toString", "hasOwnProperty", "", "a b", "é", "$ref"])
def test_any_property_name_works(name: str) -> None:
    schema = {
        "type": "object",
        "properties": {name: {"type": "integer"}},
        "required": [name],
        "additionalProperties": False,
    }
    assert validate(schema, {name: 1}) == []
    assert only(schema, {}).code == "required"
    assert only(schema, {name: "a"}).code == "type"


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ([], ""),
        ("string", ""),
        (None, ""),
        ({"type": "nonsense"}, "/type"),
        ({"properties": {"a": {"minLength": -1}}}, "/properties/a/minLength"),
        ({"pattern": "("}, "/pattern"),
        ({"pattern": "(?=a)"}, "/pattern"),
        ({"pattern": "(a{1000}){1000}"}, "/pattern"),
        ({"required": "a"}, "/required"),
        ({"$ref": "#/$defs/missing"}, ""),
        ({"$ref": "#"}, ""),
        ({"$schema": "https://example.com/own"}, ""),
        ({"properties": {"x": {"$id": "http://x/y", "$ref": "z"}}}, ""),
    ],
    ids=str,
)
def test_broken_schemas_are_refused(schema: Json, pointer: str) -> None:
    (found,) = check_schema(schema)
    assert found.pointer == pointer
    assert found.message


@pytest.mark.parametrize(
    "schema", [{}, True, {"items": {"$ref": "#"}}, {"$schema": "http://json-schema.org/draft-07/schema#"}]
)
def test_good_schemas_are_accepted(schema: Json) -> None:
    assert check_schema(schema) == []


def test_nothing_is_read_through_references(tmp_path: Path) -> None:
    # Given a file whose content would show in a finding
    secret = tmp_path / "secret.json"
    secret.write_text('{"const": "the secret"}')
    # When a schema refers to it, or to a server
    for target in (secret.as_uri(), str(secret), "http://127.0.0.1:9/x", "https://json-schema.org/draft-07/schema/x"):
        # Then it is refused, unread
        (found,) = check_schema({"$ref": target})
        assert found.code == "$ref"
        assert "the secret" not in found.message
        with pytest.raises(ValueError, match=r"."):
            validate({"$ref": target}, 1)


def test_depth_is_limited_in_schema_and_value() -> None:
    deep: Json = {}
    for _ in range(100):
        deep = {"properties": {"a": deep}}
    with pytest.raises(JsonError):
        check_schema(deep)
    with pytest.raises(JsonError):
        validate({}, deep)
    with pytest.raises(JsonError):
        validate(deep, {})


def test_recursive_schema_ends_with_the_value() -> None:
    schema = {
        "$ref": "#/$defs/node",
        "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}},
    }
    assert validate(schema, {"next": {"next": {}}}) == []
    assert only(schema, {"next": {"next": 5}}).pointer == "/next/next"


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*a){20}"])
def test_exponential_patterns_are_harmless(pattern: str) -> None:
    validate({"pattern": pattern}, "a" * 50_000 + "b")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab"),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "properties", "items", "required", "anyOf", "$ref", "enum", "pattern", "minimum", "a"]
                ),
                inner,
            )
        ),
    )
)
def test_random_schemas_are_checked_without_a_crash(schema: Json) -> None:
    if check_schema(schema) == []:
        validate(schema, {"a": [1]})
