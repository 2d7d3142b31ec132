"""A request of a flow as the HTTP client takes it, and its answer as JSON that can be kept."""

import re
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from flow_runtime.errors import Json, StepFailed
from flow_runtime.json_limits import MAX_BYTES, JsonError, encode_json, parse_json
from flow_runtime.masking import Mask
from flow_runtime.outbound import OutboundError
from flow_runtime.templates import as_text

_RETRYABLE: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_EXCERPT: Final = 300
_TEXTS: Final = ("text/", "application/xml", "application/javascript", "application/x-www-form-urlencoded")
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_AUTHORIZATION: Final = frozenset({401, 403, 407})


@dataclass(frozen=True, slots=True)
class Authorization:
    """What an authorization profile adds to a request, and which texts must never be kept.

    ``await report(status)`` tells the profile how the answer went; true says that a second try may fare better.
    """

    headers: Mapping[str, str]
    query: Mapping[str, str]
    secrets: Sequence[str] = ()
    report: Callable[[int], Awaitable[bool]] | None = None

    def applied(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options of a request with it; it counts more than a header or parameter of the same name."""
        ours = {name.lower() for name in self.headers}
        headers = {name: value for name, value in options["headers"].items() if name.lower() not in ours}
        params = {**options.get("params", {}), **self.query}
        return {**options, "headers": {**headers, **self.headers}, "params": params}


def checked_url(url: str) -> str:
    """The URL; one whose path climbs with ``..`` is refused: filled in from outside, it would reach what nobody meant.

    Raises:
        StepFailed: ``url_not_allowed``.
    """
    url = url.strip()
    path = url.partition("?")[0].partition("#")[0].replace("\\", "/")
    if any(part.lower().replace("%2e", ".") in {".", ".."} for part in path.split("/")):
        raise StepFailed("url_not_allowed", f"the path of {url[:200]!r} climbs with '..'", category="data_validation")
    return url


def request_options(*, headers: Json, query: Json, body: Json, idempotency_key: str) -> dict[str, Any]:
    """Keyword arguments for `httpx2.AsyncClient.request`: text is sent as it is, anything else as JSON.

    The headers may bring an `Idempotency-Key` of their own.
    """
    texts = {name: as_text(value) for name, value in (headers or {}).items()}
    names = {name.lower() for name in texts}
    if "idempotency-key" not in names:
        texts["Idempotency-Key"] = idempotency_key
    options: dict[str, Any] = {"headers": texts}
    if query:
        options["params"] = {
            name: value if isinstance(value, list) else as_text(value) for name, value in query.items()
        }
    if isinstance(body, str):
        options["content"] = body.encode()
        if "content-type" not in names:
            texts["Content-Type"] = "text/plain; charset=utf-8"
    elif body is not None:
        options["content"] = encode_json(body)
        if "content-type" not in names:
            texts["Content-Type"] = "application/json"
    return options


async def send(client: httpx2.AsyncClient, *, method: str, url: str, options: dict[str, Any]) -> httpx2.Response:
    """Send it and read the whole answer.

    Raises:
        StepFailed: ``http_timeout`` and ``http_unreachable`` (both may be tried again), ``url_not_allowed``,
            ``bad_header``, the codes of `OutboundError`, and ``http_<status>`` for a status of 400 or more.
    """
    headers = _encoded(options.get("headers", {}))
    rest = {name: value for name, value in options.items() if name not in {"headers", "params"}}
    try:
        # Given as `params` they would take the place of what the URL itself asks.
        whole = httpx2.URL(url).copy_merge_params(options.get("params", {}))
        response = await client.request(method, whole, headers=headers, **rest)
    except OutboundError as error:
        raise StepFailed(error.code, error.message, category="network", remedy=error.remedy) from error
    except httpx2.InvalidURL as error:
        raise StepFailed("url_not_allowed", f"the URL is wrong: {error}", category="data_validation") from error
    except httpx2.TimeoutException as error:
        message = f"{httpx2.URL(url).host} did not answer in time"
        raise StepFailed("http_timeout", message, category="network", retryable=True) from error
    except (httpx2.HTTPError, httpx2.StreamError) as error:
        message = f"{httpx2.URL(url).host} could not be reached: {error}"[:500]
        raise StepFailed("http_unreachable", message, category="network", retryable=True) from error
    refuse_bad_status(response)
    return response


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """The headers as bytes: values in UTF-8. Raises `StepFailed` ``bad_header`` for what would begin another line."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or _CONTROL.search(value):
            message = f"the header {name[:80]!r} has a name or value that no request can carry"
            remedy = "names are letters, digits and hyphens; values have no line breaks"
            raise StepFailed("bad_header", message, category="data_validation", remedy=remedy)
    return [(name.encode(), value.encode()) for name, value in headers.items()]


async def send_authorized(
    client: httpx2.AsyncClient,
    *,
    method: str,
    url: str,
    options: Mapping[str, Any],
    authorize: Callable[[], Awaitable[Authorization]],
) -> dict[str, Json]:
    """Send a request with an authorization, once more if that was over, and read the answer without its secrets.

    Raises:
        StepFailed: as `send` and `read_answer`, and what `authorize` raises.
    """
    for is_last in (False, True):
        authorization = await authorize()
        mask = Mask(authorization.secrets)
        try:
            response = await send(client, method=method, url=url, options=authorization.applied(options))
        except StepFailed as error:
            status = (error.details or {}).get("status", 0)
            may_help = authorization.report is not None and status and await authorization.report(status)
            if is_last or not may_help:
                raise _masked(error, mask) from None
            continue
        if authorization.report is not None:
            await authorization.report(response.status_code)
        answer: dict[str, Json] = mask(read_answer(response))
        return answer
    raise AssertionError("the last try answers or raises")


def _masked(error: StepFailed, mask: Mask) -> StepFailed:
    return StepFailed(
        error.code,
        mask(error.message),
        category=error.category,
        retryable=error.retryable,
        path=error.path,
        remedy=error.remedy,
        details=mask(error.details),
    )


def refuse_bad_status(response: httpx2.Response) -> None:
    """Raise `StepFailed` ``http_<status>`` for a status of 400 or more; the details hold the status and the body."""
    if response.status_code < 400:  # noqa: PLR2004 - RFC 9110: errors begin here
        return
    text = response.text[:_EXCERPT].replace("\0", "�")
    what = f"{response.request.method} {response.request.url.host} answered {response.status_code}"
    raise StepFailed(
        f"http_{response.status_code}",
        f"{what} {response.reason_phrase}: {text}" if text else f"{what} {response.reason_phrase}",
        category="authorization" if response.status_code in _AUTHORIZATION else "connection",
        retryable=response.status_code in _RETRYABLE,
        details={"status": response.status_code, "body": text},
    )


def read_answer(response: httpx2.Response) -> dict[str, Json]:
    """``{status, headers, body}``: JSON parsed, text as text, anything else as ``{contentType, base64}``.

    Raises:
        StepFailed: ``response_too_large`` to be kept, or ``invalid_response`` where it claims to be JSON and is not.
    """
    headers = {name: value.replace("\0", "") for name, value in response.headers.items()}
    return {"status": response.status_code, "headers": headers, "body": _body(response)}


def _body(response: httpx2.Response) -> Json:
    data = response.content
    if not data:
        return None
    if len(data) > MAX_BYTES:
        message = f"the answer has {len(data):,} bytes, at most {MAX_BYTES:,} can be kept"
        raise StepFailed("response_too_large", message, category="connection")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        try:
            return parse_json(data)
        except JsonError as error:
            raise StepFailed("invalid_response", f"the answer: {error.message}", category="connection") from error
    if not kind or kind.startswith(_TEXTS) or kind.endswith("+xml"):
        return response.text.replace("\0", "�")
    return {"contentType": kind, "base64": b64encode(data).decode()}
