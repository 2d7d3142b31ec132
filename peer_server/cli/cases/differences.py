"""What a case expected, beside what happened. Pure."""

from collections.abc import Iterator, Mapping, Sequence

import orjson

from flow_runtime.errors import Json
from flow_runtime.run import Event, Interrupt
from peer_server.cli.cases.case_file import Case, Expectation
from peer_server.cli.cases.playing import Played
from peer_server.run_answers import wait_state
from peer_server.run_place import step_id_of

_LONGEST = 200


def differences(case: Case, played: Played) -> list[str]:
    """One sentence each; none if all is as expected."""
    expected = case.expect
    found = [
        *played.faults,
        *(f"the flow sent {request}, and the case has no answer for it" for request in played.unexpected),
    ]
    found += _outcome(expected, played)
    if expected.path is not None:
        found += _lists("path", expected.path, _path(played.events, expected.path))
    if expected.asked is not None:
        found += _parts("asked", expected.asked, [_question(one) for one in played.asked])
    if expected.requests is not None:
        found += _parts("requests", expected.requests, list(played.requests))
    return found


def _outcome(expected: Expectation, played: Played) -> Iterator[str]:
    run, said = played.run, expected.model_fields_set
    if run.status.value != expected.status:
        why = f": {run.error['message']} [{run.error['code']}]" if run.error else ""
        yield f"status: expected {expected.status}, got {run.status.value}{why}"
    if "output" in said:
        yield from _values("output", expected.output, run.output)
    if expected.rejected is not None and expected.rejected != run.rejected:
        yield f"rejected: expected {expected.rejected}, got {run.rejected}"
    if expected.error is not None:
        yield from _part("error", expected.error, run.error or {})


def _path(events: Sequence[Event], expected: Sequence[str]) -> list[str]:
    """The steps in the order in which they were reached; with their port where the expectation names one."""
    ports: dict[str, str | None] = {}
    for event in events:
        if event.type.startswith("step."):
            ports.setdefault(event.key, None)
            ports[event.key] = event.data.get("port") or ports[event.key]
    steps = [(step_id_of(key), port) for key, port in ports.items()]
    named = [word.partition(":")[1] for word in expected] + [""] * len(steps)
    return [f"{step}:{port}" if colon else step for (step, port), colon in zip(steps, named, strict=False)]


def _question(asked: Interrupt) -> dict[str, Json]:
    return wait_state(asked)


def _lists(place: str, expected: Sequence[Json], got: Sequence[Json]) -> Iterator[str]:
    if list(expected) != list(got):
        yield f"{place}: expected {_text(list(expected))}, got {_text(list(got))}"


def _parts(place: str, expected: Sequence[Mapping[str, Json]], got: Sequence[Mapping[str, Json]]) -> Iterator[str]:
    if len(expected) != len(got):
        yield f"{place}: expected {len(expected)}, got {len(got)}"
    for index, (one, other) in enumerate(zip(expected, got, strict=False)):
        yield from _part(f"{place}/{index}", one, other)


def _part(place: str, expected: Mapping[str, Json], got: Mapping[str, Json]) -> Iterator[str]:
    """Fields that are expected; there may be more."""
    for name, value in expected.items():
        yield from _values(f"{place}/{name}", value, got.get(name))


def _values(place: str, expected: Json, got: Json) -> Iterator[str]:
    """Where two values differ, as deep as they are alike."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for name in sorted({*expected, *got}):
            yield from _values(f"{place}/{name}", expected.get(name), got.get(name))
    elif expected != got:
        yield f"{place}: expected {_text(expected)}, got {_text(got)}"


def _text(value: Json) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
