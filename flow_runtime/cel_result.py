"""From a CEL value back to plain JSON."""

import math
from datetime import UTC, datetime, timedelta

from cel_expr_python import cel

from flow_runtime.errors import Json

_PLAIN = frozenset({int, bool, str, type(None)})


class NotJson(Exception):
    """The value has no JSON form; the message names its kind."""


def as_json(result: cel.Value) -> Json:
    """The value as JSON: instants and durations become ISO 8601 text, whole floats stay floats.

    Raises:
        RuntimeError: the evaluation failed; the message is the library's.
        NotJson: the value holds a type, bytes, NaN, an infinity, or a map whose keys are no texts.
    """
    if result.type() == cel.Type.ERROR:
        raise RuntimeError(str(result.value()))
    return _plain(result.plain_value())


def _plain(value: object) -> Json:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotJson(f"the number {value}")
        return value
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return iso_duration(value)
    raise NotJson(type(value).__name__)


def _key(key: object) -> str:
    if isinstance(key, str):
        return key
    raise NotJson(f"a map with the key {key!r}")


def iso_duration(duration: timedelta) -> str:
    """A duration as ISO 8601 text in seconds: ``PT90S``, ``-PT0.5S``."""
    seconds = f"{abs(duration).total_seconds():.6f}".rstrip("0").rstrip(".")
    return f"{'-' if duration < timedelta(0) else ''}PT{seconds}S"
