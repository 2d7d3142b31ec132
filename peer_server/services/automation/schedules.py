"""What people do with schedules: make, change, cancel, try, look ahead. They fire in `schedule_alarm`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final, Literal

from sqlalchemy import Connection

from flow_runtime.client import FlowClient
from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, InvalidDefinition, Json, NotFound
from flow_runtime.ids import new_id
from flow_runtime.run import Run
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal, unknown
from peer_server.frequency import Frequency, compile_frequency, frequency_json
from peer_server.recurrence import Recurrence
from peer_server.services.access.reach import reach_flow
from peer_server.services.automation.schedule_alarm import recurrence_of, schedule_trigger
from peer_server.services.flows.directory import Directory
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.runs.runs import check_inputs
from peer_server.services.runs.triggered_runs import start_triggered
from peer_server.stores import schedules as rows
from peer_server.stores.flows import FlowRow, get_flow
from peer_server.stores.schedules import Missed, ScheduleRow

_SHOWN: Final = 5
_MOST: Final = 100
"""Schedules of one flow."""


@dataclass(frozen=True, slots=True)
class ScheduleSpec:
    """A schedule as somebody wants it."""

    frequency: Frequency
    inputs: Mapping[str, Json]
    timezone: str = "UTC"
    start_at: datetime | None = None
    end_at: datetime | None = None
    name: str = ""
    description: str = ""
    missed: Missed = "latest"
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule with what can be said about it now: in words, the next runs, and advice."""

    row: ScheduleRow
    cron: str
    explanation: str
    next_runs: Sequence[datetime]
    hints: Sequence[Mapping[str, Json]]

    @property
    def status(self) -> Literal["active", "disabled", "over", "failing"]:
        """How it stands."""
        if not self.row.enabled:
            return "disabled"
        if self.row.error is not None:
            return "failing"
        return "over" if self.row.next_fire_at is None else "active"


