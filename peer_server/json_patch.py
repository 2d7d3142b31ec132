"""JSON Patch (RFC 6902: add, remove, replace) for widget state: pure functions that share what did not change."""

from collections.abc import Iterable
from typing import Any

Json = Any
JsonObject = dict[str, Any]


class PatchError(Exception):
    """A patch names a place that the state does not have."""


def patched(state: Json, patch: Iterable[JsonObject]) -> Json:
    """The state after an RFC 6902 patch of add, remove and replace; the given state is left untouched.

    Raises `PatchError` if a path does not exist.
    """
    for operation in patch:
        path = operation["path"]
        tokens = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
        state = _changed(state, tokens, operation, path)
    return state


def _changed(node: Json, tokens: list[str], operation: JsonObject, path: str) -> Json:
    """A copy of `node` with the operation applied at `tokens` below it; everything beside the path is shared."""
    if not tokens:
        return operation.get("value")
    head, *rest = tokens
    if isinstance(node, list):
        return _changed_list(node, tokens, operation, path)
    if not isinstance(node, dict) or (head not in node and (rest or operation["op"] != "add")):
        raise PatchError(f"{operation['op']} {path!r}: there is nothing at {head!r}")
    if not rest and operation["op"] == "remove":
        return {name: value for name, value in node.items() if name != head}
    return {**node, head: _changed(node.get(head), rest, operation, path)}


def _changed_list(node: list[Json], tokens: list[str], operation: JsonObject, path: str) -> list[Json]:
    """`_changed` for one element of a list; `-` is the place after the last."""
    head, *rest = tokens
    adds = not rest and operation["op"] == "add"
    index = len(node) if head == "-" else int(head) if head.isdecimal() else -1
    if not 0 <= index < len(node) + adds:
        raise PatchError(f"{operation['op']} {path!r}: the list has no place {head!r}")
    if adds:
        return [*node[:index], operation.get("value"), *node[index:]]
    if not rest and operation["op"] == "remove":
        return [*node[:index], *node[index + 1 :]]
    return [*node[:index], _changed(node[index], rest, operation, path), *node[index + 1 :]]
