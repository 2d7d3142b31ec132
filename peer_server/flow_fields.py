"""The inputs of a flow as a list of fields, for those who fill them in without reading JSON Schema. Pure."""

from collections.abc import Mapping

from flow_runtime.errors import Json

_TOLD = ("type", "title", "description", "enum", "default", "format", "examples")


def flow_fields(schema: Mapping[str, Json]) -> list[dict[str, Json]]:
    """One entry per top-level field, in the order of the schema."""
    properties = schema.get("properties")
    required = schema.get("required")
    needed = set(required) if isinstance(required, list) else set()
    if not isinstance(properties, Mapping):
        return []
    return [
        {
            "name": name,
            "required": name in needed,
            **{key: field[key] for key in _TOLD if isinstance(field, Mapping) and key in field},
        }
        for name, field in properties.items()
    ]
