"""How much work a JSON Schema can make: alternatives that refer to alternatives double with every level. Pure."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from flow_runtime.errors import Json

MOST: Final = 1_000
"""Rules that one part of a value may have to be held against."""
MOST_AT_ONCE: Final = 20_000_000
"""The same for all parts of a value together."""
_HERE: Final = ("not", "if", "then", "else")
_HERE_EACH: Final = ("allOf", "anyOf", "oneOf", "dependentSchemas", "dependencies")
_BELOW: Final = (
    *("additionalItems", "additionalProperties", "contains", "items", "propertyNames"),
    *("unevaluatedItems", "unevaluatedProperties"),
)
_BELOW_EACH: Final = ("patternProperties",)
_BELOW_ONE: Final = ("items", "prefixItems", "properties")
"""Of these each part of a value meets one."""
_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")


@lru_cache(maxsize=1024)
def rules_met(schema: str, depth: int) -> int:
    """An upper bound of the rules that one part of a value can meet, if the value nests so deeply; `MOST` + 1 is many.

    `schema` is JSON.
    """
    counter = _Counter(json.loads(schema))
    try:
        return min(counter.count(counter.root, depth), MOST + 1)
    except RecursionError:
        return MOST + 1


class _Counter:
    """Counts from the root down: what holds for the same part adds up, what holds for different parts does not."""

    def __init__(self, root: Json) -> None:
        self.root = root
        self._known: dict[tuple[int, int], int] = {}
        self._resources = [node for node in _mappings(root) if node is root or "$id" in node]

    def count(self, node: Json, depth: int) -> int:
        """The bound for a part of the value below which it nests `depth` levels deep."""
        if not isinstance(node, Mapping):
            return 1
        key = (id(node), depth)
        if key in self._known:
            return self._known[key]
        self._known[key] = MOST + 1  # What leads back to itself within the same part has no end.
        total = 1 + sum(self.count(inner, depth) for inner in self._here(node))
        if depth and total <= MOST:
            total += sum(self.count(inner, depth - 1) for inner in _below(node))
            total += max((self.count(inner, depth - 1) for inner in _below_one(node)), default=0)
        self._known[key] = total = min(total, MOST + 1)
        return total

    def _here(self, node: Mapping[str, Json]) -> Iterator[Json]:
        """What holds for the same part of the value."""
        yield from (node[word] for word in _HERE if word in node)
        for word in _HERE_EACH:
            yield from _members(node.get(word))
        for word in _REFERENCES:
            if isinstance(node.get(word), str):
                yield from self._targets(node[word])

    def _targets(self, reference: str) -> Iterator[Json]:
        """Whatever the reference may mean: a resource is not told from another one, so that none is missed."""
        _, _, fragment = reference.partition("#")
        for resource in self._resources:
            found = _at(resource, unquote(fragment)) if fragment.startswith("/") or not fragment else None
            if found is not None:
                yield found
        if fragment and not fragment.startswith("/"):
            anchors = ("$anchor", "$dynamicAnchor")
            yield from (node for node in _mappings(self.root) if fragment in [node.get(word) for word in anchors])


def _below(node: Mapping[str, Json]) -> Iterator[Json]:
    yield from (node[word] for word in _BELOW if isinstance(node.get(word), Mapping))
    for word in _BELOW_EACH:
        yield from _members(node.get(word))


def _below_one(node: Mapping[str, Json]) -> Iterator[Json]:
    for word in _BELOW_ONE:
        if word != "items" or isinstance(node.get(word), list):
            yield from _members(node.get(word))


def _members(value: Json) -> Iterator[Json]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _mappings(value: Json) -> Iterator[Mapping[str, Json]]:
    if isinstance(value, Mapping):
        yield value
    for inner in _members(value):
        yield from _mappings(inner)


def _at(node: Json, fragment: str) -> Json:
    for token in fragment.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(node, Mapping) and name in node:
            node = node[name]
        elif isinstance(node, list) and name.isdecimal() and int(name) < len(node):
            node = node[int(name)]
        else:
            return None
    return node
