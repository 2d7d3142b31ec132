"""Exceptions of any provider library become ours."""

from datetime import UTC, datetime

import pytest

from flow_runtime.model import ModelError
from flow_runtime.models.provider_errors import error_of, retry_after_s

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Response:
    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.status_code = status
        self.headers = headers or {}


class StatusError(Exception):
    """As most libraries have it: the status on the error or on its response."""

    def __init__(self, message: str, *, status: int, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.response = Response(status, headers)


class ReadError(Exception):
    pass


class ConnectTimeout(Exception):
    pass


class APITimeoutError(Exception):
    pass


def translate(raised: BaseException, *, has_begun: bool = False) -> ModelError:
    return error_of(raised, has_begun=has_begun, now=NOW)


@pytest.mark.parametrize(
    ("status", "code", "is_retryable"),
    [
        (400, "bad_request", False),
        (401, "authentication", False),
        (404, "bad_request", False),
        (408, "timeout", True),
        (409, "provider_error", True),
        (413, "context_length", False),
        (422, "bad_request", False),
        (429, "rate_limited", True),
        (500, "provider_error", True),
        (529, "provider_error", True),
    ],
)
def test_by_status(status: int, code: str, is_retryable: bool) -> None:  # noqa: FBT001  a test parameter
    error = translate(StatusError("oops", status=status))
    assert (error.code, error.is_retryable) == (code, is_retryable)


def test_a_status_that_comes_as_a_code() -> None:
    raised = StatusError("oops", status=0)
    raised.code = 503  # type: ignore[attr-defined]  # as google's library has it
    assert translate(raised).code == "provider_error"


def test_the_wait_that_was_asked_for() -> None:
    assert translate(StatusError("slow", status=429, headers={"Retry-After": "7"})).retry_after_s == 7


def test_a_lost_connection_is_a_cut_only_after_the_answer_has_begun() -> None:
    assert translate(ReadError("gone"), has_begun=True).code == "stream_cut"
    assert translate(ReadError("gone")).code == "provider_error"


def test_the_cause_decides_between_unreachable_and_slow() -> None:
    unreachable, slow = APITimeoutError("timed out"), APITimeoutError("timed out")
    unreachable.__cause__ = ConnectTimeout("refused")
    assert (translate(unreachable).code, translate(slow).code) == ("provider_error", "timeout")
    assert "refused" in translate(unreachable).message


def test_anything_else_is_named_and_not_retried() -> None:
    error = translate(KeyError("x"))
    assert (error.code, error.is_retryable) == ("provider_error", False)
    assert "KeyError" in error.message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "Fri, 20 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri, 20 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
    ],
    ids=["none", "seconds", "milliseconds", "date", "past", "nonsense"],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, now=NOW) == seconds
