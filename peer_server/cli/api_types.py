"""The HTTP API in TypeScript, from the very document that `/openapi.json` is: types only, nothing at run time."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from peer_server.routes.order import ROUTERS
from peer_server.web import openapi
from peer_server.web.openapi_answers import operations
from peer_server.wire_export import Schema, one_line, type_name, type_of

_JSON = "application/json"
_HEAD = """\
/** Generated from the OpenAPI document by `peer-server export-types`. Do not edit. */
import type { Json } from "./wire.gen.ts";
"""
_OPERATIONS = "Every operation that speaks JSON, by method and path: what it takes and what it answers."
_TRANSFERS = "What the operations answer that take files."


def typescript() -> str:
    """The module `chat_ui/src/protocol/api.gen.ts`."""
    document = _document()
    lines = [_HEAD]
    for name, schema in sorted(document["components"]["schemas"].items()):
        if name.startswith("Body_"):
            continue  # A form with a file.
        lines += [*_declaration(type_name(name), schema), ""]
    spoken: list[str] = []
    transfers: list[str] = []
    for (method, path), operation in operations(document):
        title, name = f"  /** {one_line(operation['summary'])} */", f'  "{method.upper()} {path}"'
        answer = _answer(operation)
        if not _speaks_json(operation):
            transfers += [] if answer == "void" else [title, f"{name}: {{ answer: {answer} }};"]
            continue
        parts = [*_taken(operation), f"answer: {answer}"]
        spoken += [title, f"{name}: {{ {'; '.join(parts)} }};"]
    lines += [f"/** {_OPERATIONS} */", "export interface Operations {", *spoken, "}", ""]
    lines += [f"/** {_TRANSFERS} */", "export interface Transfers {", *transfers, "}", ""]
    return "\n".join(lines)


def _document() -> dict[str, Any]:
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    openapi.install(app, ROUTERS)
    return app.openapi()


def _declaration(name: str, schema: Schema) -> Iterator[str]:
    yield f"/** {one_line(schema.get('description') or name)} */"
    properties = schema.get("properties")
    if not properties:
        yield f"export type {name} = {type_of(schema)};"
        return
    required = set(schema.get("required", ()))
    yield f"export interface {name} {{"
    for field, detail in properties.items():
        if "description" in detail:
            yield f"  /** {one_line(detail['description'])} */"
        key = field if field.isidentifier() else f'"{field}"'
        yield f"  {key}{'' if field in required else '?'}: {type_of(detail)};"
    yield "}"


def _speaks_json(operation: dict[str, Any]) -> bool:
    """Whether both the body and the answer are JSON, or nothing."""
    places = [operation.get("requestBody", {}), *_successes(operation)]
    return all(_JSON in place.get("content", {_JSON: {}}) for place in places)


def _successes(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [found for status, found in operation["responses"].items() if status.startswith("2")]


def _taken(operation: dict[str, Any]) -> Iterator[str]:
    """The parts of a request, those that may be left out marked so. Headers are the same for all, so none is here."""
    for place in ("path", "query"):
        found = [one for one in operation.get("parameters", ()) if one["in"] == place]
        if found:
            mark = "" if any(one["required"] for one in found) else "?"
            yield f"{place}{mark}: {{ {'; '.join(map(_parameter, found))} }}"
    body = operation.get("requestBody")
    if body is not None:
        mark = "" if body.get("required") else "?"
        yield f"body{mark}: {type_of(body['content'][_JSON].get('schema', {}))}"


def _parameter(parameter: dict[str, Any]) -> str:
    name, kind = parameter["name"], type_of(_without_null(parameter["schema"]))
    key = name if name.isidentifier() else f'"{name}"'
    return f"{key}{'' if parameter['required'] else '?'}: {kind}"


def _without_null(schema: Schema) -> Schema:
    """What a parameter may be that is there: an address has no null."""
    options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    return {**schema, "anyOf": options} if options else schema


def _answer(operation: dict[str, Any]) -> str:
    contents = [found["content"][_JSON] for found in _successes(operation) if _JSON in found.get("content", {})]
    return " | ".join(dict.fromkeys(type_of(content.get("schema", {})) for content in contents)) or "void"
