"""Schemas that make more work than they look like are refused before the validator begins, which cannot be stopped."""

import json

import pytest

from flow_runtime.errors import Json
from flow_runtime.schema_cost import MOST, rules_met
from flow_runtime.schema_validation import check_schema, validate

TOO_COMPLEX = [("", "too_complex")]
TREE: Json = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}}},
}


def doubled(levels: int, word: str, *, reference: str = "#/$defs/a{}") -> Json:
    """Alternatives that are two alternatives each, and so on; written down they are short."""
    rules: dict[str, Json] = {"a0": {"$anchor": "a0", "type": "integer"}}
    for level in range(1, levels):
        inner = {"$ref": reference.format(level - 1)}
        rules[f"a{level}"] = {"$anchor": f"a{level}", word: [inner, inner]}
    return {"properties": {"x": {"$ref": f"#/$defs/a{levels - 1}"}}, "$defs": rules}


def nested(levels: int, name: str = "x") -> Json:
    value: Json = {}
    for _ in range(levels):
        value = {name: value}
    return value


def codes(schema: Json, value: Json) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in validate(schema, value)]


@pytest.mark.parametrize("word", ["allOf", "anyOf", "oneOf"])
@pytest.mark.parametrize("reference", ["#/$defs/a{}", "#a{}"])
def test_alternatives_of_alternatives_end(word: str, reference: str) -> None:
    assert codes(doubled(64, word, reference=reference), {"x": "text"}) == TOO_COMPLEX
    assert codes(doubled(5, word, reference=reference), {"x": 1}) != TOO_COMPLEX
    assert [fault.code for fault in check_schema(doubled(64, word, reference=reference))] == ["too_complex"]


@pytest.mark.parametrize(
    "schema",
    [{"$ref": "#"}, {"not": {"$ref": "#"}}, {"$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}],
)
def test_what_leads_back_to_itself_ends(schema: Json) -> None:
    assert codes(schema, {}) == TOO_COMPLEX


def test_what_doubles_with_every_level_of_the_value_depends_on_the_value() -> None:
    # Given a rule that looks at what is inside twice
    inside = {"properties": {"x": {"$ref": "#"}}}
    schema = {"anyOf": [inside, {**inside, "required": ["x"]}]}
    # Then a value of few levels is checked, and one of many is not
    assert codes(schema, nested(3)) == []
    assert codes(schema, nested(60)) == TOO_COMPLEX


def test_large_values_meet_few_rules() -> None:
    many = {"items": {"anyOf": [{"type": "string", "minLength": length} for length in range(500)]}}
    assert codes(many, ["text"] * 10) == []
    assert codes(many, ["text"] * 50_000) == TOO_COMPLEX
    assert codes({"items": {"type": "string"}}, ["text"] * 50_000) == []


def test_what_people_write_is_checked_however_deep_it_is() -> None:
    fields = {f"field{number}": {"type": "string", "maxLength": 5} for number in range(3_000)}
    assert codes({"properties": fields}, {"field7": "too long"}) == [("/field7", "maxLength")]
    value: Json = {"name": "leaf"}
    for _ in range(25):
        value = {"children": [value, value] if len(str(value)) < 5_000 else [value]}
    assert codes(TREE, value) == []


def test_a_name_within_a_resource_is_not_overlooked() -> None:
    within = {"$id": "urn:within", **doubled(40, "anyOf")}
    assert rules_met(json.dumps({"properties": {"y": within}}), 4) > MOST
