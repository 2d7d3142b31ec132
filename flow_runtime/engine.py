"""What an outcome means for the journal: one outcome at one position becomes one event. Pure.

The loop that the shell runs around it::

    state = fold(RunState(plan, run.inputs), history)
    while state.ending is None:
        position = …            # from state.ready, or from state.waiting once its interrupt was closed
        outcome = …             # the step's run, resume or returned
        event = advance(position, outcome)
        …                       # make the event durable, sooner or later
        state.apply(event)
"""

from typing import assert_never

from flow_runtime.errors import FlowError, Json, StepFailed
from flow_runtime.frame import Position
from flow_runtime.plan import ERROR_PORT
from flow_runtime.run import Event, InterruptKind
from flow_runtime.step import Done, End, Enter


def advance(position: Position, outcome: Done | Enter | End) -> Event:
    """The event that records this outcome. Raises `StepFailed` for an outcome that the step type may not give."""
    match outcome:
        case Done():
            return Event("step.done", position.key, _done(position, outcome))
        case End():
            ends: dict[str, Json] = {"rejected": True} if outcome.rejected else {}
            return Event("step.done", position.key, {"output": outcome.output, "ends": ends})
        case Enter():
            return Event("step.entered", position.key, _entered(position, outcome))
        case _:
            assert_never(outcome)


def started(position: Position) -> Event:
    """A `once` step is about to touch the world."""
    return Event("step.started", position.key, {"attempt": position.attempt})


def waiting(
    position: Position, *, interrupt_id: str, kind: InterruptKind, is_retry: bool = False, carry: Json = None
) -> Event:
    """The step waits for this interrupt from now on; `is_retry` marks the mere pause before another attempt."""
    data: dict[str, Json] = {"interruptId": interrupt_id, "kind": kind.value, "n": position.opened + 1}
    if is_retry:
        data["retry"] = True
    if carry is not None:
        data["carry"] = carry
    return Event("step.waiting", position.key, data)


def failed(position: Position, error: FlowError) -> Event:
    """The step failed for good."""
    details = {"category": "data_validation", **error.as_json(), "stepId": position.plan.step.id}
    return Event("step.failed", position.key, {"error": details, **_recorded(error)})


def failed_inside(position: Position) -> Event:
    """The container fails because what it entered failed; the error names the step where it began."""
    return Event("step.failed", position.key, {"error": dict(position.error or {})})


def retry_delay(position: Position, error: FlowError) -> float | None:
    """Seconds before the next attempt, or None if there is none: not retryable, not wished, or used up."""
    retry = position.plan.step.retry
    if retry is None or not isinstance(error, StepFailed) or not error.retryable:
        return None
    if position.attempt >= retry.max_attempts:
        return None
    return float(min(retry.delay_s * retry.factor ** (position.attempt - 1), retry.max_delay_s))


def retrying(position: Position, error: FlowError, *, delay_s: float) -> Event:
    """This attempt failed; another one follows."""
    data = {"attempt": position.attempt, "error": error.as_json(), "delayS": delay_s, **_recorded(error)}
    return Event("step.retrying", position.key, data)


def outcome_unknown(position: Position) -> StepFailed:
    """Why a `once` step that was begun before a crash is not begun again."""
    return StepFailed(
        "outcome_unknown",
        f"step {position.plan.step.id!r} was begun and then interrupted; whether it took effect is unknown",
        remedy="look at the other side, then run the rest by hand or start again",
    )


def _recorded(error: FlowError) -> dict[str, Json]:
    return dict(error.recorded) if isinstance(error, StepFailed) else {}


def _done(position: Position, outcome: Done) -> dict[str, Json]:
    if outcome.port is not None and outcome.port not in position.plan.ports and outcome.port != ERROR_PORT:
        step = position.plan.step
        raise StepFailed("unknown_port", f"step type {step.type!r} left step {step.id!r} by port {outcome.port!r}")
    data: dict[str, Json] = {}
    if outcome.use_collected:
        data["collected"] = True
    if outcome.output is not None:
        data["output"] = outcome.output
    if outcome.port is not None:
        data["port"] = outcome.port
    if outcome.assign:
        data["assign"] = dict(outcome.assign)
    if outcome.usage:
        data["usage"] = list(outcome.usage)
    if outcome.scanners:
        data["scanners"] = list(outcome.scanners)
    if outcome.warnings:
        data["warnings"] = list(outcome.warnings)
    return data


def _entered(position: Position, outcome: Enter) -> dict[str, Json]:
    step = position.plan.step
    names = {instance.name for instance in outcome.instances}
    unknown = {instance.scope for instance in outcome.instances} - position.plan.scopes.keys()
    if len(names) != len(outcome.instances) or unknown:
        raise StepFailed("bad_scopes", f"step {step.id!r} entered a scope twice or one that it does not have")
    data: dict[str, Json] = {
        "instances": [
            {"name": instance.name, "scope": instance.scope, **({"vars": instance.vars} if instance.vars else {})}
            for instance in outcome.instances
        ],
        "wait": outcome.wait,
        "collect": outcome.collect,
    }
    if outcome.concurrency is not None:
        data["concurrency"] = outcome.concurrency
    if outcome.carry is not None:
        data["carry"] = outcome.carry
    return data
