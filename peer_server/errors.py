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


def file_too_large(limit: int) -> TooLarge:
    """The refusal of a file over the limit."""
    return TooLarge("file_too_large", f"a file may have {limit:,} bytes", details={"limit": limit})


class TooManyRequests(FlowError):
    """The rate limit is reached; `details.retryAfterS` says when to try again."""


class RunFailed(FlowError):
    """A run ended badly while somebody waited for its answer: ``run_failed``, ``run_timed_out`` or ``run_cancelled``.

    ``guardrail`` if that was because of what a text for or from a model says, ``budget_spent`` if nothing is left to
    spend on models.
    `extensions` carries `appRunId`, `category`, `stepId`, and as `error` what the run itself recorded.
    """

    def __init__(self, error: Mapping[str, Json], *, run_id: str, status: str) -> None:
        is_spent = status == "failed" and error.get("code") == _SPENT
        is_refused = status == "failed" and error.get("category") == "content_filter"
        super().__init__(
            "guardrail" if is_refused else _SPENT if is_spent else f"run_{status}",
            str(error.get("message") or f"the run ended as {status}"),
            path=str(error.get("path", "")),
            remedy=str(error.get("remedy") or _SEE_THE_RUN),
        )
        self.category = str(error.get("category", "internal"))
        self.extensions: dict[str, Json] = {"appRunId": run_id, "category": self.category}
        if error.get("stepId"):
            self.extensions["stepId"] = error["stepId"]
        if error.get("code"):
            self.extensions["error"] = dict(error)
        if is_spent:
            self.http_status = 429
        else:
            self.http_status = 408 if status == "timed_out" else _FAILED_STATUS.get(self.category, 500)


_SPENT: Final = "budget_spent"
_SEE_THE_RUN: Final = "look at the run: /v1/flowrun/steps/{appRunId} says how far it came"
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
    "budget_spent": 429,
    "checks_failed": 422,
    "invalid_form": 422,
    "invalid_result": 422,
    "idempotency_key_reused": 422,
    "data_source_unavailable": 503,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
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
        "title": title_of(status),
        "status": status,
        "code": error.code,
        "detail": error.message,
    }
    if error.path:
        body["path"] = error.path
    body["remedy"] = error.remedy or remedy_of(error.code, or_else="see /docs for what this route takes")
    if isinstance(error.details, list):
        body["errors"] = error.details
    elif error.details is not None:
        body["details"] = error.details
    if isinstance(error, RunFailed):
        body |= error.extensions
    if instance:
        body["instance"] = instance
    return status, body


def remedy_of(code: str, *, or_else: str) -> str:
    """What to do about an error that does not say so itself."""
    return _REMEDIES.get(code, or_else)


def title_of(status: int) -> str:
    """What an HTTP status is called."""
    return _TITLES.get(status, "Error")


_LISTED: Final = "correct what is listed and send it again"
_REMEDIES: Final[Mapping[str, str]] = {
    "already_settled": "the first answer counts",
    "already_signed_in": "go on with this socket, or open another one",
    "bad_pattern": "write a shorter pattern",
    "checks_failed": "correct what is listed; `/v1/flow/{id}/check` finds it too",
    "draft_too_large": "shorten what is filled in, or upload it as a file",
    "duplicate_name": "give each one a name of its own",
    "empty_message": "write something, or add a file",
    "file_too_large": "send a smaller file, or split it",
    "forbidden": "ask somebody with that right",
    "internal": "try again; if it stays, send the time of the request to whoever runs the server",
    "interrupt_cancelled": "nothing waits for this answer any more",
    "interrupt_expired": "start the run again if the answer is still needed",
    "invalid_choice": "name each variable of the package once: in `overwrite` or in `keep`",
    "invalid_command": _LISTED,
    "invalid_definition": f"{_LISTED}; `/v1/flow/schema` says what a definition is",
    "invalid_form": f"{_LISTED}; the run keeps waiting",
    "invalid_frequency": _LISTED,
    "invalid_heir": "name another member, or nobody: then an owner of the workspace inherits",
    "invalid_inputs": f"{_LISTED}; nothing was started",
    "invalid_invitation": _LISTED,
    "invalid_json": "send one JSON document in UTF-8, without NaN or Infinity",
    "invalid_manifest": _LISTED,
    "invalid_owner": "let them in again, or name somebody else",
    "invalid_package": _LISTED,
    "invalid_peer": _LISTED,
    "invalid_request": _LISTED,
    "invalid_result": f"{_LISTED}; the run keeps waiting",
    "invalid_scanner": f"{_LISTED}; `/v1/guardrail/type` says what a scanner takes",
    "json_too_deep": "send a flatter document",
    "message_too_long": "shorten it, or send the text as a file",
    "method_not_allowed": "the header Allow names the methods of this route",
    "missing_file": "send what the export gave, whole",
    "no_address": "only people with an address sign in by password; invite this person by theirs",
    "not_an_answer": "name a message of the Peer",
    "not_expired_yet": "wait until it expires, or answer it",
    "not_found": "check the id; what you may not see is answered like what does not exist",
    "not_queued": "look at the conversation: the message was taken up or withdrawn",
    "not_your_message": "name a message that a person wrote",
    "payload_too_large": "send less, or upload it as a file",
    "rate_limited": "wait as long as Retry-After says",
    "still_queued": "wait until the message is taken up, or withdraw it",
    "too_many_at_once": "wait until some of them have ended",
    "too_many_requests": "wait as long as Retry-After says",
    "too_many_schedules": "delete one that is not needed, or change it",
    "unauthenticated": "sign in, or send a credential that is valid",
    "unknown_action": "choose one of the widget's actions",
    "unknown_people": "invite them to the workspace first, or correct the addresses",
    "unsupported_media_type": "send JSON with `Content-Type: application/json`",
}


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
