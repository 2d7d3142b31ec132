"""Writes the protocol down for others, from `peer_server.wire`: the TypeScript types and the reference page."""

import inspect
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from peer_server import wire

Schema = dict[str, Any]

_BANNER = "Generated from peer_server/wire by `peer-server export-types`. Do not edit."
_SECTIONS = (
    ("AnyCommand", "Commands", "Sent by the client; each is answered by one `ack` or one `error` with the same `id`."),
    ("AnyEvent", "Events", "Durable; they arrive inside `event` frames, in order, without gaps."),
    ("AnyServerFrame", "Frames", "Everything that the server sends."),
)
_PARTS = (wire.TextPart, wire.FilePart, wire.Actor, wire.Origin, wire.Usage, wire.Problem, wire.RunStep, wire.PathEntry,
          wire.ClientTool, wire.DraftState, wire.StreamState)  # fmt: skip


class _Titleless(GenerateJsonSchema):
    """Without titles on fields, which would each become a type of their own."""

    def field_title_should_be_set(self, schema: object) -> bool:  # the overridden signature
        return False


def members(union: str) -> tuple[type[BaseModel], ...]:
    """The models of one of the protocol's unions, in the order of the file."""
    annotated = getattr(wire, union)
    return get_args(get_args(annotated)[0])


def definitions() -> dict[str, Schema]:
    """The JSON Schema of every model of the protocol by name; optional means absent, never null."""
    found: dict[str, Schema] = {}
    for union, _title, _text in _SECTIONS:
        mode: JsonSchemaMode = "validation" if union == "AnyCommand" else "serialization"
        adapter = TypeAdapter(getattr(wire, union))
        schema = adapter.json_schema(by_alias=True, mode=mode, schema_generator=_Titleless)
        sent = mode == "serialization"
        found.update({name: _without_nulls(part, always_sent=sent) for name, part in schema["$defs"].items()})
    return dict(sorted(found.items()))


def _without_nulls(schema: Schema, *, always_sent: bool) -> Schema:
    """Fields whose default is null are optional, never null; with any other default the server always sends them."""
    required = set(schema.get("required", ()))
    properties: dict[str, Schema] = {}
    for name, field in schema["properties"].items():
        options = [option for option in field.get("anyOf", ()) if option != {"type": "null"}]
        if "anyOf" in field:
            rest = {key: value for key, value in field.items() if key not in ("anyOf", "default")}
            field = {**rest, **options[0]} if len(options) == 1 else {**rest, "anyOf": options}  # noqa: PLW2901
        elif "const" in field or (always_sent and field.get("default") is not None):
            required.add(name)
        properties[name] = field
    return {**schema, "properties": properties, "required": sorted(required)}


# --- TypeScript -------------------------------------------------------------------------------------------------------


def typescript() -> str:
    """The module `chat_ui/src/protocol/wire.gen.ts`."""
    schemas = definitions()
    json = "export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };"
    lines = [f"/** {_BANNER} */", "", "/** A JSON value. */", json, ""]
    for name, schema in schemas.items():
        lines += _interface(name, schema)
    for union, title, text in _SECTIONS:
        names = [model.__name__ for model in members(union)]
        lines += [f"/** {title}. {text} */", f"export type {union} =", *(f"  | {name}" for name in names)]
        lines[-1] += ";"
        lines.append("")
    lines += ["/** A typed piece of a message. */", "export type Part = TextPart | FilePart;", ""]
    lines += [f'export const SUBPROTOCOL = "{wire.SUBPROTOCOL}" as const;', ""]
    return "\n".join(lines)


def _interface(name: str, schema: Schema) -> list[str]:
    lines = [f"/** {one_line(schema.get('description', ''))} */", f"export interface {name} {{"]
    for field, detail in schema["properties"].items():
        if "description" in detail:
            lines.append(f"  /** {one_line(detail['description'])} */")
        mark = "" if field in schema["required"] else "?"
        lines.append(f"  {field}{mark}: {type_of(detail)};")
    return [*lines, "}", ""]


def type_of(schema: Schema) -> str:
    """The TypeScript type of what a JSON Schema describes; `Json` where it says nothing."""
    if "$ref" in schema:
        return type_name(str(schema["$ref"]))
    if "const" in schema or "enum" in schema:
        return " | ".join(map(_literal, schema.get("enum", [schema.get("const")])))
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return " | ".join(dict.fromkeys(map(type_of, options)))
    return _type_by_name(schema)


def _type_by_name(schema: Schema) -> str:
    match schema.get("type"):
        case "array":
            item = type_of(schema.get("items", {}))
            return f"({item})[]" if " | " in item else f"{item}[]"
        case "object":
            values = schema.get("additionalProperties")
            return f"{{ [name: string]: {type_of(values) if isinstance(values, dict) else 'Json'} }}"
        case "integer" | "number":
            return "number"
        case "string" | "boolean" | "null" as plain:
            return str(plain)
        case _:
            return "Json"


def type_name(reference: str) -> str:
    """The name of the TypeScript type that a reference, or a name of a schema, stands for."""
    return reference.rpartition("/")[2].replace("-", "")


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def one_line(text: str) -> str:
    """The text without line breaks, for a comment."""
    return " ".join(text.split()).replace("*/", "* /")


# --- the reference page -----------------------------------------------------------------------------------------------


def reference() -> str:
    """The page `docs/reference/protocol.md`."""
    schemas = definitions()
    intro = inspect.getdoc(wire) or ""
    limits = f"Path `/v1/ws`, subprotocol `{wire.SUBPROTOCOL}`, frames of at most {wire.MAX_FRAME_BYTES // 1024} KiB."
    lines = ["# The conversation protocol", "", f"<!-- {_BANNER} -->", "", intro, "", limits, ""]
    for union, title, text in _SECTIONS:
        lines += [f"## {title}", "", text, ""]
        shown = [model for model in members(union) if not (union == "AnyServerFrame" and model in members("AnyEvent"))]
        for model in shown:
            tag = schemas[model.__name__]["properties"]["type"]["const"]
            lines += [f"### `{tag}`", *_table(schemas[model.__name__])]
    lines += ["## Parts", "", "What the frames are made of.", ""]
    for model in _PARTS:
        lines += [f"### {model.__name__}", *_table(schemas[model.__name__])]
    return "\n".join(lines).rstrip() + "\n"


def _table(schema: Schema) -> list[str]:
    rows = [_row(name, detail, is_required=name in schema["required"]) for name, detail in schema["properties"].items()]
    table = ["| field | type | | |", "| --- | --- | --- | --- |", *rows, ""] if rows else []
    return ["", one_line(schema.get("description", "")), "", *table]


def _row(name: str, detail: Schema, *, is_required: bool) -> str:
    kind = type_of(detail).replace("|", "\\|")
    presence = "always" if is_required else "may be absent"
    return f"| `{name}` | `{kind}` | {presence} | {one_line(detail.get('description', ''))} |"
