"""Walks a view: every component once, with its place in the tree and the state it is bound to."""

from collections.abc import Iterator
from dataclasses import dataclass

from widgets.problem import Json, pointer
from widgets.state_shape import UNKNOWN, Shape

_SINGLE = ("child", "trigger", "content")


@dataclass(frozen=True, slots=True)
class Place:
    """One component of a view. `path` points to it in the widget, `scope` is the state that relative paths start at."""

    node: Json
    path: str
    depth: int
    scope: Shape


def walk(view: Json, state: Shape) -> Iterator[Place]:
    """Every component of `view`, parents first. Lazy: stop asking, and a huge tree costs nothing more."""
    stack = [Place(view, pointer("view"), 1, state)]
    while stack:
        place = stack.pop()
        yield place
        if isinstance(place.node, dict):
            stack.extend(reversed(list(_children(place, state))))


def _children(place: Place, state: Shape) -> Iterator[Place]:
    node, depth = place.node, place.depth + 1

    def below(child: Json, *parts: str | int, scope: Shape = place.scope) -> Place:
        return Place(child, place.path + pointer(*parts), depth, scope)

    for key in _SINGLE:
        if key in node:
            yield below(node[key], key)
    tabs = node.get("tabs")
    for index, tab in enumerate(tabs if isinstance(tabs, list) else ()):
        if isinstance(tab, dict) and "child" in tab:
            yield below(tab["child"], "tabs", index, "child")
    children = node.get("children")
    if isinstance(children, list):
        for index, child in enumerate(children):
            yield below(child, "children", index)
    elif isinstance(children, dict) and "template" in children:
        path = children.get("path")
        rows = place.scope.at(path, root=state) if isinstance(path, str) else UNKNOWN
        yield below(children["template"], "children", "template", scope=rows.element())
