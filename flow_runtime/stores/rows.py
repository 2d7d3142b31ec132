"""Rows of the tables as the plain data of `run`, and runs as rows."""

from dataclasses import fields
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Row, Select

from flow_runtime.errors import Json
from flow_runtime.run import Event, Interrupt, InterruptKind, InterruptStatus, Run, RunStatus, StartRun, Trigger
from flow_runtime.stores.tables import interrupts, run_events, runs

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row whose columns the type checker does not know."""
AnySelect: TypeAlias = Select[*tuple[Any, ...]]
"""A query whose columns the type checker does not know."""

_TRIGGER = ("trigger_type", "trigger_data", "trigger_source")
_PLAIN = tuple(field.name for field in fields(Run) if field.name not in {"status", "trigger"})
RUN_COLUMNS = tuple(runs.c[name] for name in (*_PLAIN, "status", *_TRIGGER))
"""What `to_run` needs, and nothing of what only the store itself knows (`job_id`, `touched_at`)."""

_INTERRUPT_PLAIN = tuple(field.name for field in fields(Interrupt) if field.name not in {"kind", "status"})
INTERRUPT_COLUMNS = tuple(interrupts.c[name] for name in (*_INTERRUPT_PLAIN, "kind", "status"))
"""What `to_interrupt` needs; the hash of a callback token is never read back."""

EVENT_COLUMNS = (
    run_events.c.type,
    run_events.c.key,
    run_events.c.data,
    run_events.c.seq,
    run_events.c.at,
)
"""The fields of an `Event` in its own order."""


def to_run(row: AnyRow) -> Run:
    """The run in a row of `RUN_COLUMNS`."""
    *plain, status, trigger_type, trigger_data, trigger_source = row[: len(RUN_COLUMNS)]
    return Run(
        **dict(zip(_PLAIN, plain, strict=True)),
        status=RunStatus(status),
        trigger=Trigger(trigger_type, trigger_data, trigger_source),
    )


def to_interrupt(row: AnyRow) -> Interrupt:
    """The interrupt in a row of `INTERRUPT_COLUMNS`."""
    *plain, kind, status = row[: len(INTERRUPT_COLUMNS)]
    return Interrupt(
        **dict(zip(_INTERRUPT_PLAIN, plain, strict=True)), kind=InterruptKind(kind), status=InterruptStatus(status)
    )


def to_event(row: AnyRow) -> Event:
    """The event in a row of `EVENT_COLUMNS`."""
    return Event(*row)


def new_run_row(spec: StartRun, *, run_id: str, now: datetime) -> dict[str, Json]:
    """A queued run that nobody has claimed yet, as a row of `runs`."""
    return {
        "id": run_id,
        "status": RunStatus.QUEUED,
        "epoch": 0,
        "event_seq": 0,
        "wake_seq": 0,
        "touched_at": now,
        "fruitless_claims": 0,
        "interrupts_opened": 0,
        "active_remaining_s": spec.active_budget_s,
        "detached": False,
        "rejected": False,
        "workspace_id": spec.workspace_id,
        "kind": spec.kind,
        "definition_digest": spec.definition_digest,
        "flow_id": spec.flow_id,
        "version": spec.version,
        "environment": spec.environment,
        "started_by": spec.started_by,
        "conversation_id": spec.conversation_id,
        "parent_run_id": spec.parent_run_id,
        "parent_key": spec.parent_key,
        "root_run_id": spec.root_run_id or run_id,
        "depth": spec.depth,
        "idempotency_key": spec.idempotency_key,
        "priority": spec.priority,
        "trigger_type": spec.trigger.type,
        "trigger_source": spec.trigger.source,
        "trigger_data": spec.trigger.data,
        "created_at": now,
        "inputs": spec.inputs,
        "origin": spec.origin,
        "context": spec.context,
        "warnings": (),
    }
