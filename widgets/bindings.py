"""Finds the places of a component that read the state."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from widgets.problem import Json, pointer
from widgets.state_shape import Shape
from widgets.view import Place

_NESTED: Final = frozenset({"child", "trigger", "content", "children", "template"})
"""Other components: the walk visits them by themselves."""
_IN_TEXT: Final = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Binding:
    """`path` points to it inside the component, `target` is what it names, `shape` what the schema says of that."""

    path: str
    target: str
    shape: Shape


def bindings(place: Place, state: Shape) -> Iterator[Binding]:
    """Every binding of one component, its children left out. Row actions start at the row."""
    node = place.node
    children = node.get("children")
    if isinstance(children, dict):
        yield from _found({"path": children.get("path")}, place, state, at=("children",))
    for key, value in node.items():
        if key in _NESTED:
            continue
        yield from _found(value, _row(place, state) if key == "rowActions" else place, state, at=(key,))


def _row(place: Place, state: Shape) -> Place:
    rows = place.node.get("rows")
    path = rows.get("path") if isinstance(rows, dict) else None
    shape = place.scope.at(path, root=state).element() if isinstance(path, str) else Shape(None)
    return replace(place, scope=shape)


def _found(value: Json, place: Place, state: Shape, *, at: tuple[str | int, ...]) -> Iterator[Binding]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _found(item, place, state, at=(*at, index))
        return
    if not isinstance(value, dict):
        return
    targets = [value["path"]] if isinstance(value.get("path"), str) else []
    if value.get("call") == "formatString" and isinstance(value.get("args"), dict):
        targets += _IN_TEXT.findall(str(value["args"].get("value")))
    for target in targets:
        yield Binding(pointer(*at), target, place.scope.at(target, root=state))
    for key, item in value.items():
        if key not in _NESTED:
            yield from _found(item, place, state, at=(*at, key))
