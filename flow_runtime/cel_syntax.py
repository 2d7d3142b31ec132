"""The syntax tree of a compiled CEL expression, read from its serialized form (cel.expr.CheckedExpr, protobuf).

The tree answers what the library does not tell: which names and which paths below them an expression reads, and what
it may cost. Only fields that those questions need are decoded; unknown fields are skipped, as protobuf prescribes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeAlias

Key: TypeAlias = str | int


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: text, a whole number, or anything else as None."""

    value: str | int | None


@dataclass(frozen=True, slots=True)
class Path:
    """A free name and the constant keys selected below it: ``order.items[0].price``."""

    name: str
    keys: tuple[Key, ...] = ()
    may_be_missing: bool = False
    """Whether the expression copes with an absent last key (``has``, ``?.``)."""


@dataclass(frozen=True, slots=True)
class Local:
    """A name bound by a macro."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator; the receiver of a method is its first argument."""

    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """A list or map literal; the keys of a map stand among its items."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """What every macro becomes: a loop over `source` that carries `accumulator` through `step`."""

    source: "Node"
    variables: tuple[str, ...]
    accumulator: str
    initial: "Node"
    condition: "Node"
    step: "Node"
    result: "Node"


Node: TypeAlias = Constant | Path | Local | Call | Collection | Fold


class _Field(IntEnum):
    """Field numbers that one reads by themselves; the kinds of node stand in `_node`."""

    ANY_VALUE = 2
    CHECKED_EXPRESSION = 4
    INT64 = 3
    TEST_ONLY = 3
    STRING = 6
    BYTES = 7


_OPTIONAL_SELECTS: Final = frozenset({"_?._", "_[?_]"})
_SELECTS: Final = frozenset({"_[_]", *_OPTIONAL_SELECTS})


def read_tree(serialized: bytes) -> Node:
    """The tree of an expression, from `Expression.serialize()`.

    Raises:
        ValueError: the bytes are no such expression.
    """
    for checked in _messages(serialized, _Field.ANY_VALUE):
        for expression in _messages(checked, _Field.CHECKED_EXPRESSION):
            return _node(expression, frozenset())
    raise ValueError("not a serialized CEL expression")


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    match node:
        case Call(arguments=parts) | Collection(items=parts):
            below = parts
        case Fold():
            below = (node.source, node.initial, node.condition, node.step, node.result)
        case _:
            below = ()
    for part in below:
        yield from walk(part)


def _node(data: bytes, bound: frozenset[str]) -> Node:
    """One Expr message."""
    for number, body in _fields(data):
        if not isinstance(body, bytes):
            continue
        match number:
            case 3:
                return _constant(body)
            case 4:
                name = _text(body, 1)
                return Local(name) if name in bound else Path(name)
            case 5:
                return _select(body, bound)
            case 6:
                return _call(body, bound)
            case 7:
                return Collection(tuple(_node(item, bound) for item in _messages(body, 1)))
            case 8:
                entries = _messages(body, 2)
                return Collection(tuple(_node(part, bound) for entry in entries for part in _messages(entry, 3, 4)))
            case 9:
                return _fold(body, bound)
    return Constant(None)


def _constant(body: bytes) -> Constant:
    for number, value in _fields(body):
        match number, value:
            case _Field.INT64, int():
                return Constant(value - (1 << 64) if value >= 1 << 63 else value)
            case _Field.STRING | _Field.BYTES, bytes():
                return Constant(value.decode("utf-8", "replace"))
    return Constant(None)


def _select(body: bytes, bound: frozenset[str]) -> Node:
    operand = _node(_messages(body, 1)[0], bound)
    is_test = any(number == _Field.TEST_ONLY for number, _ in _fields(body))
    return _extend(operand, _text(body, 2), may_be_missing=is_test) or Call("has" if is_test else "_._", (operand,))


def _call(body: bytes, bound: frozenset[str]) -> Node:
    function = _text(body, 2)
    arguments = tuple(_node(part, bound) for part in _messages(body, 1, 3))
    if function in _SELECTS and isinstance(arguments[1], Constant):
        key = arguments[1].value
        if key is not None:
            path = _extend(arguments[0], key, may_be_missing=function in _OPTIONAL_SELECTS)
            return path or Call("_._", arguments[:1])
    return Call(function, arguments)


def _extend(operand: Node, key: Key, *, may_be_missing: bool) -> Path | None:
    if not isinstance(operand, Path) or (isinstance(key, int) and key < 0):
        return None
    return Path(operand.name, (*operand.keys, key), may_be_missing or operand.may_be_missing)


def _fold(body: bytes, bound: frozenset[str]) -> Fold:
    variables = tuple(name for name in (_text(body, 1), _text(body, 8)) if name)
    accumulator = _text(body, 3)
    inner = bound | {*variables, accumulator}
    return Fold(
        source=_node(_messages(body, 2)[0], bound),
        variables=variables,
        accumulator=accumulator,
        initial=_node(_messages(body, 4)[0], bound),
        condition=_node(_messages(body, 5)[0], inner),
        step=_node(_messages(body, 6)[0], inner),
        result=_node(_messages(body, 7)[0], bound | {accumulator}),
    )


# --- the protobuf wire format ---------------------------------------------------------------------------------------


def _messages(data: bytes, *numbers: int) -> list[bytes]:
    """The length-delimited fields with those numbers, in order."""
    return [value for number, value in _fields(data) if number in numbers and isinstance(value, bytes)]


def _text(data: bytes, number: int) -> str:
    found = _messages(data, number)
    return found[0].decode() if found else ""


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Every field of one message as (number, value); fixed-width values stay bytes."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        match tag & 7:
            case 0:
                value, at = _varint(data, at)
                yield tag >> 3, value
                continue
            case 1:
                width = 8
            case 2:
                width, at = _varint(data, at)
            case 5:
                width = 4
            case _:
                raise ValueError(f"unknown wire type in tag {tag!r}")
        yield tag >> 3, data[at : at + width]
        at += width


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A base-128 number and the position after it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
        shift += 7
