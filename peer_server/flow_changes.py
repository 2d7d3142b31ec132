"""What differs between two drafts of a flow, as the audit log and the change history name it. Pure.

Names only, no values of steps: people put secrets where they should not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from flow_runtime.errors import Json

_ELSEWHERE: Final = frozenset({"name", "description", "settings", "triggers", "guardrails", "layout"})
"""Keys whose changes have events of their own, or (`layout`) change nothing but the picture."""
_SETTINGS: Final[Mapping[str, Json]] = {"mode": "sync", "syncTimeoutS": 180, "asyncTimeoutS": 180, "callback": None}
_LINKS: Final = ("connection", "profile", "model")
"""Keys of a step's config that name something outside the flow."""
_ACTION: Final = ("method", "url")
"""Keys of a request's config that say what it does at the other end."""
_SIDES: Final = {"input": "input_scanner", "output": "output_scanner"}


@dataclass(frozen=True, slots=True)
class Change:
    """One event of the log, with its sentence and what it carries."""

    event: str
    description: str
    details: dict[str, Json] = field(default_factory=dict)


def changes(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Change]:
    """The changes that lead from one draft to the other, in the order of the event registry."""
    return [
        *_renamed(before, after),
        *_edited(before, after),
        *_settings(before.get("settings") or {}, after.get("settings") or {}),
        *_triggers(before.get("triggers") or [], after.get("triggers") or []),
        *_connections(before, after),
        *_scanners(before.get("guardrails") or {}, after.get("guardrails") or {}),
    ]


def steps_of(definition: Json) -> dict[str, Mapping[str, Json]]:
    """Every step of a definition at any depth, by its id."""
    found: dict[str, Mapping[str, Json]] = {}
    pending: list[Json] = [definition]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, dict):
            pending.extend(node.values())
            if isinstance(node.get("id"), str) and isinstance(node.get("type"), str):
                found[node["id"]] = node
    return found


def _renamed(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Change]:
    names = (before.get("name"), after.get("name"))
    if names[0] != names[1]:
        yield Change("flow.renamed", f"renamed it to {names[1]!r}", {"before": names[0], "after": names[1]})
    if before.get("description", "") != after.get("description", ""):
        yield Change("flow.described", "changed the description")


def _edited(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Change]:
    old, new = steps_of(before.get("steps")), steps_of(after.get("steps"))
    touched = {
        "added": sorted(new.keys() - old.keys()),
        "changed": sorted(key for key in old.keys() & new.keys() if _own(old[key]) != _own(new[key])),
        "removed": sorted(old.keys() - new.keys()),
    }
    named = (before.keys() | after.keys()) - _ELSEWHERE
    keys = sorted(key for key in named if before.get(key) != after.get(key))
    if keys:
        words = [f"{what} {', '.join(ids)}" for what, ids in touched.items() if ids]
        details: dict[str, Json] = {"keys": keys, "steps": touched}
        yield Change("flow.edited", f"edited the draft: {'; '.join(words) or ', '.join(keys)}", details)


def _own(step: Mapping[str, Json]) -> dict[str, Json]:
    """A step without the steps inside it: those are compared by themselves."""
    return {key: _without_steps(value) for key, value in step.items()}


def _without_steps(node: Json) -> Json:
    if isinstance(node, dict):
        return {key: _without_steps(value) for key, value in node.items() if not (key == "steps" and "start" in node)}
    return [_without_steps(value) for value in node] if isinstance(node, list) else node


def _settings(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Change]:
    was = {name: before.get(name, default) for name, default in _SETTINGS.items()}
    now = {name: after.get(name, default) for name, default in _SETTINGS.items()}
    if was["syncTimeoutS"] != now["syncTimeoutS"]:
        yield _timeout("flow.sync_timeout_changed", was["syncTimeoutS"], now["syncTimeoutS"])
    if was["mode"] != now["mode"]:
        is_async = now["mode"] == "async"
        words = "made the endpoint asynchronous" if is_async else "made the endpoint synchronous"
        yield Change("flow.async_enabled" if is_async else "flow.async_disabled", words)
    if was["asyncTimeoutS"] != now["asyncTimeoutS"]:
        yield _timeout("flow.async_changed", was["asyncTimeoutS"], now["asyncTimeoutS"])
    if was["callback"] != now["callback"]:
        words = "changed the callback" if now["callback"] else "removed the callback"
        yield Change("flow.async_changed", words)


def _timeout(event: str, before: Json, after: Json) -> Change:
    said = "no limit" if after is None else f"{after} s"
    return Change(event, f"changed the timeout to {said}", {"before": before, "after": after})


def _triggers(before: list[Json], after: list[Json]) -> Iterator[Change]:
    was = {str(one.get("type")): one for one in before}
    now = {str(one.get("type")): one for one in after}
    for kind in sorted(now.keys() - was.keys()):
        yield Change("flow.trigger_added", f"added the trigger {kind!r}", {"trigger": kind})
    for kind in sorted(was.keys() & now.keys()):
        if was[kind] != now[kind]:
            yield Change("flow.trigger_edited", f"changed the trigger {kind!r}", {"trigger": kind})
    for kind in sorted(was.keys() - now.keys()):
        yield Change("flow.trigger_removed", f"removed the trigger {kind!r}", {"trigger": kind})


def _connections(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Change]:
    was, now = _links(before), _links(after)
    for place in sorted(was.keys() | now.keys()):
        if was.get(place) == now.get(place):
            continue
        step_id, kind = place
        words, event = "changed", "flow.connection_edited"
        part = "action" if place in was and place in now and was[place][0] == now[place][0] else kind
        if place not in was:
            words, event = "added", "flow.connection_added"
        elif place not in now:
            words, event = "removed", "flow.connection_removed"
        yield Change(event, f"{words} the {part} of {step_id}", {"stepId": step_id, "kind": kind})


def _links(definition: Mapping[str, Json]) -> dict[tuple[str, str], list[Json]]:
    """By step and kind: what is used, and what a request does with it."""
    found: dict[tuple[str, str], list[Json]] = {}
    for step_id, step in steps_of(definition.get("steps")).items():
        config = step.get("config")
        for kind in _LINKS:
            if isinstance(config, dict) and config.get(kind):
                found[step_id, kind] = [config[kind], *(config.get(name) for name in _ACTION if kind == "profile")]
    return found


def _scanners(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Change]:
    for side, event in _SIDES.items():
        was, now = _by_name(before.get(side)), _by_name(after.get(side))
        for name in sorted(was.keys() | now.keys()):
            if was.get(name) == now.get(name):
                continue
            word = "edited"
            if name not in was:
                word = "added"
            elif name not in now:
                word = "removed"
            yield Change(f"flow.{event}_{word}", f"{word} the {side} scanner {name!r}", {"scanner": name})


def _by_name(scanners: Json) -> dict[str, Json]:
    """Scanners of one side by a name of their own: its id, else its type, numbered where there are several."""
    found: dict[str, Json] = {}
    for scanner in scanners if isinstance(scanners, list) else []:
        given = scanner if isinstance(scanner, dict) else {}
        name = str(given.get("id") or given.get("name") or given.get("type") or "scanner")
        while name in found:
            name += "'"
        found[name] = scanner
    return found
