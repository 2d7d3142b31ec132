"""How request bodies are read: within limits of size and depth, as strict JSON that can be stored and hashed."""

from collections.abc import AsyncGenerator, Callable, Coroutine
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from starlette._utils import AwaitableOrContextManager
from starlette.datastructures import FormData

from flow_runtime.errors import InvalidDefinition, Json
from flow_runtime.json_limits import JsonError, parse_json
from peer_server.access import unknown
from peer_server.documented import DocumentedModel
from peer_server.errors import TooLarge, file_too_large
from peer_server.web.problems import ProblemRaised

_FORM_OVERHEAD: Final = 64 << 10
"""What a multipart form may have beside its file."""
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Body(DocumentedModel, BaseModel):
    """Base of all request bodies: camelCase, unknown fields refused, no coercion (true is no number)."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        strict=True,
    )


class Answer(DocumentedModel, BaseModel):
    """Base of all response bodies: camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class JsonRequest(Request):
    """A request whose JSON is read by our own rules."""

    async def body(self) -> bytes:
        """The bytes. Raises `ProblemRaised` once they are more than is allowed; no more than that is ever held."""
        if not hasattr(self, "_body"):
            limit: int = self.app.state.services.settings.max_body_bytes
            announced = self.headers.get("content-length", "0")
            if announced.isdecimal() and int(announced) > limit:
                raise ProblemRaised(_too_large(limit))
            read = bytearray()
            async for piece in self.stream():
                read += piece
                if len(read) > limit:
                    raise ProblemRaised(_too_large(limit))
            self._body = bytes(read)
        return self._body

    def form(self, **limits: float) -> AwaitableOrContextManager[FormData]:
        """An upload; what is read is spooled to disk. Once it is more than a file may have, reading it raises."""
        self._most_bytes = self.app.state.services.settings.max_file_bytes + _FORM_OVERHEAD
        return super().form(**limits)  # type: ignore[arg-type] # passed on as they are

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes. Raises `ProblemRaised` once an upload is too large."""
        read, most = 0, getattr(self, "_most_bytes", None)
        async for piece in super().stream():
            read += len(piece)
            if most is not None and read > most:
                raise ProblemRaised(file_too_large(most - _FORM_OVERHEAD))
            yield piece

    async def json(self) -> Json:
        """The body. Raises `ProblemRaised` for what is not acceptable as JSON."""
        if not hasattr(self, "_json"):
            body = await self.body()
            try:
                self._json = parse_json(body, max_bytes=len(body))
            except JsonError as error:
                raise ProblemRaised(error) from error
        return self._json


class JsonRoute(APIRoute):
    """A route that reads bodies as `JsonRequest`, and refuses addresses with a character that databases refuse."""

    def get_route_handler(self) -> Handler:
        """FastAPI's handler, given our request."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
                raise ProblemRaised(unknown("thing", "of an address with U+0000"))
            return await handler(JsonRequest(request.scope, request.receive))

        return guarded


async def json_object(request: Request) -> dict[str, Json]:
    """A body that is one JSON object of any shape (flow inputs, resolutions); no body is an empty one."""
    if not await request.body():
        return {}
    value = await request.json()
    if not isinstance(value, dict):
        raise InvalidDefinition("invalid_request", "the body must be a JSON object")
    return value


def described(summary: str, **examples: Json) -> dict[str, Json]:
    """What OpenAPI says of a body that `json_object` reads: one named example for each thing that it may be."""
    named = {name: {"value": value} for name, value in examples.items()}
    content = {"application/json": {"schema": {"type": "object", "additionalProperties": True}, "examples": named}}
    return {"requestBody": {"description": summary, "content": content}}


def _too_large(limit: int) -> TooLarge:
    message = f"a body may have {limit:,} bytes"
    return TooLarge("payload_too_large", message, remedy="send files as uploads", details={"limit": limit})


RESOLUTION: Final = described(
    "The answer; `interruptId` names the question once there was more than one.",
    decision={"decision": "approve", "comment": "fine", "edits": {"amount": 80}},
    form={"formData": {"startDate": "2026-12-24", "days": 3}},
    clientTool={"toolResult": {"executionId": "…", "success": True, "output": {"latitude": 50.7}}},
)
"""The body of both routes that answer an interrupt."""


def _is_of_our_time(at: datetime) -> datetime:
    if not 1970 <= at.year < 9000:  # noqa: PLR2004 - far enough from where arithmetic ends
        raise ValueError("a time between the years 1970 and 9000 is needed")
    return at


Moment = Annotated[datetime, Field(strict=False), AfterValidator(_is_of_our_time)]
"""A time that can be stored and reckoned with. JSON has no times, so a text is read as one."""
AwareMoment = Annotated[AwareDatetime, Field(strict=False), AfterValidator(_is_of_our_time)]
"""The same, with its offset."""
Cursor = Annotated[str | None, Field(max_length=100)]
"""Where a page begins: `nextCursor` of the page before it."""
Limit = Annotated[int, Field(ge=1, le=200)]
"""How many items a page has at most."""
