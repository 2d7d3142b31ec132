"""How every failure is told to clients: RFC 9457 problem details with a stable `code`.

FlowError (flow_runtime.errors)
├── Unauthenticated, Forbidden   access.py: 401, 403
├── InvalidDefinition, JsonError 400, or 422 for what was understood but is not acceptable (see `_BY_CODE`)
├── NotFound 404 · Conflict 409 · Gone 410 · StoreUnavailable 503
├── RunFailed                    a run that ended badly on a route that waits for it: 500, 403, 408 …
├── TooLarge 413 · TooManyRequests 429
└── anything else                500, without details
"""

from collections.abc import Mapping
from typing import Final

from flow_runtime.errors import (
    Conflict,
    Fenced,
    FlowError,
    Gone,
    InvalidDefinition,
    Json,
    NotFound,
    StoreUnavailable,
)
from flow_runtime.json_limits import JsonError
from peer_server.access import Forbidden, Unauthenticated

PROBLEM_TYPE: Final = "application/problem+json"


class TooLarge(FlowError):
    """A body, file or JSON value is over its limit."""


class TooManyRequests(FlowError):
    """The rate limit is reached; `details.retryAfterS` says when to try again."""


class RunFailed(FlowError):
    """A run ended badly while somebody waited for its answer; `details` carries `appRunId`, `stepId`, `category`."""

    def __init__(self, error: Mapping[str, Json], *, run_id: str, status: str) -> None:
        code = "run_timed_out" if status == "timed_out" else "run_cancelled" if status == "cancelled" else "run_failed"
        super().__init__(
            str(error.get("code") or code) if status == "failed" else code,
            str(error.get("message") or f"the run ended as {status}"),
            path=str(error.get("path", "")),
            remedy=str(error.get("remedy", "")),
        )
        self.category = str(error.get("category", "internal"))
        self.extensions: dict[str, Json] = {"appRunId": run_id, "category": self.category}
        if error.get("stepId"):
            self.extensions["stepId"] = error["stepId"]
        self.http_status = 408 if status == "timed_out" else _FAILED_STATUS.get(self.category, 500)


_FAILED_STATUS: Final = {"content_filter": 403}

_BY_TYPE: Final[tuple[tuple[type[FlowError], int], ...]] = (
    (Unauthenticated, 401),
    (Forbidden, 403),
    (TooLarge, 413),
    (TooManyRequests, 429),
    (InvalidDefinition, 400),
    (JsonError, 400),
    (NotFound, 404),
    (Fenced, 409),
    (Conflict, 409),
    (Gone, 410),
    (StoreUnavailable, 503),
)

_BY_CODE: Final[Mapping[str, int]] = {
    "checks_failed": 422,
    "invalid_form": 422,
    "invalid_result": 422,
    "payload_too_large": 413,
}
"""Codes that say more than their class; 422 is for what was understood, but is not acceptable."""


def status_of(error: FlowError) -> int:
    """The HTTP status of an error."""
    if isinstance(error, RunFailed):
        return error.http_status
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    return next((status for kind, status in _BY_TYPE if isinstance(error, kind)), 500)


def problem_of(error: FlowError, *, instance: str = "") -> tuple[int, dict[str, Json]]:
    """Status and problem document. `errors` lists every fault if there are several."""
    status = status_of(error)
    body: dict[str, Json] = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "code": error.code,
        "detail": error.message,
    }
    body |= {name: value for name, value in (("path", error.path), ("remedy", error.remedy)) if value}
    if isinstance(error.details, list):
        body["errors"] = error.details
    elif error.details is not None:
        body["details"] = error.details
    if isinstance(error, RunFailed):
        body |= error.extensions
    if instance:
        body["instance"] = instance
    return status, body


_TITLES: Final[Mapping[int, str]] = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    410: "Gone",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
