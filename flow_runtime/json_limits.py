"""What counts as JSON here, and how much of it: nothing enters a run that could not be stored, shown and hashed."""

import json
import math
import re
from collections.abc import Iterator
from typing import Final, NoReturn

from flow_runtime.errors import FlowError, Json

MAX_DEPTH: Final = 64
MAX_BYTES: Final = 1024 * 1024
"""Size of the largest inline JSON payload."""
LARGEST_NUMBER: Final = 2**31 - 1
"""Of versions, revisions and the like: what fits into a column of every database."""

_SUSPECT: Final = re.compile(rb"\\u|[0-9]{19}")
"""The only ways in for U+0000, half a surrogate pair and a whole number of more than 64 bits."""


class JsonError(FlowError):
    """A value that is refused. Codes: ``payload_too_large``, ``json_too_deep``, ``invalid_json``."""


def parse_json(data: bytes, *, max_bytes: int = MAX_BYTES) -> Json:
    """Read one JSON document from outside.

    Raises:
        JsonError: it is too large, nests too deeply, is malformed or not UTF-8, or holds NaN, an infinity, a number
            that does not fit into 64 bits, U+0000, or half of a surrogate pair.
    """
    if len(data) > max_bytes:
        raise _too_large(len(data), max_bytes)
    try:
        value = json.loads(data.decode(), parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        reason = str(error).partition("; use sys.")[0]  # advice for the operator, not for the sender
        raise JsonError("invalid_json", f"this is no valid JSON: {reason}") from None
    if _SUSPECT.search(data):
        check_json(value)
    else:
        for _ in _containers(value):
            continue
    return value


def check_json(value: Json, *, max_bytes: int | None = None) -> None:
    """Refuse a Python value that is no JSON, nests too deeply or, written compactly, takes more than `max_bytes`.

    Raises:
        JsonError: it is one of these.
    """
    _check_scalar(value)
    for container in _containers(value):
        for item in container.values() if isinstance(container, dict) else container:
            _check_scalar(item)
        for key in container if isinstance(container, dict) else ():
            _check_key(key)
    if max_bytes is not None:
        size = len(encode_json(value))
        if size > max_bytes:
            raise _too_large(size, max_bytes)


def encode_json(value: Json) -> bytes:
    """The value as compact UTF-8 JSON.

    Raises:
        JsonError: ``invalid_json``. Call `check_json` first where the value may nest deeply.
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (ValueError, TypeError) as error:
        raise JsonError("invalid_json", f"this is no JSON value: {error}") from None


def _containers(value: Json) -> Iterator[list[Json] | dict[str, Json]]:
    """Every list and object, outer ones first. Raises JsonError when they nest deeper than `MAX_DEPTH`."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [item for item in level if isinstance(item, list | dict)]
        if not level:
            return
        yield from level
        level = [item for outer in level for item in (outer.values() if isinstance(outer, dict) else outer)]
    raise _too_deep()


def _check_key(key: Json) -> None:
    if not isinstance(key, str):
        raise JsonError("invalid_json", f"the key {key!r} is no text")
    _check_scalar(key)


def _check_scalar(value: Json) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise JsonError("invalid_json", "a text holds the character U+0000, which databases refuse")
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise JsonError("invalid_json", "a text holds half of a surrogate pair") from None
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise JsonError("invalid_json", f"{value} is no JSON number")
    elif isinstance(value, int):
        if not -(1 << 63) <= value < 1 << 64:
            raise JsonError("invalid_json", "a whole number does not fit into 64 bits", remedy="Send it as text.")
    elif not (value is None or isinstance(value, list | dict)):
        raise JsonError("invalid_json", f"{type(value).__name__} is no JSON type")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:40]} is too large")
    return number


def _too_large(size: int, limit: int) -> JsonError:
    message = f"{size:,} bytes are more than the {limit:,} that are allowed"
    return JsonError("payload_too_large", message, remedy="Send files as uploads.", details={"limit": limit})


def _too_deep() -> JsonError:
    return JsonError("json_too_deep", f"this nests deeper than {MAX_DEPTH} levels", details={"limit": MAX_DEPTH})
