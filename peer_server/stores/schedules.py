"""Schedules as rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from flow_runtime.stores.tables import runs
from peer_server.access import unknown
from peer_server.stores.schedule_tables import schedules
from peer_server.stores.statements import set_columns

Missed = Literal["latest", "skip"]
"""What happens to ticks that nobody was there for: the latest one runs once, flagged; or none does."""

_LOOKED_AT: Final = 100
"""Runs of a flow that are asked whether it was run with some inputs."""


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A schedule as stored."""

    id: str
    workspace_id: str
    flow_id: str
    is_main: bool
    name: str
    description: str
    frequency: Mapping[str, Json]
    timezone: str
    start_at: datetime | None
    end_at: datetime | None
    inputs: Mapping[str, Json]
    missed: Missed
    enabled: bool
    created_by: str
    created_at: datetime
    updated_at: datetime
    next_fire_at: datetime | None
    last_fire_at: datetime | None
    last_run_id: str | None
    tried_at: datetime | None
    error: Mapping[str, Json] | None
    cancelled_at: datetime | None


_COLUMNS: Final = [schedules.c[name] for name in ScheduleRow.__slots__]


def insert_schedule(tx: Transaction, row: ScheduleRow) -> None:
    """Store a new schedule. The caller has locked the flow."""
    tx.conn.execute(insert(schedules).values({name: getattr(row, name) for name in ScheduleRow.__slots__}))


def change_schedule(tx: Transaction, schedule_id: str, **values: Json) -> None:
    """Set these columns."""
    set_columns(tx, schedules, row_id=schedule_id, values=values)


def get_schedule(conn: Connection, schedule_id: str, *, workspace_id: str) -> ScheduleRow:
    """A schedule that was not cancelled. Raises `NotFound`."""
    found = _read(conn, schedules.c.id == schedule_id, schedules.c.workspace_id == workspace_id)
    if not found:
        raise unknown("schedule", schedule_id)
    return found[0]


def schedules_of(conn: Connection, flow_id: str) -> list[ScheduleRow]:
    """The schedules of a flow that were not cancelled, oldest first."""
    return _read(conn, schedules.c.flow_id == flow_id)


def main_schedule(conn: Connection, flow_id: str) -> ScheduleRow | None:
    """The one that `/v1/flow/{id}/schedule` speaks of, if it was not cancelled."""
    return next(iter(_read(conn, schedules.c.flow_id == flow_id, schedules.c.is_main)), None)


def tried_at(conn: Connection, flow_id: str, inputs: Mapping[str, Json]) -> datetime | None:
    """When the flow was last run with just these inputs, as far as its last runs tell."""
    newest = select(runs.c.created_at, runs.c.inputs).where(runs.c.flow_id == flow_id)
    found = conn.execute(newest.order_by(runs.c.created_at.desc()).limit(_LOOKED_AT))
    return next((run.created_at for run in found if run.inputs == inputs), None)


def next_fire(conn: Connection) -> datetime | None:
    """When the next schedule of all is due."""
    earliest = func.min(schedules.c.next_fire_at, type_=schedules.c.next_fire_at.type)
    # SQLite takes the partial index only for a query that says so.
    found: datetime | None = conn.scalar(select(earliest).where(schedules.c.next_fire_at.is_not(None)))
    return found


def take_due(tx: Transaction, now: datetime, limit: int) -> list[ScheduleRow]:
    """Lock the schedules that are due, the most overdue first; those that another process holds are passed over."""
    due = select(*_COLUMNS).where(schedules.c.next_fire_at <= now).order_by(schedules.c.next_fire_at).limit(limit)
    return [_row(found) for found in tx.conn.execute(due.with_for_update(skip_locked=True))]


def _read(conn: Connection, *conditions: ColumnElement[bool]) -> list[ScheduleRow]:
    query = select(*_COLUMNS).where(schedules.c.cancelled_at.is_(None), *conditions)
    return [_row(found) for found in conn.execute(query.order_by(schedules.c.created_at, schedules.c.id))]


def _row(found: Row[Any]) -> ScheduleRow:
    return ScheduleRow(*found[: len(_COLUMNS)])