class ScheduleService:
    """Schedules of flows; every method answers `NotFound` for those of flows that one may not see."""

    def __init__(
        self, store: Store, *, client: FlowClient, directory: Directory, trail: AuditTrail, clock: Clock
    ) -> None:
        self._store = store
        self._client = client
        self._directory = directory
        self._trail = trail
        self._clock = clock

    async def put_main(self, principal: Principal, flow_id: str, spec: ScheduleSpec) -> tuple[ScheduleView, bool]:
        """Set the flow's one main schedule, in place of the one before it; True if there was none.

        Raises `InvalidDefinition` (``invalid_cron``, ``invalid_timezone``, ``never_fires``, ``invalid_inputs``).
        """

        def put(tx: Transaction) -> tuple[ScheduleView, bool]:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.schedule", lock=True)
            before = rows.main_schedule(tx.conn, flow.id)
            if before is not None:
                return self._view(tx.conn, self._change(tx, principal, before, _fields(spec))), False
            return self._view(tx.conn, self._insert(tx, principal, flow, spec, is_main=True)), True

        return await self._store.write(put)

    async def create(self, principal: Principal, flow_id: str, spec: ScheduleSpec) -> ScheduleView:
        """Make one more schedule. Raises as `put_main`; `Conflict` ``too_many_schedules``."""

        def insert(tx: Transaction) -> ScheduleView:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.schedule", lock=True)
            if len(rows.schedules_of(tx.conn, flow.id)) >= _MOST:
                raise Conflict("too_many_schedules", f"a flow has at most {_MOST} schedules")
            return self._view(tx.conn, self._insert(tx, principal, flow, spec, is_main=False))

        return await self._store.write(insert)

    async def main(self, principal: Principal, flow_id: str) -> ScheduleView:
        """The flow's main schedule. Raises `NotFound` also if there is none."""

        def find(conn: Connection) -> ScheduleView:
            row = rows.main_schedule(conn, reach_flow(conn, principal, flow_id, "flow.read").id)
            if row is None:
                raise NotFound("no_schedule", "this flow has no schedule", remedy="POST one to this address")
            return self._view(conn, row)

        return await self._store.read(find)

    async def of_flow(self, principal: Principal, flow_id: str) -> list[ScheduleView]:
        """All schedules of a flow, oldest first."""

        def find(conn: Connection) -> list[ScheduleView]:
            found = rows.schedules_of(conn, reach_flow(conn, principal, flow_id, "flow.read").id)
            return [self._view(conn, row) for row in found]

        return await self._store.read(find)

    async def get(self, principal: Principal, schedule_id: str) -> ScheduleView:
        """One schedule."""

        def find(conn: Connection) -> ScheduleView:
            return self._view(conn, self._reach(conn, principal, schedule_id, "flow.read"))

        return await self._store.read(find)

    async def change(self, principal: Principal, schedule_id: str, changes: Mapping[str, Any]) -> ScheduleView:
        """Change some fields of a `ScheduleSpec`. Raises as `put_main`."""

        def change(tx: Transaction) -> ScheduleView:
            row = self._reach(tx.conn, principal, schedule_id, "flow.schedule", lock=True)
            return self._view(tx.conn, self._change(tx, principal, row, changes))

        return await self._store.write(change)

    async def cancel(self, principal: Principal, schedule_id: str) -> None:
        """Let it never fire again. Raises `NotFound`, also for one that was cancelled already."""

        def cancel(tx: Transaction) -> None:
            self._cancel(tx, principal, self._reach(tx.conn, principal, schedule_id, "flow.schedule", lock=True))

        await self._store.write(cancel)

    async def cancel_main(self, principal: Principal, flow_id: str) -> bool:
        """Cancel the flow's main schedule. False if there is none: a second time is harmless."""

        def cancel(tx: Transaction) -> bool:
            flow = reach_flow(tx.conn, principal, flow_id, "flow.schedule", lock=True)
            row = rows.main_schedule(tx.conn, flow.id)
            if row is not None:
                self._cancel(tx, principal, row)
            return row is not None

        return await self._store.write(cancel)

    async def try_out(self, principal: Principal, schedule_id: str) -> Run:
        """Run it now, beside its ticks: marked as a draft run, so that it counts nowhere.

        Raises `Conflict` ``not_published``; `InvalidDefinition` ``invalid_inputs``.
        """

        def start(tx: Transaction) -> Run:
            row = self._reach(tx.conn, principal, schedule_id, "flow.schedule", lock=True)
            now = self._clock.now()
            trigger = schedule_trigger(row, scheduled_for=now)
            run = start_triggered(
                tx,
                self._client.start_in,
                directory=self._directory,
                workspace_id=row.workspace_id,
                flow_id=row.flow_id,
                inputs=row.inputs,
                trigger=replace(trigger, data={**trigger.data, "test": True}),
                started_by=principal.id,
                idempotency_key=None,
                environment="draft",
            )
            rows.change_schedule(tx, row.id, tried_at=now)
            return run

        return await self._store.write(start)

    def preview(self, spec: ScheduleSpec) -> tuple[Recurrence, list[datetime]]:
        """What such a schedule would mean, and its next five runs. Raises as `put_main`, but for the inputs."""
        recurrence = _compile(_fields(spec), anchor_at=self._clock.now())
        return recurrence, self._next_runs(recurrence)

    def _insert(
        self, tx: Transaction, principal: Principal, flow: FlowRow, spec: ScheduleSpec, *, is_main: bool
    ) -> ScheduleRow:
        now = self._clock.now()
        fields = _fields(spec)
        self._check_inputs(tx.conn, flow, spec.inputs)
        row = ScheduleRow(
            id=new_id(),
            workspace_id=flow.workspace_id,
            flow_id=flow.id,
            is_main=is_main,
            created_by=principal.id,
            created_at=now,
            updated_at=now,
            next_fire_at=self._arm(tx, _compile(fields, anchor_at=now), enabled=spec.enabled),
            last_fire_at=None,
            last_run_id=None,
            tried_at=rows.tried_at(tx.conn, flow.id, spec.inputs),
            error=None,
            cancelled_at=None,
            **{**fields, "frequency": frequency_json(spec.frequency), "name": spec.name or f"Schedule of {flow.name}"},
        )
        rows.insert_schedule(tx, row)
        self._record(tx, principal, row, "created")
        return row

    def _change(
        self, tx: Transaction, principal: Principal, row: ScheduleRow, changes: Mapping[str, Any]
    ) -> ScheduleRow:
        stored = {name: value for name, value in changes.items() if name != "name" or value}
        if "frequency" in stored:
            stored["frequency"] = frequency_json(changes["frequency"])
        if stored.get("inputs", row.inputs) != row.inputs:
            flow = reach_flow(tx.conn, principal, row.flow_id, "flow.schedule")
            self._check_inputs(tx.conn, flow, stored["inputs"])
            stored["tried_at"] = rows.tried_at(tx.conn, flow.id, stored["inputs"])
        new = replace(row, **stored, updated_at=self._clock.now(), error=None)
        new = replace(new, next_fire_at=self._arm(tx, recurrence_of(new), enabled=new.enabled))
        kept = ("next_fire_at", "updated_at", "error")
        rows.change_schedule(tx, row.id, **stored, **{name: getattr(new, name) for name in kept})
        self._record(tx, principal, new, "edited")
        return new

    def _cancel(self, tx: Transaction, principal: Principal, row: ScheduleRow) -> None:
        rows.change_schedule(tx, row.id, cancelled_at=self._clock.now(), next_fire_at=None)
        self._record(tx, principal, row, "deleted")

    def _arm(self, tx: Transaction, recurrence: Recurrence, *, enabled: bool) -> datetime | None:
        """The next tick; an enabled schedule must have one."""
        if not enabled:
            return None
        due_at = recurrence.next(self._clock.now())
        if due_at is None:
            raise InvalidDefinition(
                "never_fires", "this schedule would never fire again", path="/endAt", remedy="move its time or its end"
            )
        self._client.set_alarm_in(tx, due_at)
        return due_at

    def _check_inputs(self, conn: Connection, flow: FlowRow, inputs: Mapping[str, Json]) -> None:
        """Against what would run: the deployed or newest version; before there is one, against the draft."""
        if flow.latest_version is None:
            found = self._directory.draft_of(conn, flow)
        else:
            found = self._directory.resolve(conn, workspace_id=flow.workspace_id, flow_id=flow.id, version="deployed")
        check_inputs(found.definition, inputs, place="/data/inputs")

    def _reach(
        self, conn: Connection, principal: Principal, schedule_id: str, permission: str, *, lock: bool = False
    ) -> ScheduleRow:
        row = rows.get_schedule(conn, schedule_id, workspace_id=principal.workspace_id)
        try:
            reach_flow(conn, principal, row.flow_id, permission, lock=lock)
        except NotFound:
            raise unknown("schedule", schedule_id) from None
        # Read again: another request may have changed it while this one waited for the lock.
        return rows.get_schedule(conn, schedule_id, workspace_id=principal.workspace_id) if lock else row

    def _view(self, conn: Connection, row: ScheduleRow) -> ScheduleView:
        recurrence = recurrence_of(row)
        runs = self._next_runs(recurrence) if row.enabled else []
        hints = [] if row.tried_at else [_UNTRIED]
        if get_flow(conn, row.flow_id, workspace_id=row.workspace_id).latest_version is None:
            hints.append(_UNPUBLISHED)
        return ScheduleView(row, recurrence.cron, recurrence.explain(), runs, hints)

    def _next_runs(self, recurrence: Recurrence) -> list[datetime]:
        return list(islice(recurrence.ticks(self._clock.now()), _SHOWN))

    def _record(self, tx: Transaction, principal: Principal, row: ScheduleRow, what: str) -> None:
        self._trail.record(
            tx,
            f"flow.schedule_{what}",
            by=principal,
            of=("schedule", row.id),
            flow_id=row.flow_id,
            description=f"{what} the schedule {row.name!r}",
            details={"frequency": dict(row.frequency), "timezone": row.timezone, "enabled": row.enabled},
        )


_UNTRIED: Final[Mapping[str, Json]] = {
    "code": "inputs_untried",
    "message": "the flow was never run with these inputs",
    "path": "/data/inputs",
    "remedy": "try it: POST /v1/schedule/{id}/test",
}
_UNPUBLISHED: Final[Mapping[str, Json]] = {
    "code": "not_published",
    "message": "the flow has no published version, so this starts nothing yet",
    "path": "",
    "remedy": "publish the flow",
}


def _fields(spec: ScheduleSpec) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in ScheduleSpec.__slots__}


def _compile(fields: Mapping[str, Any], *, anchor_at: datetime) -> Recurrence:
    names = ("frequency", "timezone", "start_at", "end_at")
    frequency, timezone, start_at, end_at = (fields[name] for name in names)
    return compile_frequency(frequency, timezone=timezone, start_at=start_at, end_at=end_at, anchor_at=anchor_at)
