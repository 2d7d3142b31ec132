"""Expressions: CEL with whole and decimal numbers mixed freely, strict names and a budget. Pure and synchronous.

An expression reads only the names it is given, has no side effects, and ends. What it may cost is bounded before it
runs (`cel_budget`), and only the paths that it mentions are handed to the library.
"""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from re import compile as pattern
from typing import Final, TypeAlias

from cel_expr_python import cel

from flow_runtime.cel_budget import OverBudget, check_budget, needs_budget
from flow_runtime.cel_environment import environment
from flow_runtime.cel_result import NotJson, as_json
from flow_runtime.cel_syntax import Key, Path, read_tree, walk
from flow_runtime.errors import FlowError, Json

MAX_SOURCE: Final = 1024
"""Bytes of the longest expression."""
MAX_DOUBLING: Final = 5
"""How often the two macros may stand in an expression that write their receiver twice: each doubles the program."""
RESERVED_NAMES: Final = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in"}
    | {"let", "loop", "namespace", "null", "package", "return", "true", "var", "void", "while"}
)
"""Words that CEL keeps for itself: nothing that an expression should read may be called so."""

_WORD: Final = pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_DOUBLING: Final = frozenset({"optMap", "optFlatMap"})
_FINDING: Final = pattern(r"<input>:(-?\d+):(-?\d+): (.*)")
_UNDECLARED: Final = pattern(r"undeclared reference to '([^']*)'")
_VARIABLE: Final = pattern(r"\benv\.([A-Za-z_][A-Za-z0-9_]*)")
_QUOTED: Final = pattern(r'"([^"]*)"')


class ExpressionError(FlowError):
    """An expression that cannot be compiled or evaluated; `source` is its text.

    Codes when compiling: ``expression_too_long``, ``expression_syntax``, ``unknown_name``, ``expression_type``,
    ``expression_budget``, ``invalid_text``.
    Codes when evaluating: ``missing_value``, ``variable_not_set``, ``expression_type``, ``division_by_zero``,
    ``number_overflow``, ``expression_budget``, ``invalid_text``, ``not_boolean``, ``not_json``, ``expression_failed``.
    """

    def __init__(
        self, code: str, message: str, source: str, *, path: str = "", remedy: str = "", details: Json = None
    ) -> None:
        super().__init__(code, message, path=path, remedy=remedy, details=details)
        self.source = source

    def at(self, path: str) -> "ExpressionError":
        """The same error, located in a document."""
        return ExpressionError(
            self.code, self.message, self.source, path=path, remedy=self.remedy, details=self.details
        )


class Expression:
    """A compiled expression. Immutable, safe to share between threads."""

    __slots__ = ("_is_metered", "_paths", "_plan", "_program", "_tree", "names", "source")

    source: str
    """The text it was compiled from."""
    names: frozenset[str]
    """The names that it reads."""

    def __init__(self, source: str, program: cel.Expression, names: frozenset[str]) -> None:
        self.source = source
        self._program = program
        self._tree = read_tree(program.serialize())
        # Type names (`int`, `string`) look like free names too.
        self._paths = frozenset(node for node in walk(self._tree) if isinstance(node, Path) and node.name in names)
        self._plan = _plan(self._paths)
        self._is_metered = needs_budget(self._tree)
        self.names = frozenset(self._plan)

    @property
    def paths(self) -> frozenset[Path]:
        """What it reads below these names, as far as that is written out."""
        return self._paths

    def evaluate(self, scope: Mapping[str, Json]) -> Json:
        """The value, as plain JSON: whole numbers stay int, decimals float; instants and durations become text.

        `scope` must be JSON (see `json_limits`); names that it lacks are an error only where they are read.

        Raises:
            ExpressionError: there is no such value, or it would cost too much.
        """
        if self._tree in self._paths:  # a plain path needs no library, and keeps even what CEL cannot hold
            return self._follow(self._tree, scope)
        try:
            if self._is_metered:
                check_budget(self._tree, self._values(scope))
            data = {name: _prune(scope[name], plan) for name, plan in self._plan.items() if name in scope}
            result = self._program.eval(data=data)
            return as_json(result)
        except OverBudget as error:
            raise ExpressionError("expression_budget", f"{error}", self.source, remedy=_USE_CODE) from None
        except NotJson as error:
            raise ExpressionError("not_json", f"the result is no JSON value: {error}", self.source) from None
        except TypeError:  # the library cannot hand out an optional
            raise ExpressionError("not_json", _OPTIONAL, self.source) from None
        except (RuntimeError, ValueError, MemoryError) as error:
            raise _failure(str(error), self.source) from None

    def truth(self, scope: Mapping[str, Json]) -> bool:
        """The value of a condition.

        Raises:
            ExpressionError: as `evaluate`; ``not_boolean`` if the value is neither true nor false.
        """
        value = self.evaluate(scope)
        if isinstance(value, bool):
            return value
        kind = type(value).__name__
        remedy = "Compare it with something, such as `!= null` or `> 0`."
        raise ExpressionError(
            "not_boolean", f"a condition must be true or false, this is {kind}", self.source, remedy=remedy
        )

    def _follow(self, path: Path, scope: Mapping[str, Json]) -> Json:
        if path.may_be_missing:
            raise ExpressionError("not_json", _OPTIONAL, self.source)
        try:
            return _lookup(path, scope)
        except LookupError as error:
            raise _missing(error.args[0], self.source) from None

    def _values(self, scope: Mapping[str, Json]) -> dict[Path, Json]:
        """What each path leads to; those that lead nowhere are left out, the library will say so."""
        values = {}
        for path in self._paths:
            try:
                values[path] = _lookup(path, scope)
            except LookupError:
                continue
        return values


