"""Step records, usage and context of a run, derived from its journal: one fold each, nothing stored twice. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flow_runtime.errors import Json
from flow_runtime.plan import Plan
from flow_runtime.run import Event, Run
from flow_runtime.state import RunState, fold
from peer_server.run_place import Outline, step_id_of
from peer_server.tariff import Tariff

_STATUS = {
    "step.started": "running",
    "step.retrying": "retrying",
    "step.entered": "running",
    "step.waiting": "waiting",
    "step.done": "done",
    "step.failed": "failed",
}


def step_records(events: Sequence[Event], outline: Outline) -> list[dict[str, Json]]:
    """One record per step execution, in the order in which they were first heard of.

    `startedAt` to `endedAt` includes waiting, `durationMs` only what the step did itself.
    """
    records: dict[str, dict[str, Json]] = {}
    for event in events:
        if event.type not in _STATUS:
            continue
        step = outline.steps.get(step_id_of(event.key))
        record = records.setdefault(
            event.key,
            {
                "key": event.key,
                "stepId": step_id_of(event.key),
                "name": step.name or step.id if step else event.key,
                "type": step.type if step else None,
                "attempts": 1,
                "firstEventAt": _iso(event.at),
                "startedAt": _iso(event.at and event.at - timedelta(milliseconds=event.data.get("ms", 0))),
                "durationMs": 0,
            },
        )
        record["status"] = _STATUS[event.type]
        _add(record, event)
    return list(records.values())


def usage_records(events: Sequence[Event], tariff: Tariff) -> list[dict[str, Json]]:
    """One record per model call: its model, tokens, credits, and its price if that is known."""
    records: list[dict[str, Json]] = []
    for event in events:
        for usage in event.data.get("usage") or ():
            place = {"stepKey": event.key, "stepId": step_id_of(event.key), "at": _iso(event.at)}
            records.append({**place, **usage, **tariff.of(usage)})
    return records


def context_of(run: Run, plan: Plan, *, events: Sequence[Event], env: Mapping[str, Json]) -> dict[str, Json]:
    """What expressions at the run's outermost scope see now; `env` must be masked already."""
    state: RunState = fold(RunState(plan, run.inputs), events)
    steps = {step_id: {"output": output} for step_id, output in state.root.outputs.items()}
    given = run.context or {}
    return {
        **state.root.names,
        "inputs": dict(run.inputs),
        "steps": steps,
        "env": dict(env),
        "trigger": {"type": run.trigger.type, "data": dict(run.trigger.data)},
        **{name: given[name] for name in ("messages", "conversation", "user", "peer") if name in given},
    }


def _add(record: dict[str, Json], event: Event) -> None:
    data = event.data
    record["durationMs"] += data.get("ms", 0)
    if "attempt" in data:
        record["attempts"] = max(record["attempts"], data["attempt"])
    if event.type == "step.waiting":
        record["interruptId"] = data.get("interruptId")
    if event.type in {"step.done", "step.failed"}:
        record["endedAt"] = _iso(event.at)
        for name in ("port", "input", "output", "error", "model", "usage", "scanners", "warnings", "collected"):
            if name in data:
                record[name] = data[name]


def _iso(at: datetime | None) -> Json:
    return None if at is None else at.isoformat()
