"""The components that a view may be made of, each with its schema and an example."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

import jsonschema_rs

from widgets.problem import Json

_FOLDER = Path(__file__).parent / "catalogue"
_COMMON = "common.json"


@dataclass(frozen=True, slots=True)
class Component:
    """One component: `schema` is JSON Schema 2020-12, `example` is `{view, state}`. Do not change them."""

    name: str
    description: str
    schema: Json
    example: Json
    validator: jsonschema_rs.Draft202012Validator = field(repr=False, compare=False)


@cache
def load_catalogue() -> Mapping[str, Component]:
    """Every component by its name, as in `{"component": name}`; read once per process."""
    registry = jsonschema_rs.Registry([(_COMMON, _read(_FOLDER / _COMMON))])
    components = (_load(folder, registry) for folder in sorted(_FOLDER.iterdir()) if (folder / "schema.json").exists())
    return MappingProxyType({component.name: component for component in components})


def _load(folder: Path, registry: jsonschema_rs.Registry) -> Component:
    schema = _read(folder / "schema.json")
    return Component(
        name=schema["title"],
        description=schema["description"],
        schema=schema,
        example=_read(folder / "example.json"),
        validator=jsonschema_rs.Draft202012Validator(schema, registry=registry, offline=True),
    )


def _read(path: Path) -> Json:
    return json.loads(path.read_text(encoding="utf-8"))