def compile_expression(source: str, *, names: frozenset[str]) -> Expression:
    """Compile an expression that may read these names. Cached: the same text costs nothing the second time.

    Raises:
        ExpressionError: it is too long, malformed, uses operands that cannot fit, or names something else.
    """
    try:
        size = len(source.encode())
    except UnicodeEncodeError:
        raise ExpressionError("invalid_text", "the expression is no valid Unicode", ascii(source[:80])) from None
    if size > MAX_SOURCE:
        message = f"an expression has at most {MAX_SOURCE:,} bytes, this one has {size:,}"
        raise ExpressionError("expression_too_long", message, source[:80] + "…", remedy=_USE_CODE)
    words = _WORD.findall(source)
    if sum(word in _DOUBLING for word in words) > MAX_DOUBLING:
        message = f"at most {MAX_DOUBLING} optMap and optFlatMap fit into one expression"
        raise ExpressionError("expression_budget", message, source, remedy=_USE_CODE)
    used = names.intersection(words)
    try:
        return _compile(source, used)
    except ExpressionError as error:
        if error.code == "unknown_name":
            raise _unknown(error, names) from None
        raise


@lru_cache(maxsize=4096)
def _compile(source: str, names: frozenset[str]) -> Expression:
    """Compile against an environment that knows only what the text mentions, so that texts share environments."""
    try:
        return Expression(source, environment(names).compile(source), names)
    except (RuntimeError, TypeError, ValueError) as error:
        raise _rejection(str(error), source) from None


# --- paths ----------------------------------------------------------------------------------------------------------

_Plan: TypeAlias = "dict[Key, _Plan] | None"
"""Which keys below a value are read; None means all of it."""


def _plan(paths: frozenset[Path]) -> dict[str, _Plan]:
    """Merge the paths into a tree of keys per name."""
    plans: dict[str, _Plan] = {}
    for path in sorted(paths, key=lambda path: len(path.keys)):
        plan = plans.setdefault(path.name, {} if path.keys else None)
        for last, key in ((at == len(path.keys), key) for at, key in enumerate(path.keys, start=1)):
            if plan is None:
                break
            plan = plan.setdefault(key, None if last else {})
    return plans


def _prune(value: Json, plan: _Plan) -> Json:
    """The value with only what is read of it: the library converts everything that it is given."""
    if plan is None:
        return value
    if isinstance(value, dict):
        return {key: _prune(value[key], below) for key, below in plan.items() if key in value}
    if isinstance(value, list):
        found = {key: below for key, below in plan.items() if isinstance(key, int) and key < len(value)}
        items: list[Json] = [None] * (max(found, default=-1) + 1)
        for key, below in found.items():
            items[key] = _prune(value[key], below)
        return items
    return value


