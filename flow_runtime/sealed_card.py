"""What a person saw is what runs: the digest of a card, and how a card differs from what was shown before. Pure."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final

import orjson

from flow_runtime.errors import Json

CHANGED: Final = "changed"
"""The field of a re-opened card that tells what is different; it is not part of the digest."""


def card_digest(payload: Mapping[str, Json], *, guarded: Json, definition_digest: str | None) -> str:
    """SHA-256 over canonical JSON (sorted keys) of what is shown, what it guards, and the flow version behind it."""
    shown = {name: value for name, value in payload.items() if name != CHANGED}
    sealed = {"payload": shown, "guarded": guarded, "definition": definition_digest}
    return sha256(orjson.dumps(sealed, option=orjson.OPT_SORT_KEYS, default=_as_dict)).hexdigest()


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
