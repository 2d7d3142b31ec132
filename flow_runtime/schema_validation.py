"""JSON Schema for what users define: flow inputs, forms, tool arguments, structured model output.

Schemas come from users, so nothing is ever fetched (`$ref` to files or URLs fails), patterns run on a linear-time
engine, and both schema and value are limited in depth and in what they make together before the validator recurses into
them. Formats are enforced.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Final

import jsonschema_rs
from jsonschema_rs.canonical.json import to_string

from flow_runtime.errors import Json
from flow_runtime.json_limits import MAX_DEPTH, check_json
from flow_runtime.schema_cost import MOST, MOST_AT_ONCE, rules_met

_FLAT: Final = 3
"""How deep a value nests at least that a schema must be able to check."""
_FEW: Final = 30
"""So many rules are no matter, however large the value is."""
MAX_ERRORS: Final = 100
"""Findings reported for one value."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of one field. `pointer` is a JSON Pointer into the value, `code` the JSON Schema keyword that failed.

    A missing or unexpected property is reported at that property, where a form shows it. Messages never repeat the
    value, which may be secret.
    """

    pointer: str
    code: str
    message: str

    def as_json(self) -> dict[str, Json]:
        """The wire form."""
        return {"pointer": self.pointer, "code": self.code, "message": self.message}


def check_schema(schema: Json) -> list[FieldError]:
    """What is wrong with a schema itself; empty if it can be used. Pointers lead into the schema.

    Raises:
        JsonError: it is no JSON or nests too deeply.
    """
    check_json(schema)
    if not isinstance(schema, bool | Mapping):
        return [FieldError("", "type", "a schema is an object")]
    text = to_string(schema)
    try:
        _validator(text)
    except jsonschema_rs.ValidationError as error:
        code = "$ref" if error.kind.name == "referencing" else error.kind.name
        return [FieldError(_pointer(error.instance_path), code, error.message.partition("\n")[0][:300])]
    if rules_met(text, _FLAT) > MOST:
        return [FieldError("", "too_complex", "its rules lead to too many others, or back to themselves")]
    return []


def validate(schema: Json, value: Json) -> list[FieldError]:
    """What of the value breaks the schema; empty if it fits. At most `MAX_ERRORS` findings, in the schema's order.

    Raises:
        JsonError: one of the two is no JSON or nests too deeply.
        ValueError: the schema is broken; see `check_schema`.
    """
    check_json(value)
    check_json(schema)
    text = to_string(schema)
    validator = _validator(text)
    if _is_too_much(text, value):
        return [FieldError("", "too_complex", "cannot be checked: the schema is too complex for a value like this")]
    found: list[FieldError] = []
    for error in validator.iter_errors(value):
        found.extend(_explain(error))
        if len(found) >= MAX_ERRORS:
            break
    return found[:MAX_ERRORS]


def _is_too_much(schema: str, value: Json) -> bool:
    """Whether holding the value against the schema could take seconds. The validator cannot be interrupted."""
    met = rules_met(schema, MAX_DEPTH)
    levels = list(_levels(value)) if met > _FEW else []
    if met > MOST:
        met = rules_met(schema, len(levels))
    return met > MOST or met * sum(levels) > MOST_AT_ONCE


def _levels(value: Json) -> Iterator[int]:
    """How many values are on each level below the outermost one."""
    level = [value]
    while level:
        yield len(level)
        inner = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = list(chain.from_iterable(inner))


@lru_cache(maxsize=1024)
def _validator(schema: str) -> jsonschema_rs.Validator:
    """Compile; cached by the schema's normal form. Raises ValueError."""
    return jsonschema_rs.validator_for(
        schema,
        offline=True,  # the default reads local files and URLs
        pattern_options=jsonschema_rs.RegexOptions(),  # no backtracking
        validate_formats=True,
    )


# --- words for people -----------------------------------------------------------------------------------------------