def _lookup(path: Path, scope: Mapping[str, Json]) -> Json:
    """What the path leads to. Raises LookupError with the key that is not there."""
    value: Json = scope
    for key in (path.name, *path.keys):
        is_there = key in value if isinstance(value, Mapping) else _is_index(key, value)
        if not is_there:
            raise LookupError(key)
        value = value[key]
    return value


def _is_index(key: Key, value: Json) -> bool:
    return isinstance(value, list) and isinstance(key, int) and key < len(value)


# --- errors ---------------------------------------------------------------------------------------------------------

_OPTIONAL: Final = "an optional value needs `.orValue(…)`"
_USE_CODE: Final = "Do this in a code step."
_FAILURES: Final[Sequence[tuple[str, str, Callable[[str], str]]]] = (
    ("<iter_range>", "expression_type", lambda _: "only lists and objects can be gone through"),
    ("<jump_condition>", "expression_type", lambda _: "what stands before ? must be true or false"),
    ("No matching overloads", "expression_type", lambda text: f"the operands do not fit: {text.rpartition(': ')[2]}"),
    ("Applying SELECT", "expression_type", lambda _: "only objects have fields, this is something else"),
    ("Invalid container", "expression_type", lambda _: "only lists and objects have elements"),
    ("Index error", "missing_value", lambda text: f"the list is too short: {text.rpartition(': ')[2]}"),
    ("division by zero", "division_by_zero", lambda _: "division by zero"),
    ("divide by zero", "division_by_zero", lambda _: "division by zero"),
    ("modulus by zero", "division_by_zero", lambda _: "division by zero"),
    ("overflow", "number_overflow", lambda _: "the number does not fit into 64 bits"),
    ("out of range", "number_overflow", lambda _: "the number does not fit into 64 bits"),
    ("budget exceeded", "expression_budget", lambda _: "it needs more than 10,000 rounds"),
    ("bad_alloc", "expression_budget", lambda _: "it needs too much memory"),
    ("construction from null", "invalid_text", lambda _: "a text is no valid Unicode"),
    ("UTF-8", "invalid_text", lambda _: "a text is no valid Unicode"),
    ("surrogates", "invalid_text", lambda _: "a text is no valid Unicode"),
)


def _failure(text: str, source: str) -> ExpressionError:
    """An evaluation error of the library in our words."""
    if "Key not found" in text or "No value with name" in text:
        found = _QUOTED.search(text)
        return _missing(found[1] if found else "?", source)
    for mark, code, explain in _FAILURES:
        if mark in text:
            return ExpressionError(code, explain(text), source, remedy=_USE_CODE if code == "expression_budget" else "")
    return ExpressionError("expression_failed", text.partition(": ")[2] or text, source)


def _missing(key: Key, source: str) -> ExpressionError:
    if key in _VARIABLE.findall(source):
        remedy = "Set it among the variables of the flow or of the workspace."
        message = f"the variable {key!r} is not set"
        return ExpressionError("variable_not_set", message, source, remedy=remedy, details={"variable": key})
    select = f".?{key}" if isinstance(key, str) else f"[?{key}]"
    remedy = f"Write `{select}.orValue(…)` where it may be missing."
    return ExpressionError("missing_value", f"there is no {key!r} here", source, remedy=remedy, details={"key": key})


def _rejection(text: str, source: str) -> ExpressionError:
    """A compile error of the library in our words; the first finding counts."""
    found = _FINDING.search(text)
    line, column, finding = (int(found[1]), int(found[2]), found[3]) if found else (0, 0, text)
    details: dict[str, Json] = {"line": line, "column": column} if line > 0 else {}
    undeclared = _UNDECLARED.search(finding)
    if undeclared:
        return ExpressionError("unknown_name", finding, source, details={**details, "name": undeclared[1]})
    if "no matching overload" in finding:
        return ExpressionError("expression_type", finding, source, details=details)
    message = finding.partition(" expecting ")[0].removeprefix("Syntax error: ")
    return ExpressionError("expression_syntax", message, source, details=details)


def _unknown(error: ExpressionError, names: frozenset[str]) -> ExpressionError:
    name = str(error.details["name"])
    close = get_close_matches(name, names, n=1)
    remedy = f"Did you mean {close[0]!r}?" if close else f"Known here: {', '.join(sorted(names)) or 'nothing'}."
    return ExpressionError(
        "unknown_name", f"nothing is called {name!r} here", error.source, remedy=remedy, details=error.details
    )
