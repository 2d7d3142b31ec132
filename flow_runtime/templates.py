"""Templates: any JSON value whose texts may hold ``{{ CEL }}``. Pure; a template without placeholders costs nothing.

A text that is one placeholder gives the value itself, with its JSON type; inside other text a value is written out:
texts as they are, null as nothing, everything else as compact JSON. There are no loops and no other syntax. Two
literal braces are written as a placeholder too: ``{{ "{{" }}``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from re import DOTALL
from re import compile as pattern
from typing import Final, TypeAlias

from flow_runtime.cel_syntax import Path
from flow_runtime.errors import Json
from flow_runtime.expressions import Expression, ExpressionError, compile_expression
from flow_runtime.json_limits import MAX_DEPTH, JsonError, encode_json

MAX_OUTPUT: Final = 1024 * 1024
"""Characters that one rendering may write into texts."""

_OPEN: Final = "{{"
_TOKEN: Final = pattern(
    r"""[rR](?:'{3}.*?'{3}|"{3}.*?"{3}|'[^'\n]*'|"[^"\n]*")"""  # raw texts: a backslash is a backslash
    r"""|'{3}(?:[^\\]|\\.)*?'{3}|"{3}(?:[^\\]|\\.)*?"{3}|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*\""""
    r"""|//[^\n]*|[{}]""",
    DOTALL,
)


class Template:
    """A compiled template. Immutable, safe to share between threads."""

    __slots__ = ("_node", "names")

    names: frozenset[str]
    """The names that its placeholders read."""

    def __init__(self, node: "_Node") -> None:
        self._node = node
        self.names = frozenset[str]().union(*(expression.names for expression in _expressions(node)))

    @property
    def paths(self) -> frozenset[Path]:
        """What its placeholders read below these names."""
        return frozenset[Path]().union(*(expression.paths for expression in _expressions(self._node)))

    @property
    def is_constant(self) -> bool:
        """Whether it holds no placeholder: then rendering returns the very value that it was compiled from."""
        return isinstance(self._node, _Fixed)

    def render(self, scope: Mapping[str, Json]) -> Json:
        """The value with every placeholder filled in. Treat it as immutable: parts of it are shared.

        Raises:
            ExpressionError: a placeholder fails, or the texts grow beyond `MAX_OUTPUT` (``output_too_long``); `path`
                says where.
        """
        if isinstance(self._node, _Fixed):
            return self._node.value
        return _Writer(scope).render(self._node)


def compile_template(value: Json, *, names: frozenset[str], path: str = "") -> Template:
    """Compile a template whose placeholders may read these names; `path` is the JSON Pointer of the value.

    Raises:
        ExpressionError: a placeholder does not compile or is not closed (``template_unclosed``); `path` says where.
        JsonError: the value nests too deeply.
    """
    return Template(_compile(value, names, path, MAX_DEPTH))


def bare_expression(text: str) -> str:
    """The expression in a text that is nothing but one placeholder; any other text is an expression as it stands.

    Who writes ``{{ amount > 100 }}`` where ``amount > 100`` belongs means the same.
    """
    inner = text.strip()
    if inner.startswith(_OPEN) and _closing(inner, len(_OPEN)) == len(inner) - len(_OPEN):
        return inner[len(_OPEN) : -len(_OPEN)].strip()
    return text


