"""`Idempotency-Key` on any POST: the same request under the same key is done once, and answered alike for a day."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Final

import orjson
from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.types import Message

from flow_runtime.errors import FlowError, InvalidDefinition, StoreUnavailable
from peer_server.access import Principal
from peer_server.errors import PROBLEM_TYPE, RunFailed, problem_of
from peer_server.services.runs.kept_answers import KeptAnswers, PlainAnswer
from peer_server.web.json_request import JsonRequest

HEADER: Final = "idempotency-key"
_LONGEST_KEY: Final = 255
_LONGEST_KEPT: Final = 4 << 20
_MADE: Final = range(200, 300)
_REFUSALS: Final = (FlowError, HTTPException, RequestValidationError)
_REPLAYED: Final = {"Idempotency-Replayed": "true"}
Handler = Callable[[Request], Awaitable[Response]]


async def answer_once(request: Request, handler: Handler, *, kept: KeptAnswers, who: Principal | None) -> Response:
    """The handler's answer, or the one that it gave to the same request before.

    Kept is what made something: an answer of success, and the failure of a run that was started. After a refusal the
    key is free again; where nobody knows how far it came, the next request goes on under the same claim a minute later.
    """
    key = request.headers[HEADER]
    if not 0 < len(key) <= _LONGEST_KEY or not key.isascii() or not key.isprintable():
        message = f"an Idempotency-Key has 1 to {_LONGEST_KEY} printable ASCII characters"
        raise InvalidDefinition("invalid_idempotency_key", message, path=f"header:{HEADER}", remedy="send a UUID")
    sender = "public" if who is None else f"{who.kind}:{who.id}:{who.run_id}"
    fingerprint, request = await _read(request)
    claim = await kept.claim(scope=f"{sender} {request.url.path}", key=key, fingerprint=fingerprint)
    if isinstance(claim, PlainAnswer):
        return Response(claim.body, claim.status, _REPLAYED, claim.media_type)
    try:
        async with kept.working(claim):
            response = await handler(request)
    except RunFailed as failure:
        status, body = problem_of(failure)
        await kept.keep(claim, PlainAnswer(status, PROBLEM_TYPE, orjson.dumps(body)))
        raise
    except _REFUSALS as refusal:
        if not isinstance(refusal, StoreUnavailable):
            await kept.release(claim)
        raise
    if response.status_code in _MADE and _is_plain(response):
        media_type = response.headers.get("content-type")
        await kept.keep(claim, PlainAnswer(response.status_code, media_type, bytes(response.body)))
    else:
        await kept.release(claim)
    return response


def _is_plain(response: Response) -> bool:
    """Whether the answer is all in its body: not in pieces, and without a cookie that only one browser may have."""
    body = getattr(response, "body", None)
    return isinstance(body, bytes) and len(body) <= _LONGEST_KEPT and "set-cookie" not in response.headers


async def _read(request: Request) -> tuple[str, Request]:
    """What tells this request from another one, and the request, to be read again.

    Uploads are told apart by their size: they are read in pieces, and only by their route.
    """
    query = request.url.query
    if request.headers.get("content-type", "").startswith("multipart/"):
        return f"{query} {request.headers.get('content-length', '')}", request
    body = await JsonRequest(request.scope, request.receive).body()

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return f"{query} {hashlib.sha256(body).hexdigest()}", Request(request.scope, receive)
