"""What the fixed routes say of a run: `waitState`, poll and details, in the words of the published API. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from flow_runtime.errors import Json
from flow_runtime.run import ASKED_KINDS, Interrupt, InterruptKind, InterruptStatus, Run, RunStatus


def wait_state(interrupt: Interrupt) -> dict[str, Json]:
    """One open question. `executionId` is the interrupt's id; the payload's own fields stand beside it."""
    is_callback = interrupt.kind is InterruptKind.CALLBACK
    state: dict[str, Json] = {
        **interrupt.payload,
        "type": "http-callback" if is_callback else interrupt.step_type,
        "kind": interrupt.kind.value,
        "stepId": interrupt.step_id,
        "stepKey": interrupt.key,
        "runId": interrupt.run_id,
        "executionId": interrupt.id,
        "interruptId": interrupt.id,
        "openedAt": interrupt.opened_at.isoformat(),
    }
    state |= _aliases(interrupt)
    if interrupt.expires_at is not None:
        state["expiresAt"] = interrupt.expires_at.isoformat()
    return state


def _aliases(interrupt: Interrupt) -> dict[str, Json]:
    """What clients of this kind of API look for by another name."""
    payload = interrupt.payload
    match interrupt.kind:
        case InterruptKind.APPROVAL:
            return {"message": payload.get("message") or payload.get("title", "")}
        case InterruptKind.FORM:
            return {"form": dict(payload)}
        case InterruptKind.CLIENT_TOOL:
            return {"args": payload.get("parameters", {})}
        case _:
            return {}


def shown(interrupts: Sequence[Interrupt]) -> list[Interrupt]:
    """The open interrupts that somebody outside can answer, oldest first."""
    found = [one for one in interrupts if one.status is InterruptStatus.OPEN and one.kind in ASKED_KINDS]
    return sorted(found, key=lambda one: (one.opened_at, one.id))


def as_told(run: Run, interrupts: Sequence[Interrupt]) -> Run:
    """The run with the status that people and programs are told, given its interrupts and those of its child runs.

    Only what somebody outside must answer makes a run wait: one that rests in a delay, before its next attempt or
    while a child run works is running.
    """
    is_busy = run.status is RunStatus.WAITING and not shown(interrupts)
    return replace(run, status=RunStatus.RUNNING) if is_busy else run


def waiting_answer(run: Run, interrupts: Sequence[Interrupt]) -> dict[str, Json]:
    """What a route answers while the run waits."""
    states = [wait_state(one) for one in shown(interrupts)]
    answer: dict[str, Json] = {"status": "waiting", "appRunId": run.id}
    if states:  # A visitor is not told what others are asked.
        answer |= {"waitState": states[0], "waitStates": states, "pendingAction": states[0]}
    return answer


def poll_answer(run: Run, interrupts: Sequence[Interrupt]) -> dict[str, Json]:
    """The light record: status, and output, error or waiting info; never the context."""
    answer: dict[str, Json] = {"status": run.status.value, "appRunId": run.id}
    if run.status is RunStatus.WAITING:
        return waiting_answer(run, interrupts)
    if run.status is RunStatus.COMPLETED:
        answer["output"] = run.output
        if run.rejected:
            answer["rejected"] = True
    if run.error is not None:
        answer["error"] = dict(run.error)
    return answer


def summary(run: Run) -> dict[str, Json]:
    """One row of a list of runs."""
    return {
        "appRunId": run.id,
        "status": run.status.value,
        "flowId": run.flow_id,
        "version": run.version,
        "environment": run.environment,
        "trigger": _trigger(run),
        "type": run_type(run.trigger.type),
        "source": run.trigger.source,
        "startedBy": run.started_by,
        "conversationId": run.conversation_id,
        "parentRunId": run.parent_run_id,
        "rejected": run.rejected,
        "createdAt": run.created_at.isoformat(),
        "startedAt": _time(run.started_at),
        "endedAt": _time(run.ended_at),
        "responseTimeMs": _milliseconds(run),
    }


def _trigger(run: Run) -> dict[str, Json]:
    """What started a run, without what it brought; of a schedule also which one it was, since names change."""
    told: dict[str, Json] = {"type": run.trigger.type, "source": run.trigger.source}
    if run.trigger.type == "schedule":
        told["scheduleId"] = run.trigger.data.get("scheduleId")
    return told


def run_type(trigger_type: str) -> Literal["event", "schedule", "api"]:
    """The three kinds of runs that monitoring tells apart: Event-based, Schedule-based, API-based."""
    if trigger_type == "schedule":
        return "schedule"
    return "event" if trigger_type.startswith(("peer.", "webhook.")) else "api"


def details(run: Run, interrupts: Sequence[Interrupt]) -> dict[str, Json]:
    """The full record."""
    states = [wait_state(one) for one in shown(interrupts)]
    trigger = {**_trigger(run), "data": dict(run.trigger.data)}
    return {
        **summary(run),
        "job": "app.run",
        "trigger": trigger,
        "inputs": dict(run.inputs),
        "output": run.output,
        "error": None if run.error is None else dict(run.error),
        "warnings": list(run.warnings),
        "waitStates": states,
        "definitionDigest": run.definition_digest,
        "rootRunId": run.root_run_id,
    }


def _time(at: object) -> Json:
    return at.isoformat() if hasattr(at, "isoformat") else None


def _milliseconds(run: Run) -> Json:
    return None if run.ended_at is None else int((run.ended_at - run.created_at).total_seconds() * 1000)


def interrupt_json(interrupt: Interrupt) -> dict[str, Json]:
    """An interrupt as lists and inboxes get it, in the words of the ``interrupt.opened`` event."""
    record: dict[str, Json] = {
        "id": interrupt.id,
        "interruptId": interrupt.id,
        "executionId": interrupt.id,
        "kind": interrupt.kind.value,
        "status": interrupt.status.value,
        "runId": interrupt.run_id,
        "rootRunId": interrupt.root_run_id,
        "conversationId": interrupt.conversation_id,
        "stepId": interrupt.step_id,
        "stepType": interrupt.step_type,
        "stepKey": interrupt.key,
        "title": interrupt.payload.get("title"),
        "payload": dict(interrupt.payload),
        "responseSchema": None if interrupt.response_schema is None else dict(interrupt.response_schema),
        "approvers": list(interrupt.approvers),
        "digest": interrupt.digest,
        "replaces": interrupt.replaces,
        "resolution": interrupt.resolution,
        "decidedBy": None if interrupt.decided_by is None else dict(interrupt.decided_by),
        "openedAt": interrupt.opened_at.isoformat(),
        "expiresAt": _time(interrupt.expires_at),
        "settledAt": _time(interrupt.settled_at),
    }
    return {name: value for name, value in record.items() if value is not None}
