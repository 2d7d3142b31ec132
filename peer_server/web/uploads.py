"""Bodies that are files: raw bytes, one document, or a multipart form, read within a limit."""

from collections.abc import Mapping

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.types import Message

from flow_runtime.errors import InvalidDefinition, Json
from peer_server.errors import TooLarge
from peer_server.web.problems import ProblemRaised

_MOST_FILES = 4


async def read_parts(request: Request, *, most_bytes: int) -> list[tuple[str, bytes]]:
    """What was sent, by the names of the files; a body that is no form is one part without a name.

    Raises `ProblemRaised` with `TooLarge`, never having held more; `InvalidDefinition` if nothing was sent.
    """
    body = await _bounded(request, most_bytes)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        parts = [("", body)] if body else []
    else:
        async with _form_request(request, body).form(max_files=_MOST_FILES, max_fields=_MOST_FILES) as form:
            files = [value for _field, value in form.multi_items() if isinstance(value, UploadFile)]
            parts = [((file.filename or "").rpartition("/")[2], await file.read()) for file in files]
    if not parts:
        raise InvalidDefinition("invalid_request", "no file was sent", remedy="send a package as the body or as a form")
    return parts


def files_body(description: str, *types: str) -> Mapping[str, Json]:
    """What OpenAPI says of such a body."""
    form: Json = {
        "type": "object",
        "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
    }
    raw: Json = {"type": "string", "format": "binary"}
    content = {kind: {"schema": {"type": "object"} if kind == "application/json" else raw} for kind in types}
    content["multipart/form-data"] = {"schema": form}
    return {"requestBody": {"required": True, "description": description, "content": content}}


async def _bounded(request: Request, most_bytes: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most_bytes:
            message = f"a package may have {most_bytes:,} bytes"
            raise ProblemRaised(TooLarge("payload_too_large", message, details={"limit": most_bytes}))
    return bytes(body)


def _form_request(request: Request, body: bytes) -> Request:
    """The same request with its body at hand, for the parser of forms."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, receive)
