"""Failures on the way out: everything becomes a problem document, nothing internal is told."""

import logging
from contextlib import suppress
from typing import Any, cast

import orjson
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flow_runtime.errors import FlowError, Json, StoreUnavailable, invalid
from peer_server.access import Forbidden, Principal
from peer_server.errors import PROBLEM_TYPE, problem_of, remedy_of
from peer_server.pointers import fault_of

log = logging.getLogger(__name__)

_CODES = {404: "not_found", 405: "method_not_allowed", 413: "payload_too_large", 415: "unsupported_media_type"}


class ProblemRaised(HTTPException):
    """Carries an error of ours through places that let only HTTP exceptions pass."""

    def __init__(self, error: FlowError) -> None:
        super().__init__(problem_of(error)[0])
        self.error = error


def problem(error: FlowError) -> Response:
    """The response for an error."""
    status, body = problem_of(error)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}  # noqa: PLR2004 - Unauthorized
    if isinstance(body.get("details"), dict) and "retryAfterS" in body["details"]:
        headers["Retry-After"] = str(body["details"]["retryAfterS"])
        if "limit" in body["details"]:
            reset = {"RateLimit-Reset": headers["Retry-After"], "RateLimit-Limit": str(body["details"]["limit"])}
            headers |= {**reset, "RateLimit-Remaining": "0"}
    return _response(status, body, headers=headers)


class Unexpected:
    """Turns whatever nobody expected into a problem document that tells nothing; the log tells everything."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_started = False

        async def watch(message: Message) -> None:
            nonlocal is_started
            is_started = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception:
            log.exception("unexpected error on %s %s", scope["method"], scope["path"])
            if is_started:
                raise
            body = {"type": "about:blank", "title": "Internal Server Error", "status": 500, "code": "internal"}
            body["detail"] = "something went wrong here; the log of the server says what"
            body["remedy"] = remedy_of("internal", or_else="")
            await _response(500, body)(scope, receive, send)


def install(app: FastAPI) -> None:
    """Answer every failure of this application with a problem document."""
    app.add_exception_handler(FlowError, _flow_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(StarletteHTTPException, _http_error)


async def _flow_error(request: Request, error: Exception) -> Response:
    if isinstance(error, Forbidden):
        await _record_refusal(request, error)
    return problem(cast("FlowError", error))


async def _record_refusal(request: Request, error: Forbidden) -> None:
    """Tell the log who was refused what; the answer does not depend on it."""
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is not None:
        name, object_id = next(iter(request.path_params.items()), ("workspace_id", principal.workspace_id))
        with suppress(StoreUnavailable):
            of = (name.removesuffix("_id"), object_id)
            await request.app.state.services.people.refusals.record(principal, error, of=of)


async def _validation_error(_request: Request, error: Exception) -> Response:
    invalid_request = cast("RequestValidationError", error)
    if isinstance(invalid_request.body, bytes):  # It was not read as JSON, for it did not say that it is.
        return problem(FlowError("unsupported_media_type", "the body does not say that it is JSON"))
    faults = [_fault(one, invalid_request.body) for one in invalid_request.errors()]
    return problem(invalid("the request is not valid", faults, code="invalid_request"))


async def _http_error(_request: Request, error: Exception) -> Response:
    if isinstance(error, ProblemRaised):
        return problem(error.error)
    http = cast("StarletteHTTPException", error)
    code = _CODES.get(http.status_code, "http_error")
    body = {"type": "about:blank", "title": str(http.detail), "status": http.status_code, "code": code}
    told = {**body, "detail": str(http.detail), "remedy": remedy_of(code, or_else="see /docs for what there is")}
    return _response(http.status_code, told, headers=dict(http.headers or {}))


def _fault(found: dict[str, Any], body: Json) -> dict[str, Json]:
    """One finding; the first part of its place says body, query or path."""
    place, *rest = found["loc"]
    if place == "body" and not rest and found["type"] == "missing":
        return {"code": "missing", "message": "a body is needed: a JSON object", "path": ""}
    if place == "body":
        return fault_of(body, {**found, "loc": rest})
    return {"code": found["type"], "message": found["msg"], "path": f"{place}:{rest[0] if rest else ''}"}


def _response(status: int, body: dict[str, Json], *, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, media_type=PROBLEM_TYPE)
