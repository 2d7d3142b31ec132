"""An upper bound of what a CEL expression may cost, found before it runs.

The library stops loops after 10,000 iterations, but not growth: thirty nested doublings of one text, a `replace` of
nothing by a long text or a list of lists would exhaust memory inside this process, and no exception can stop that.
So the tree is first walked with *sizes* instead of values; whatever could cost more than `MAX_UNITS` is refused.

A unit is a value that is read, copied or made (a text counts one more for every 16 characters): some 15 to 120 ns.
"""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Final, NamedTuple, TypeAlias

from flow_runtime.cel_syntax import Call, Collection, Constant, Fold, Local, Node, Path, walk
from flow_runtime.errors import Json

MAX_UNITS: Final = 3_000_000
MAX_TEXT: Final = 256 * 1024
"""Characters of the longest text that may enter an expression."""


class Level(NamedTuple):
    """The largest value at one depth: its units together with all below it, and its elements or characters."""

    units: int
    length: int


_CHEAP_JOINS: Final = 4

Profile: TypeAlias = tuple[Level, ...]
"""Sizes of a value, of its elements, of their elements, and so on: the largest at each depth."""

SCALAR: Final[Profile] = (Level(1, 0),)


class OverBudget(Exception):
    """The expression could cost more than allowed; the message says why."""


def profile_of(value: Json) -> Profile:
    """Measure a JSON value.

    Raises:
        OverBudget: a text in it is longer than `MAX_TEXT`.
    """
    if not isinstance(value, str | list | dict):
        return SCALAR
    levels: list[list[int]] = []
    _measure(value, 0, levels)
    return tuple(Level(units, length) for units, length in levels)


def _measure(value: Json, depth: int, levels: list[list[int]]) -> int:
    """Enter the value into the levels and return its units."""
    if len(levels) == depth:
        levels.append([1, 0])
    units, length = 1, 0
    if isinstance(value, str):
        length = len(value)
        if length > MAX_TEXT:
            raise OverBudget(f"a text of {length:,} characters is longer than {MAX_TEXT:,}")
        units += length >> 4
    elif isinstance(value, list | dict):
        length = len(value)
        for item in value.values() if isinstance(value, dict) else value:
            units += 1 if item is None or isinstance(item, int | float) else _measure(item, depth + 1, levels)
        if isinstance(value, dict) and value:
            units += length + _measure(max(value, key=len), depth + 1, levels)
    level = levels[depth]
    level[0] = max(level[0], units)
    level[1] = max(level[1], length)
    return units


def needs_budget(tree: Node) -> bool:
    """Whether the cost of this expression can grow beyond the plain sum of what it reads."""
    joins = 0
    for node in walk(tree):
        if isinstance(node, Fold):
            return True
        if isinstance(node, Call):
            if node.function in _GROWING:
                return True
            joins += node.function == "_+_"
    return joins > _CHEAP_JOINS


def check_budget(tree: Node, values: Mapping[Path, Json]) -> None:
    """Refuse the evaluation if it could cost more than `MAX_UNITS`; `values` holds what each of its paths leads to.

    Raises:
        OverBudget: it could.
    """
    meter = _Meter(values)
    result = meter.profile(tree, {})
    meter.spend(4 * result[0].units)  # turning the result into JSON


