"""How two definitions differ, as people read it: which steps came, went, moved or changed, and in which fields. Pure.

Steps are told apart by their id, which is unique in a whole flow, so that a step that moved into a loop is the same
step. Where something stands on the canvas (`layout`) never changes what a flow does; it is only said that it changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from flow_runtime.errors import Json
from peer_server.pointers import pointer

Change = Literal["added", "removed", "changed"]
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class _Placed:
    """A step where it stands: its JSON Pointer, and the scope that it is in, named by the steps around it."""

    step: Mapping[str, Json]
    path: str
    inside: str


def diff_definitions(before: Mapping[str, Json], after: Mapping[str, Json]) -> dict[str, Json]:
    """``{steps, fields, layoutChanged}``: what became of every step, and what changed beside the steps.

    A step is ``{id, name, type, change, path, moved, fields}``; a field ``{path, change, before?, after?}``, its path
    relative to the step or to the definition. Steps that are as they were are left out.
    """
    old, new = _steps(before), _steps(after)
    found = [_step_diff(old.get(step_id), placed) for step_id, placed in new.items()]
    found += [_step_diff(placed, None) for step_id, placed in old.items() if step_id not in new]
    beside = {"steps", "layout"}
    fields = field_differences(_without(before, beside), _without(after, beside))
    return {
        "steps": [step for step in found if step is not None],
        "fields": list(fields),
        "layoutChanged": before.get("layout", {}) != after.get("layout", {}),
    }


def field_differences(before: Json, after: Json, *, path: str = "") -> Iterator[dict[str, Json]]:
    """Every place where two JSON values differ; an absent value is not null."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            place = path + pointer([key])
            yield from _field(before.get(key, _ABSENT), after.get(key, _ABSENT), place)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old = before[index] if index < len(before) else _ABSENT
            new = after[index] if index < len(after) else _ABSENT
            yield from _field(old, new, path + pointer([index]))
    elif type(before) is not type(after) or before != after:  # 1 == true in Python, but not in JSON
        yield {"path": path, "change": "changed", "before": before, "after": after}


def _field(before: Json, after: Json, path: str) -> Iterator[dict[str, Json]]:
    if before is _ABSENT:
        yield {"path": path, "change": "added", "after": after}
    elif after is _ABSENT:
        yield {"path": path, "change": "removed", "before": before}
    else:
        yield from field_differences(before, after, path=path)


def _step_diff(before: _Placed | None, after: _Placed | None) -> dict[str, Json] | None:
    placed = after or before
    if placed is None:
        return None
    change: Change = "changed" if before and after else "added" if after else "removed"
    told: dict[str, Json] = {
        "id": placed.step["id"],
        "name": placed.step.get("name") or placed.step["id"],
        "type": placed.step["type"],
        "change": change,
        "path": placed.path,
        "moved": False,
        "fields": [],
    }
    if before and after:
        told["moved"] = before.inside != after.inside
        told["fields"] = list(field_differences(_own(before.step), _own(after.step)))
        return told if told["moved"] or told["fields"] else None
    return told


def _steps(definition: Mapping[str, Json]) -> dict[str, _Placed]:
    """Every step at any depth by its id, in reading order."""
    return {placed.step["id"]: placed for placed in _scope(definition["steps"], "", "")}


def _scope(steps: Json, path: str, inside: str) -> Iterator[_Placed]:
    for index, step in enumerate(steps):
        place = path + pointer(["steps", index])
        yield _Placed(step, place, inside)
        yield from _nested(step.get("config", {}), f"{place}/config", f"{inside}/{step['id']}")


def _nested(node: Json, path: str, inside: str) -> Iterator[_Placed]:
    """The steps in the scopes that a config holds, wherever in it."""
    if isinstance(node, list):
        for index, value in enumerate(node):
            yield from _nested(value, path + pointer([index]), inside)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            if key == "steps" and _is_scope(node):
                yield from _scope(value, path, inside)
            else:
                yield from _nested(value, path + pointer([key]), inside + pointer([key]))


def _own(step: Mapping[str, Json]) -> Json:
    """A step without the steps that it contains: those are compared on their own."""

    def bare(node: Json) -> Json:
        if isinstance(node, Mapping):
            return {key: bare(value) for key, value in node.items() if not (key == "steps" and _is_scope(node))}
        return [bare(value) for value in node] if isinstance(node, list) else node

    return bare(step)


def _is_scope(node: Mapping[str, Json]) -> bool:
    """Whether this is a place where steps stand: a loop body, a branch, the validation of a form."""
    steps = node.get("steps")
    return (
        isinstance(node.get("start"), str)
        and isinstance(steps, list)
        and all(isinstance(step, Mapping) and "id" in step and "type" in step for step in steps)
    )


def _without(definition: Mapping[str, Json], names: set[str]) -> dict[str, Json]:
    return {name: value for name, value in definition.items() if name not in names}
