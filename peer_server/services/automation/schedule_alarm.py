"""Fires schedules, as an alarm of the runtime's timer loop: in any number of processes each tick starts one run."""

import logging
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from flow_runtime.errors import FlowError, Json, NotFound
from flow_runtime.run import Trigger
from flow_runtime.store import Transaction
from peer_server.frequency import compile_frequency, parse_frequency
from peer_server.recurrence import Recurrence
from peer_server.services.flows.directory import Directory
from peer_server.services.runs.triggered_runs import Start, start_triggered
from peer_server.stores.schedules import ScheduleRow, change_schedule, next_fire, take_due

_log = logging.getLogger(__name__)

GRACE: Final = timedelta(minutes=5)
"""How late a tick may be before it counts as missed: longer than a restart takes."""
_MOMENT: Final = timedelta(microseconds=1)


class ScheduleAlarm:
    """Implements `flow_runtime.scheduler.Alarm` over the schedules of all flows."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def next_due(self, conn: Connection) -> datetime | None:
        """When the next schedule is due."""
        return next_fire(conn)

    def fire(self, tx: Transaction, start: Start, *, now: datetime, limit: int) -> int:
        """Fire those that are due, each for its latest tick, and set them to their next one."""
        due = take_due(tx, now, limit)
        for schedule in due:
            try:
                self._fire(tx, start, schedule, now)
            except FlowError as error:
                _log.warning("schedule %s did not start its flow: %s", schedule.id, error.message)
                failed = {**error.as_json(), "at": now.isoformat()}
                # A flow that is gone does not come back.
                next_at = None if isinstance(error, NotFound) else self._next_after_failure(schedule, now)
                change_schedule(tx, schedule.id, error=failed, next_fire_at=next_at)
        return len(due)

    def _fire(self, tx: Transaction, start: Start, schedule: ScheduleRow, now: datetime) -> None:
        recurrence = recurrence_of(schedule)
        due_at = schedule.next_fire_at or now
        tick = recurrence.latest(due_at - _MOMENT, now) or due_at
        changes: dict[str, Json] = {"next_fire_at": recurrence.next(now), "error": None}
        is_late = now - tick > GRACE
        if not (is_late and schedule.missed == "skip"):
            is_missed = is_late or tick > due_at
            run = start_triggered(
                tx,
                start,
                directory=self._directory,
                workspace_id=schedule.workspace_id,
                flow_id=schedule.flow_id,
                inputs=schedule.inputs,
                trigger=schedule_trigger(schedule, scheduled_for=tick, missed=is_missed),
                started_by=schedule.created_by,
                idempotency_key=f"sched:{schedule.id}:{tick.isoformat()}",
            )
            changes |= {"last_fire_at": tick, "last_run_id": run.id, "tried_at": now}
        change_schedule(tx, schedule.id, **changes)

    def _next_after_failure(self, schedule: ScheduleRow, now: datetime) -> datetime | None:
        try:
            return recurrence_of(schedule).next(now)
        except FlowError:  # A zone that this installation no longer knows: nothing can be said of the next tick.
            return None


def recurrence_of(schedule: ScheduleRow) -> Recurrence:
    """When a stored schedule is due. Raises `InvalidDefinition` for a zone that does not exist here."""
    return compile_frequency(
        parse_frequency(schedule.frequency),
        timezone=schedule.timezone,
        start_at=schedule.start_at,
        end_at=schedule.end_at,
        anchor_at=schedule.created_at,
    )


def schedule_trigger(schedule: ScheduleRow, *, scheduled_for: datetime, missed: bool = False) -> Trigger:
    """What the run is told of the schedule that started it."""
    data = {"scheduleId": schedule.id, "scheduledFor": scheduled_for.isoformat(), "missed": missed}
    return Trigger("schedule", data, schedule.name)
