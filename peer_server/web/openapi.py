"""Completes the OpenAPI document with what FastAPI cannot know: who may call a route, by what, and how to repeat it."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from peer_server.access import PERMISSIONS, PUBLIC
from peer_server.web.credentials import Accepted
from peer_server.web.guard import Guard, guards_of
from peer_server.web.once import HEADER
from peer_server.web.openapi_answers import complete

Document = dict[str, Any]

_SCHEMES: Final[Document] = {
    "personalToken": {"type": "http", "scheme": "bearer", "description": "A personal token of somebody."},
    "session": {"type": "apiKey", "in": "cookie", "name": "peer_session", "description": "Set by signing in."},
    "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "Also as a bearer token."},
    "resumeSecret": {
        "type": "apiKey",
        "in": "header",
        "name": "x-resume-secret",
        "description": "Of one run; also as a bearer token.",
    },
}
_PERSON: Final[list[Document]] = [{"personalToken": []}, {"session": []}]
_KEY: Final[list[Document]] = [{"apiKey": []}]
_SECURITY: Final[Mapping[Accepted, list[Document]]] = {
    "any": _PERSON,
    "key": _KEY,
    "either": [*_PERSON, *_KEY],
    "run": [*_PERSON, *_KEY, {"resumeSecret": []}],
}
_KEY_PARAMETER: Final[Document] = {
    "name": HEADER.title(),
    "in": "header",
    "required": False,
    "description": "The same request under the same key is done once, and answered alike for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "7d0f1c52-0a53-4c0e-9a0c-0b3f3a5c3c55",
}


def install(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Have the application describe itself whole, once somebody asks for it."""
    build = app.openapi

    @cache
    def whole() -> Document:
        return _completed(build(), [route for router in routers for route in router.routes])

    app.openapi = whole  # type: ignore[method-assign]  # FastAPI's documented way


def _completed(document: Document, routes: Iterable[BaseRoute]) -> Document:
    document.setdefault("components", {})["securitySchemes"] = _SCHEMES
    for path, method, guard in guards_of(routes):
        operation = document["paths"].get(path, {}).get(method)
        if operation is not None:
            _describe(operation, guard)
            if method == "post":
                operation.setdefault("parameters", []).append(_KEY_PARAMETER)
    complete(document)
    return document


def _describe(operation: Document, guard: Guard) -> None:
    operation["x-permission"] = guard.permission
    operation["security"] = [] if guard.permission == PUBLIC else _SECURITY[guard.credential]
    if guard.permission != PUBLIC:
        sentence = PERMISSIONS[guard.permission].sentence
        said = operation.get("description") or ""
        operation["description"] = f"{said}\n\nPermission `{guard.permission}`: {sentence}".strip()
