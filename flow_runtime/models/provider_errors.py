"""Translate what provider libraries raise into `ModelError`. Pure, and without importing any of those libraries."""

import email.utils
from collections.abc import Iterator, Mapping
from datetime import datetime

from flow_runtime.errors import Json
from flow_runtime.model import ModelError, ModelErrorCode
from flow_runtime.outbound import OutboundError

_BY_STATUS: Mapping[int, tuple[ModelErrorCode, bool, str]] = {
    401: ("authentication", False, "Check the provider's API key."),
    403: ("authentication", False, "Check what the provider's API key may do."),
    404: ("bad_request", False, "Check the model's name and the base URL."),
    408: ("timeout", True, ""),
    409: ("provider_error", True, ""),
    413: ("context_length", False, "Start a new conversation or shorten the input."),
    429: ("rate_limited", True, "Wait, or ask the provider for a higher limit."),
}
_TOO_LONG = ("context_length_exceeded", "string_above_max_length", "context window", "maximum context length")
_LOST = {"ReadError", "RemoteProtocolError", "APIConnectionError", "ConnectionError", "ClientError"}
_NO_QUOTA = ("insufficient_quota", "billing_hard_limit_reached")


def error_of(raised: BaseException, *, has_begun: bool, now: datetime) -> ModelError:
    """The `ModelError` for an exception of a provider library.

    Any library's exception that carries an HTTP status is understood, otherwise its class names decide.
    `has_begun`: whether some of the answer had arrived, in which case a lost connection is a cut stream.
    """
    status = _status(raised)
    if status is not None:
        code = str(getattr(raised, "code", ""))
        return error_of_status(status, str(raised), provider_code=code, headers=_headers(raised), now=now)
    causes = list(_causes(raised))
    for refused in causes:
        if isinstance(refused, OutboundError):  # Our own guard said no, and will do so again.
            remedy = refused.remedy or "Check the base URL."
            return ModelError("bad_request", f"the provider is out of reach: {refused.message}", remedy=remedy)
    names = {kind.__name__ for fault in causes for kind in type(fault).__mro__}
    if has_begun and names & _LOST:
        return ModelError("stream_cut", f"the stream broke off: {raised}", is_retryable=True)
    # aiohttp reports a refused connection as a connect timeout: nobody was there, which is not the same as slow.
    if names & {"ConnectTimeout", "ConnectError", "ClientConnectorError"}:
        return ModelError(
            "provider_error", f"the provider could not be reached: {causes[-1]}", is_retryable=True,
            remedy="Check the base URL and the network.",
        )  # fmt: skip
    if names & {"TimeoutException", "APITimeoutError", "TimeoutError"}:
        return ModelError("timeout", f"the provider took too long: {raised}", is_retryable=True)
    is_retryable = bool(names & {"APIConnectionError", "ConnectionError", "TransportError"})
    return ModelError("provider_error", f"{type(raised).__name__}: {raised}", is_retryable=is_retryable)


def error_of_status(
    status: int, message: str, *, provider_code: str, headers: Mapping[str, str], now: datetime
) -> ModelError:
    """The `ModelError` for an HTTP status; the provider's own code or words may say more than the status."""
    words = f"{provider_code} {message}"
    if any(mark in words for mark in _TOO_LONG):
        status = 413
    default: tuple[ModelErrorCode, bool, str] = (
        ("provider_error", True, "") if status >= 500 else ("bad_request", False, "")  # noqa: PLR2004  HTTP's border
    )
    code, is_retryable, remedy = _BY_STATUS.get(status, default)
    if any(mark in words for mark in _NO_QUOTA):
        is_retryable, remedy = False, "The provider account has no credit left."
    wait_s = retry_after_s(headers, now=now)
    return ModelError(code, message, is_retryable=is_retryable, retry_after_s=wait_s, remedy=remedy)


def error_in_stream(error: Json) -> ModelError:
    """The `ModelError` for an error object that came as a chunk of the stream."""
    fields = error if isinstance(error, dict) else {"message": str(error)}
    message = str(fields.get("message") or fields)
    words = f"{fields.get('code')} {fields.get('type')} {message}"
    if any(mark in words for mark in _TOO_LONG):
        return ModelError("context_length", message)
    if "rate_limit" in words or "429" in words:
        return ModelError("rate_limited", message, is_retryable=True)
    return ModelError("provider_error", message, is_retryable=True)


def retry_after_s(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds that the provider asks to wait (``Retry-After`` in seconds or as a date, or ``retry-after-ms``)."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        value = headers.get("retry-after")
        if value is None:
            return None
        return max(0.0, float(value) if value[:1].isdigit() else _seconds_until(value, now))
    except ValueError:
        return None


def _seconds_until(date: str, now: datetime) -> float:
    moment = email.utils.parsedate_to_datetime(date)
    return (moment - now).total_seconds()


def _status(raised: BaseException) -> int | None:
    """`status_code` or `code` of the exception, or of the response that it carries."""
    for source in (raised, getattr(raised, "response", None)):
        for name in ("status_code", "code"):
            value = getattr(source, name, None)
            if isinstance(value, int) and 400 <= value < 600:  # noqa: PLR2004  HTTP's borders
                return value
    return None


def _headers(raised: BaseException) -> Mapping[str, str]:
    headers = getattr(getattr(raised, "response", None), "headers", None)
    return {name.lower(): value for name, value in headers.items()} if headers is not None else {}


def _causes(raised: BaseException | None) -> Iterator[BaseException]:
    while raised is not None:
        yield raised
        raised = raised.__cause__ or raised.__context__