class _Meter:
    """Walks a tree with sizes and adds up what each operation could cost."""

    def __init__(self, values: Mapping[Path, Json]) -> None:
        self._values = values
        self._sizes = {path: profile_of(value) for path, value in values.items()}
        self._spent = 0

    def spend(self, units: int) -> None:
        self._spent += units
        if self._spent > MAX_UNITS:
            raise OverBudget("it could use too much time or memory for the size of its data")

    def profile(self, node: Node, scope: Mapping[str, Profile]) -> Profile:
        """The size of the node's value; what making it costs is spent."""
        match node:
            case Constant(value=str(text)):
                return _text(len(text))
            case Constant():
                return SCALAR
            case Path():
                self.spend(1)
                return self._sizes.get(node, SCALAR)
            case Local(name=name):
                self.spend(1)
                return scope.get(name, SCALAR)
            case Collection(items=items):
                parts = [self.profile(item, scope) for item in items]
                made = _collect(parts)
                self.spend(len(parts) + 1)
                return made
            case Call(function="split", arguments=(Path() as path, Constant(value=str(separator)))) if separator:
                return self._pieces(self._values.get(path), separator)
            case Call(function="lists.range", arguments=(count,)):
                return self._range(self._count(count, scope))
            case Call():
                return self._call(node.function, [self.profile(part, scope) for part in node.arguments])
            case Fold():
                return self._fold(node, scope)

    def _call(self, function: str, parts: list[Profile]) -> Profile:
        cost, result = _RULES.get(function, _plain)(parts)
        self.spend(cost)
        return result

    def _range(self, count: int) -> Profile:
        self.spend(count)
        return (Level(1 + count, count), *SCALAR)

    def _count(self, node: Node, scope: Mapping[str, Profile]) -> int:
        """How far a range counts, where that can be told: from literals, sizes and their sums."""
        match node:
            case Constant(value=int(number)):
                return max(number, 0)
            case Call(function="size", arguments=(argument,)):
                return self.profile(argument, scope)[0].length
            case Call(function="_+_", arguments=(left, right)):
                return self._count(left, scope) + self._count(right, scope)
            case Call(function="_-_", arguments=(left, Constant(value=int(number)))) if number >= 0:
                return self._count(left, scope)
        raise OverBudget("how far lists.range counts must be a number or a size")

    def _pieces(self, text: Json, separator: str) -> Profile:
        """Both are known, so the pieces can be counted instead of fearing one per character."""
        if not isinstance(text, str):
            return SCALAR
        count = text.count(separator) + 1
        self.spend(2 * count + (len(text) >> 4))
        return (Level(1 + count + (len(text) >> 4), count), *_text(max(map(len, text.split(separator)))))

    def _fold(self, node: Fold, scope: Mapping[str, Profile]) -> Profile:
        """A loop: one abstract round tells its cost and by how much the carried value grows."""
        source = self.profile(node.source, scope)
        rounds = source[0].length
        carried = self.profile(node.initial, scope)
        inner = {**scope, **dict.fromkeys(node.variables, _below(source))}
        before = self._spent
        inner[node.accumulator] = carried
        self.profile(node.condition, inner)
        after_one = self.profile(node.step, inner)
        per_round = self._spent - before
        growth = Level(after_one[0].units - carried[0].units, after_one[0].length - carried[0].length)
        # Appending to a list copies it each time, so the carried value is paid for once per round.
        copied = (rounds * rounds // 2) * max(growth.length, 0)
        self.spend(max(rounds - 1, 0) * per_round + copied)
        grown = Level(
            after_one[0].units + rounds * max(growth.units, 0), after_one[0].length + rounds * max(growth.length, 0)
        )
        return self.profile(node.result, {**scope, node.accumulator: (grown, *after_one[1:])})


# --- sizes ----------------------------------------------------------------------------------------------------------


def _text(length: int) -> Profile:
    return (Level(1 + (length >> 4), length),)


def _below(profile: Profile) -> Profile:
    return profile[1:] or SCALAR


def _join(profiles: list[Profile]) -> Profile:
    """Whatever is any of these; there is at least one."""
    nothing = Level(0, 0)
    return tuple(
        Level(max(level.units for level in levels), max(level.length for level in levels))
        for levels in zip_longest(*profiles, fillvalue=nothing)
    )


def _collect(parts: list[Profile]) -> Profile:
    """A collection that holds these."""
    return (Level(1 + sum(part[0].units for part in parts), len(parts)), *(_join(parts) if parts else ()))


def _total(parts: list[Profile]) -> Profile:
    """Something no larger than all of these together."""
    below = _join([part[1:] for part in parts if part[1:]]) if any(part[1:] for part in parts) else ()
    return (Level(sum(part[0].units for part in parts), sum(part[0].length for part in parts)), *below)


# --- rules: what a function costs and how large its result can be -----------------------------------------------------

_Cost: TypeAlias = tuple[int, Profile]


def _plain(parts: list[Profile]) -> _Cost:
    """Reads all of its arguments once; the result is no larger than they are."""
    whole = _total(parts) if parts else SCALAR
    return 1 + whole[0].units, whole


def _predicate(parts: list[Profile]) -> _Cost:
    return 1 + sum(part[0].units for part in parts), SCALAR


def _pick(parts: list[Profile]) -> _Cost:
    return 1, _below(parts[0])


def _choose(parts: list[Profile]) -> _Cost:
    return 1, _join(parts[1:])


def _search(parts: list[Profile]) -> _Cost:
    haystack, needle = parts[0][0], parts[1][0]
    return 1 + haystack.units + (haystack.length * needle.length >> 12), SCALAR


def _match(parts: list[Profile]) -> _Cost:
    text, pattern = parts[0][0], parts[1][0]
    return 1 + text.units + (text.length * pattern.length >> 6), SCALAR


def _replace(parts: list[Profile]) -> _Cost:
    text, old, new = (part[0].length for part in parts[:3])
    result = _text(text + (text + 1) * new)
    return 1 + result[0].units + (text * old >> 12), result


def _split(parts: list[Profile]) -> _Cost:
    text, separator = parts[0][0], parts[1][0]
    pieces = (Level(1 + text.length + text.units, text.length + 1), Level(text.units, text.length))
    return pieces[0].units + (text.length * separator.length >> 12), pieces


def _join_texts(parts: list[Profile]) -> _Cost:
    separator = parts[1][0].length if len(parts) > 1 else 0
    result = _text((parts[0][0].units << 4) + parts[0][0].length * separator)
    return 1 + parts[0][0].units + result[0].units, result


def _format(parts: list[Profile]) -> _Cost:
    result = _text(parts[0][0].length * 1024 + (sum(part[0].units for part in parts) << 5))
    return result[0].units, result


def _sort(parts: list[Profile]) -> _Cost:
    first = parts[0][0]
    return 1 + first.units * max(first.length.bit_length(), 1), parts[0]


def _distinct(parts: list[Profile]) -> _Cost:
    # Texts and whole numbers are hashed; anything else is compared pair by pair.
    count, units = parts[0][0].length, parts[0][0].units
    hashes = len(parts[0]) == 2 and parts[0][1].length > 0  # noqa: PLR2004 - a list of texts has two levels
    return 1 + units * (2 if hashes else max(count >> 2, 1)), parts[0]


def _flatten(parts: list[Profile]) -> _Cost:
    first = parts[0]
    # Every element of the result is a unit of the argument.
    return 1 + first[0].units, (Level(first[0].units + 1, first[0].units), *_join([_below(first), first[2:] or SCALAR]))


_PREDICATES: Final = ("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in", "_in_", "in", "_&&_", "_||_", "!_", "has")
_SEARCHES: Final = ("contains", "startsWith", "endsWith", "indexOf", "lastIndexOf")
_RULES: Final = {
    **dict.fromkeys(_PREDICATES, _predicate),
    **dict.fromkeys(_SEARCHES, _search),
    **dict.fromkeys(("_._", "_[_]", "_?._", "_[?_]", "charAt", "first", "last"), _pick),
    "@not_strictly_false": lambda _: (1, SCALAR),
    "_?_:_": _choose,
    "size": lambda _: (1, SCALAR),
    "matches": _match,
    "replace": _replace,
    "split": _split,
    "join": _join_texts,
    "format": _format,
    "strings.quote": lambda parts: (1 + 2 * parts[0][0].units, _text(2 + 2 * parts[0][0].length)),
    "sort": _sort,
    "@sortByAssociatedKeys": _sort,
    "distinct": _distinct,
    "flatten": _flatten,
}
_GROWING: Final = frozenset(
    {
        *_SEARCHES,
        "matches",
        "replace",
        "split",
        "join",
        "format",
        "lists.range",
        "distinct",
        "flatten",
        "sort",
        "strings.quote",
    }
)
