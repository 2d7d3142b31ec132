"""The order of the steps of one scope: which edges lead back, which steps nothing leads to. Works on ids alone."""

from collections.abc import Mapping
from typing import TypeAlias

Edges: TypeAlias = Mapping[str, Mapping[str, str]]
"""Per step id: the step ids that its ports lead to."""


def backward_edges(edges: Edges) -> list[tuple[str, str]]:
    """Edges (step id, port) that close a cycle. Without them every step of a scope runs at most once."""
    done: set[str] = set()
    found: list[tuple[str, str]] = []
    for root in edges:
        if root in done:
            continue
        path = {root}
        stack = [(root, list(edges[root].items()))]
        while stack:
            step, ahead = stack[-1]
            if not ahead:
                stack.pop()
                path.discard(step)
                done.add(step)
                continue
            port, target = ahead.pop()
            if target in path:
                found.append((step, port))
            elif target not in done:
                path.add(target)
                stack.append((target, list(edges[target].items())))
    return found


def reachable(edges: Edges, start: str) -> set[str]:
    """The ids of all steps that can be reached from there, itself included if it exists."""
    seen: set[str] = set()
    todo = [start] if start in edges else []
    while todo:
        step = todo.pop()
        if step not in seen:
            seen.add(step)
            todo.extend(edges[step].values())
    return seen
