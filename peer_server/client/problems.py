"""What can go wrong, as exceptions: each problem document of the server is one of these, with its code and remedy.

PeerServerError
├── Unreachable              no answer: no connection, or it broke
├── WaitedTooLong            the time that the caller allows is over; what was waited for goes on
└── Problem                  an answer of the server that says why not
    ├── InvalidRequest       400, 415, 422: `faults` lists every one
    ├── NotSignedIn 401 · NotAllowed 403 · NotFound 404 · Conflict 409 · Gone 410 · TooLarge 413
    ├── TooManyRequests      429: `retry_after_s`
    ├── RunFailed            a run ended badly: `run_id`, `category`, `step_id`
    └── ServerFault          5xx
"""

from collections.abc import Mapping, Sequence
from typing import Final

from peer_server.client.exchange import Json, Reply


class PeerServerError(Exception):
    """Base of all errors of the client: `code`, a message, and a `remedy` where there is one."""

    def __init__(self, code: str, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy


class Unreachable(PeerServerError):
    """The server gave no answer. Whether it acted is not known."""


class WaitedTooLong(PeerServerError):
    """The time that the caller allowed is over. What was waited for goes on."""


class Problem(PeerServerError):
    """The server refused, or failed; `document` is all that it said."""

    def __init__(self, status: int, document: Mapping[str, Json]) -> None:
        super().__init__(
            str(document.get("code", "unknown")),
            str(document.get("detail") or document.get("title") or f"the server answered {status}"),
            remedy=str(document.get("remedy", "")),
        )
        self.status = status
        self.document = document
        self.path = str(document.get("path", ""))
        self.details: Json = document.get("details")
        self.faults: Sequence[Mapping[str, Json]] = document.get("errors") or ()


class InvalidRequest(Problem):
    """What was sent is not acceptable; `faults` names every place."""


class NotSignedIn(Problem):
    """The token or key is missing, wrong or over."""


class NotAllowed(Problem):
    """The right to do this is missing."""


class NotFound(Problem):
    """It does not exist, or may not be seen."""


class Conflict(Problem):
    """It does not go with what is there: somebody was first, or something has to be done before."""


class Gone(Problem):
    """It came too late."""


class TooLarge(Problem):
    """More was sent than is taken."""


class TooManyRequests(Problem):
    """The rate limit is reached."""

    @property
    def retry_after_s(self) -> float:
        """Seconds after which it may be tried again."""
        return float((self.details or {}).get("retryAfterS", 1))


class RunFailed(Problem):
    """A run ended badly while this call waited for it."""

    @property
    def run_id(self) -> str:
        """The run."""
        return str(self.document.get("appRunId", ""))

    @property
    def category(self) -> str:
        """Whose fault it was: the flow's, a connection's, the network's and so on."""
        return str(self.document.get("category", ""))

    @property
    def step_id(self) -> str | None:
        """The step that failed."""
        return self.document.get("stepId")


class ServerFault(Problem):
    """Something is wrong with the server."""


_BY_STATUS: Final[Mapping[int, type[Problem]]] = {
    400: InvalidRequest,
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    410: Gone,
    413: TooLarge,
    415: InvalidRequest,
    422: InvalidRequest,
    429: TooManyRequests,
}
_FIRST_FAILURE: Final = 400
_FIRST_FAULT: Final = 500


def problem_of(reply: Reply) -> Problem | None:
    """The problem that a reply tells of; None if it is a good one."""
    if reply.status < _FIRST_FAILURE:
        return None
    document = _document(reply)
    if "appRunId" in document and str(document.get("code", "")).startswith("run_"):
        return RunFailed(reply.status, document)
    kind = _BY_STATUS.get(reply.status, ServerFault if reply.status >= _FIRST_FAULT else Problem)
    return kind(reply.status, document)


def _document(reply: Reply) -> Mapping[str, Json]:
    """The problem document, or what stands for it when something between us and the server answered."""
    try:
        found = reply.json()
    except ValueError:
        found = None
    if isinstance(found, dict) and "code" in found:
        return found
    remedy = "check that the URL leads to a Peer Server"
    return {"code": "unexpected_answer", "detail": f"the answer has status {reply.status}", "remedy": remedy}