def as_text(value: Json) -> str:
    """A value as it stands inside text: null is nothing, ``7.0`` is 7, lists and objects are compact JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return encode_json(value).decode()


_EXACT: Final = 2.0**53


# --- compiled form --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fixed:
    value: Json


@dataclass(frozen=True, slots=True)
class _Sole:
    expression: Expression
    path: str


@dataclass(frozen=True, slots=True)
class _Text:
    parts: tuple[str | Expression, ...]
    path: str


@dataclass(frozen=True, slots=True)
class _List:
    items: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Object:
    entries: tuple[tuple[str, "_Node"], ...]


_Node: TypeAlias = _Fixed | _Sole | _Text | _List | _Object


def _compile(value: Json, names: frozenset[str], path: str, levels: int) -> _Node:
    if isinstance(value, str):
        return _compile_text(value, names, path)
    if not isinstance(value, list | tuple | Mapping):
        return _Fixed(value)
    if levels == 0:
        raise JsonError("json_too_deep", f"this nests deeper than {MAX_DEPTH} levels", path=path)
    pairs = list(value.items() if isinstance(value, Mapping) else enumerate(value))
    nodes = [(key, _compile(item, names, f"{path}/{_escape(str(key))}", levels - 1)) for key, item in pairs]
    if all(isinstance(node, _Fixed) for _, node in nodes):
        return _Fixed(value)
    return _Object(tuple(nodes)) if isinstance(value, Mapping) else _List(tuple(node for _, node in nodes))


def _compile_text(text: str, names: frozenset[str], path: str) -> _Node:
    if _OPEN not in text:
        return _Fixed(text)
    parts = []
    for part, is_expression in _split(text, path):
        try:
            parts.append(compile_expression(part, names=names) if is_expression else part)
        except ExpressionError as error:
            raise error.at(path) from None
    if len(parts) == 1 and isinstance(parts[0], Expression):
        return _Sole(parts[0], path)
    return _Text(tuple(parts), path)


def _split(text: str, path: str) -> Iterator[tuple[str, bool]]:
    """The literal pieces and the placeholders' sources, in order."""
    at = 0
    while (start := text.find(_OPEN, at)) >= 0:
        if start > at:
            yield text[at:start], False
        end = _closing(text, start + len(_OPEN))
        if end < 0:
            remedy = 'Close it with "}}", or write {{ "{{" }} for literal braces.'
            message = f"the placeholder at character {start + 1} is not closed"
            raise ExpressionError("template_unclosed", message, text[start : start + 80], path=path, remedy=remedy)
        yield text[start + len(_OPEN) : end].strip(), True
        at = end + len(_OPEN)
    if at < len(text):
        yield text[at:], False


def _closing(text: str, start: int) -> int:
    """Where the two braces stand that end the placeholder, past the texts and maps inside it; -1 if nowhere."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        if token[0] == "{":
            depth += 1
        elif token[0] == "}":
            if depth == 0 and text.startswith("}", token.end()):
                return token.start()
            depth = max(depth - 1, 0)
    return -1


def _expressions(node: _Node) -> Iterator[Expression]:
    match node:
        case _Sole(expression=expression):
            yield expression
        case _Text(parts=parts):
            yield from (part for part in parts if isinstance(part, Expression))
        case _List(items=items):
            for item in items:
                yield from _expressions(item)
        case _Object(entries=entries):
            for _, item in entries:
                yield from _expressions(item)


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


class _Writer:
    """One rendering: counts what it writes."""

    def __init__(self, scope: Mapping[str, Json]) -> None:
        self._scope = scope
        self._left = MAX_OUTPUT

    def render(self, node: _Node) -> Json:
        match node:
            case _Fixed(value=value):
                return value
            case _Sole():
                return self._evaluate(node.expression, node.path)
            case _Text():
                return "".join([self._write(part, node.path) for part in node.parts])
            case _List(items=items):
                return [self.render(item) for item in items]
            case _Object(entries=entries):
                return {key: self.render(item) for key, item in entries}

    def _write(self, part: str | Expression, path: str) -> str:
        text = part if isinstance(part, str) else as_text(self._evaluate(part, path))
        self._left -= len(text)
        if self._left < 0:
            source = part.source if isinstance(part, Expression) else part[:80]
            raise ExpressionError(
                "output_too_long", f"the text is longer than {MAX_OUTPUT:,} characters", source, path=path
            )
        return text

    def _evaluate(self, expression: Expression, path: str) -> Json:
        try:
            return expression.evaluate(self._scope)
        except ExpressionError as error:
            raise error.at(path) from None
