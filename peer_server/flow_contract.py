"""What others rely on in a flow, its inputs and the keys of its Final steps, and which changes break it. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from flow_runtime.errors import Json
from peer_server.flow_changes import steps_of
from peer_server.pointers import pointer

Kind = Literal["input_removed", "input_required", "input_retyped", "output_dropped", "output_retyped"]
_SOLE: Final = re.compile(r"\s*\{\{\s*(?:inputs\.)?([A-Za-z_][A-Za-z0-9_]*)\s*\}\}\s*")
_ANY: Final = frozenset[str]()
"""The types of a value of which nothing is known."""

_KINDS: Final = (("boolean", bool), ("number", int | float), ("string", str), ("object", dict), ("array", list))


@dataclass(frozen=True, slots=True)
class ContractChange:
    """One change that may break whoever uses the flow; `path` is a JSON Pointer into the newer definition."""

    kind: Kind
    path: str
    message: str

    def as_json(self) -> dict[str, Json]:
        """The change as clients get it."""
        return {"kind": self.kind, "path": self.path, "message": self.message}


def breaking_changes(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[ContractChange]:
    """The changes of inputs and outputs that somebody may notice who uses the flow as it was before."""
    return [*_inputs(_schema(before), _schema(after)), *_outputs(before, after)]


def _inputs(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[ContractChange]:
    old, new = before.get("properties") or {}, after.get("properties") or {}
    for name in old:
        path = pointer(["inputs", "properties", name])
        if name not in new:
            yield ContractChange("input_removed", "/inputs/properties", f"the input {name!r} is gone")
        elif (was := _types(old[name])) != (now := _types(new[name])) and now and not (was and was <= now):
            message = f"the input {name!r} was {_said(was)} and is {_said(now)}"
            yield ContractChange("input_retyped", path, message)
    for name in after.get("required") or ():
        if name not in (before.get("required") or ()):
            yield ContractChange("input_required", "/inputs/required", f"the input {name!r} is required now")


def _outputs(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[ContractChange]:
    old, new = _final_keys(before), _final_keys(after)
    for key, was in old.items():
        said = f"the output {key!r}" if key else "the output"
        if key not in new:
            yield ContractChange("output_dropped", "/steps", f"{said} is gone")
        elif was and (now := new[key]) and not now <= was:
            yield ContractChange("output_retyped", "/steps", f"{said} was {_said(was)} and is {_said(now)}")


def _final_keys(definition: Mapping[str, Json]) -> dict[str, frozenset[str]]:
    """The keys that some Final step gives, each with the types that are known of it; "" is an output without keys."""
    found: dict[str, frozenset[str]] = {}
    unknown: set[str] = set()
    properties = _schema(definition).get("properties") or {}
    for step in steps_of(definition.get("steps")).values():
        if step["type"] != "final":
            continue
        output = (step.get("config") or {}).get("output")
        for key, value in (output if isinstance(output, dict) else {"": output}).items():
            types = _types_of_value(value, properties)
            found[key] = found.get(key, _ANY) | types
            unknown |= set() if types else {key}
    return {key: _ANY if key in unknown else types for key, types in found.items()}


def _types_of_value(value: Json, properties: Mapping[str, Json]) -> frozenset[str]:
    """What a template gives: a sole input its own type, a text with something in it a text, else what it looks like."""
    if isinstance(value, str) and "{{" in value:
        sole = _SOLE.fullmatch(value)
        if sole:
            return _types(properties.get(sole[1], {}))
        is_one = value.strip().startswith("{{") and value.strip().endswith("}}") and value.count("{{") == 1
        return _ANY if is_one else frozenset({"string"})
    for kind, python in (
        ("boolean", bool),
        ("number", int | float),
        ("string", str),
        ("object", dict),
        ("array", list),
    ):
        if isinstance(value, python):
            return frozenset({kind})
    return frozenset({"null"})


def _types(schema: Json) -> frozenset[str]:
    """The types that a schema names; whole numbers are numbers."""
    named = schema.get("type") if isinstance(schema, dict) else None
    listed = named if isinstance(named, list) else [named] if isinstance(named, str) else []
    return frozenset("number" if one == "integer" else str(one) for one in listed)


def _schema(definition: Mapping[str, Json]) -> Mapping[str, Json]:
    schema: Mapping[str, Json] = definition.get("inputs") or {}
    return schema


def _said(types: frozenset[str]) -> str:
    return " or ".join(sorted(types)) or "anything"
