"""What a person saw is what runs: the digest of a card, and how a card differs from what was shown before. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

import orjson

from flow_runtime.canonical import digest
from flow_runtime.errors import Json

CHANGED: Final = "changed"
"""The field of a re-opened card that tells what is different; it is not part of the digest."""


def card_digest(payload: Mapping[str, Json], *, guarded: Json, definition_digest: str | None) -> str:
    """SHA-256 over canonical JSON of what is shown, what it guards, and the flow version behind it.

    Raises:
        JsonError: it holds a whole number that a browser would show as another one (``number_not_exact``).
    """
    shown = {name: value for name, value in payload.items() if name != CHANGED}
    sealed = {"payload": shown, "guarded": guarded, "definition": definition_digest}
    return digest(orjson.loads(orjson.dumps(sealed, default=_as_dict)))


def differences(before: Json, after: Json, *, path: str = "") -> Iterator[dict[str, Json]]:
    """Every place where two JSON values differ, as ``{path, before, after}``; absent is null."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            step = "/" + str(key).replace("~", "~0").replace("/", "~1")
            yield from differences(before.get(key), after.get(key), path=path + step)
    elif before != after:
        yield {"path": path, "before": before, "after": after}


def _as_dict(value: object) -> dict[str, Json]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"not a JSON value: {value!r}")
