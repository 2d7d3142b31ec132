"""Finds what is wrong with a widget before it is stored, and with a state before it is shown."""

import json
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import jsonschema_rs

from widgets.bindings import bindings
from widgets.component import load_catalogue
from widgets.problem import Json, Problem, ProblemCode, pointer
from widgets.state_shape import UNKNOWN, Shape
from widgets.view import Place, walk

MAX_WIDGET_BYTES: Final = 64 * 1024
"""Of the whole definition as compact JSON."""
MAX_STATE_BYTES: Final = 256 * 1024
"""Of a state as compact JSON."""
MAX_STATE_DEPTH: Final = 32
MAX_WIDGET_DEPTH: Final = 100
"""Of the whole definition as JSON: a component takes up to four levels, a state schema some more."""
MAX_VIEW_DEPTH: Final = 16
MAX_COMPONENTS: Final = 200
MAX_PROBLEMS: Final = 50
"""More would not be read."""

_LINEAR: Final = jsonschema_rs.RegexOptions()  # Patterns come from outside: an engine without backtracking.
_EXCERPT: Final = 300


def check_widget(widget: Json) -> list[Problem]:
    """The mistakes of a widget definition, at most `MAX_PROBLEMS`; an empty list means it may be stored and shown.

    Never raises on JSON input, however hostile.
    """
    oversize = _extent_problem(widget, limit=MAX_WIDGET_BYTES, depth=MAX_WIDGET_DEPTH)
    return [oversize] if oversize else list(islice(_widget_problems(widget), MAX_PROBLEMS))


def validate_state(widget: Json, state: Json) -> list[Problem]:
    """The mistakes of `state` for a widget that has passed `check_widget`; an empty list means it may be shown."""
    oversize = _extent_problem(state, limit=MAX_STATE_BYTES, depth=MAX_STATE_DEPTH)
    if oversize:
        return [oversize]
    validator = jsonschema_rs.Draft202012Validator(
        widget.get("stateSchema", True), offline=True, pattern_options=_LINEAR
    )
    errors = islice(validator.iter_errors(state), MAX_PROBLEMS)
    return [_problem("invalid_state", pointer(*error.instance_path), error.message) for error in errors]


def _widget_problems(widget: Json) -> Iterator[Problem]:
    envelope = list(_envelope().iter_errors(widget))
    for error in envelope:
        yield _problem("invalid_widget", pointer(*error.instance_path), error.message)
    if envelope:
        return
    schema = widget.get("stateSchema", True)
    mistakes = list(_schema_problems(schema))
    yield from mistakes
    state = UNKNOWN if mistakes else Shape(schema)
    for count, place in enumerate(walk(widget["view"], state), start=1):
        if count > MAX_COMPONENTS:
            yield _problem("too_many_components", "/view", f"the view has more than {MAX_COMPONENTS} components")
            return
        if place.depth > MAX_VIEW_DEPTH:
            yield _problem("too_deep", place.path, f"the view is nested more than {MAX_VIEW_DEPTH} levels deep")
            return
        yield from _place_problems(place, state)


def _place_problems(place: Place, state: Shape) -> Iterator[Problem]:
    name = place.node.get("component") if isinstance(place.node, dict) else None
    component = load_catalogue().get(name) if isinstance(name, str) else None
    if component is None:
        yield _problem("unknown_component", place.path, f"{name!r} is not in the catalogue")
        return
    for error in component.validator.iter_errors(place.node):
        yield _problem("invalid_widget", place.path + pointer(*error.instance_path), error.message)
    for binding in bindings(place, state):
        if not binding.shape.is_possible:
            message = f"the state schema has nothing at {binding.target!r}"
            yield _problem("unknown_state", place.path + binding.path, message)
    yield from _url_problems(place)


def _url_problems(place: Place) -> Iterator[Problem]:
    """Only links that a person presses may name an address, and only on the web."""
    action = place.node.get("action")
    call = action.get("functionCall") if isinstance(action, dict) else None
    args = call.get("args") if isinstance(call, dict) else None
    url = args.get("url") if isinstance(args, dict) else None
    if isinstance(url, str) and not _is_web_address(url):
        path = place.path + pointer("action", "functionCall", "args", "url")
        yield _problem("unsafe_url", path, f"{url[:_EXCERPT]!r} is not an http or https address")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _schema_problems(schema: Json) -> Iterator[Problem]:
    try:
        jsonschema_rs.Draft202012Validator(schema, offline=True, pattern_options=_LINEAR)
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        yield _problem("invalid_state_schema", "/stateSchema", str(error))


def _extent_problem(value: Json, *, limit: int, depth: int) -> Problem | None:
    try:
        size = len(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())
    except RecursionError:
        return _problem("too_deep", "", f"it is nested more than {depth} levels deep")
    except (TypeError, ValueError) as error:
        return _problem("invalid_widget", "", f"it is not JSON: {error}")
    if size > limit:
        return _problem("too_large", "", f"{size} bytes are more than {limit}")
    return _problem("too_deep", "", f"it is nested more than {depth} levels deep") if _depth(value) > depth else None


def _depth(value: Json) -> int:
    """Levels of nesting; a loop, so that depth costs no stack."""
    deepest, stack = 0, [(value, 0)]
    while stack:
        current, depth = stack.pop()
        deepest = max(deepest, depth)
        below = current.values() if isinstance(current, dict) else current if isinstance(current, list) else ()
        stack.extend((item, depth + 1) for item in below)
    return deepest


@cache
def _envelope() -> jsonschema_rs.Draft202012Validator:
    text = Path(__file__).with_name("widget.schema.json").read_text(encoding="utf-8")
    return jsonschema_rs.Draft202012Validator(json.loads(text), offline=True)


_REMEDIES: Final[dict[ProblemCode, str]] = {
    "invalid_state": "Give a state that fits the widget's stateSchema.",
    "invalid_state_schema": "Write a JSON Schema 2020-12 without references to other documents.",
    "invalid_widget": "Compare it with the schema of the component or of the widget.",
    "too_deep": "Flatten it; several small widgets read better than one deep one.",
    "too_large": "Move data into the state, show fewer rows, or split the widget.",
    "too_many_components": "Repeat rows with a template instead of writing each one.",
    "unknown_component": "Use a component of the catalogue; names are case-sensitive.",
    "unknown_state": "Correct the path, or add the property to the stateSchema.",
    "unsafe_url": "Link to an http or https address; show pictures by the id of an uploaded file.",
}


def _problem(code: ProblemCode, path: str, message: str) -> Problem:
    return Problem(path=path, code=code, message=message[:_EXCERPT], remedy=_REMEDIES[code])