def _explain(error: jsonschema_rs.ValidationError) -> Iterator[FieldError]:
    facts = error.kind.as_dict()
    pointer = _pointer(error.instance_path)
    code = error.kind.name
    if code == "required":
        yield FieldError(f"{pointer}/{_escape(facts['property'])}", code, "is required")
    elif code in {"additionalProperties", "unevaluatedProperties"}:
        for name in facts["unexpected"]:
            yield FieldError(f"{pointer}/{_escape(str(name))}", code, "is not expected here")
    elif code in {"anyOf", "oneOf"} and (nearest := _nearest(facts.get("context", []))):
        for inner in nearest:
            yield from _explain(inner)
    else:
        say = _MESSAGES.get(code)
        yield FieldError(pointer, code, say(facts) if say else f"breaks the rule {code!r}")


def _nearest(branches: list[list[jsonschema_rs.ValidationError]]) -> list[jsonschema_rs.ValidationError]:
    """The findings of the one alternative that has the value's type; none if several have."""
    fitting = [branch for branch in branches if branch and all(error.kind.name != "type" for error in branch)]
    return fitting[0] if len(fitting) == 1 and len(branches) > 1 else []


_TYPE_WORDS: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "yes or no",
    "array": "a list",
    "object": "an object",
    "null": "empty",
}
_FORMAT_WORDS: Final = {
    "date": "a date such as 2026-11-20",
    "date-time": "a date and time such as 2026-11-20T09:00:00Z",
    "time": "a time such as 09:00:00Z",
    "email": "an e-mail address",
    "uri": "a web address such as https://example.com",
    "uuid": "a UUID",
}


def _types(facts: Mapping[str, Any]) -> str:
    names = sorted(facts["types"], key=lambda name: name == "null")
    return " or ".join(_TYPE_WORDS.get(name, name) for name in names)


def _options(facts: Mapping[str, Any]) -> str:
    options = [str(option) for option in facts["options"]]
    return ", ".join(options[:10]) + (", …" if len(options) > 10 else "")  # noqa: PLR2004 - enough to choose from


_MESSAGES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "type": lambda facts: f"must be {_types(facts)}",
    "enum": lambda facts: f"must be one of: {_options(facts)}",
    "const": lambda facts: f"must be {facts['expected_value']!s}",
    "format": lambda facts: f"must be {_FORMAT_WORDS.get(facts['format'], facts['format'])}",
    "pattern": lambda facts: f"must match the pattern {facts['pattern']}",
    "minimum": lambda facts: f"must be at least {facts['limit']}",
    "exclusiveMinimum": lambda facts: f"must be more than {facts['limit']}",
    "maximum": lambda facts: f"must be at most {facts['limit']}",
    "exclusiveMaximum": lambda facts: f"must be less than {facts['limit']}",
    "multipleOf": lambda facts: f"must be a multiple of {facts['multiple_of']}",
    "minLength": lambda facts: f"must have at least {facts['limit']} characters",
    "maxLength": lambda facts: f"must have at most {facts['limit']} characters",
    "minItems": lambda facts: f"must have at least {facts['limit']} entries",
    "maxItems": lambda facts: f"must have at most {facts['limit']} entries",
    "minProperties": lambda facts: f"must have at least {facts['limit']} properties",
    "maxProperties": lambda facts: f"must have at most {facts['limit']} properties",
    "uniqueItems": lambda _: "must not hold the same entry twice",
    "contains": lambda _: "lacks an entry that it must contain",
    "propertyNames": lambda _: "has a property whose name is not allowed",
    "falseSchema": lambda _: "is not expected here",
    "not": lambda _: "is not allowed",
    "anyOf": lambda _: "fits none of the allowed forms",
    "oneOf": lambda _: "must fit exactly one of the allowed forms",
}


def _pointer(path: list[str | int]) -> str:
    return "".join(f"/{_escape(str(part))}" for part in path)


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
