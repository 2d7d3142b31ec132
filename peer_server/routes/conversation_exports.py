"""`/v1/conversation/{id}/export`: a conversation as a file."""

from collections.abc import AsyncIterator
from typing import Annotated, Final, Literal

from fastapi import Query, Response
from starlette.responses import StreamingResponse

from peer_server.access import Principal
from peer_server.bus import Frame
from peer_server.web.guard import Use, needs, router

api = router("conversation")
Reader = Annotated[Principal, needs("conversation.read")]
_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}


@api.get("/v1/conversation/{conversation_id}/export", response_class=Response)
async def export(
    *,
    conversation_id: str,
    who: Reader,
    services: Use,
    format: Annotated[Literal["markdown", "json"], Query()] = "markdown",
) -> Response:
    """The shown branch in Markdown, with tool calls, decisions, form answers and widgets; or all events as JSON.

    Secrets are masked, as everywhere in a conversation. Nothing imports such a file.
    """
    if format == "markdown":
        text = await services.exports.markdown(who, conversation_id)
        return Response(text, media_type="text/markdown; charset=utf-8", headers=_named("conversation.md"))
    events = await services.exports.events(who, conversation_id)
    return StreamingResponse(_json(events), media_type="application/json", headers=_named("conversation.json"))


async def _json(events: AsyncIterator[Frame]) -> AsyncIterator[bytes]:
    yield b'{"items":['
    between = b""
    async for frame in events:
        yield between + frame.data
        between = b","
    yield b"]}"


def _named(name: str) -> dict[str, str]:
    return {**_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
