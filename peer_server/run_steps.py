"""Step records, usage and context of a run, derived from its journal: one fold each, nothing stored twice. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flow_runtime.errors import Json
from flow_runtime.plan import Plan
from flow_runtime.run import Event, Run
from flow_runtime.state import RunState, fold
from peer_server.run_place import Outline, step_id_of

_STATUS = {
    "step.started": "running",
    "step.retrying": "retrying",
    "step.entered": "running",
    "step.waiting": "waiting",
    "step.done": "done",
    "step.failed": "failed",
}
TOKENS_PER_CREDIT = 1000


def step_records(events: Sequence[Event], outline: Outline) -> list[dict[str, Json]]:
    """One record per step execution, in the order in which they were first heard of."""
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
            },
        )
        record["status"] = _STATUS[event.type]
        _add(record, event)
    return list(records.values())


def usage_records(events: Sequence[Event]) -> list[dict[str, Json]]:
    """One record per model call: tokens, and credits (one per 1,000 tokens)."""
    records: list[dict[str, Json]] = []
    for event in events:
        for usage in event.data.get("usage") or ():
            tokens = usage.get("totalTokens", 0)
            credits_used = round(tokens / TOKENS_PER_CREDIT, 6)
            records.append({"stepKey": event.key, "at": _iso(event.at), **usage, "credits": credits_used})
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
    if "attempt" in data:
        record["attempts"] = max(record["attempts"], data["attempt"])
    if event.type == "step.waiting":
        record["interruptId"] = data.get("interruptId")
    if event.type in {"step.done", "step.failed"}:
        record["endedAt"] = _iso(event.at)
        for name in ("port", "output", "error", "ms", "model", "usage", "warnings", "collected"):
            if name in data:
                record["durationMs" if name == "ms" else name] = data[name]


def _iso(at: datetime | None) -> Json:
    return None if at is None else at.isoformat()
