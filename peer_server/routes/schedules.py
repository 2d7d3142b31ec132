"""`/v1/flow/{id}/schedule` for the one schedule that most flows have, and `/v1/schedule` for any number of them."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import AfterValidator, AwareDatetime, Field

from flow_runtime.errors import InvalidDefinition, Json
from peer_server.access import Principal
from peer_server.frequency import Cron, Frequency, near
from peer_server.routes.answer_parts import Failure, Finding, FrequencyOfSchedule, recorded
from peer_server.routes.run_records import AcceptedRun
from peer_server.services.automation.schedules import ScheduleSpec, ScheduleView
from peer_server.stores.schedules import Missed
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body
from peer_server.web.listing import InWindow, PagedList

api = router("schedule")
Reader = Annotated[Principal, needs("flow.read")]
Planner = Annotated[Principal, needs("flow.schedule")]
Instant = Annotated[
    AwareDatetime, Field(strict=False), AfterValidator(near), AfterValidator(lambda at: at.astimezone(UTC))
]


class Defaults(Body):
    """What the flow is started with."""

    inputs: dict[str, Json] = Field(default_factory=dict)


class ScheduleBody(Body):
    """When and with what a flow runs. Either `cron` or `frequency`."""

    cron: Annotated[str | None, Field(max_length=200, examples=["0 9 * * 1"])] = None
    frequency: Frequency | None = None
    data: Annotated[Defaults, Field(default_factory=Defaults)]
    timezone: Annotated[str, Field(max_length=64, examples=["Europe/Istanbul"])] = "UTC"
    start_at: Instant | None = None
    end_at: Instant | None = None
    name: Annotated[str, Field(max_length=200)] = ""
    description: Annotated[str, Field(max_length=2000)] = ""
    missed: Missed = "latest"
    """Ticks that nobody was there for: `latest` runs the last of them once, flagged; `skip` runs none."""
    enabled: bool = True

    def spec(self) -> ScheduleSpec:
        """The wish as the service takes it. Raises `InvalidDefinition`."""
        if (self.cron is None) == (self.frequency is None):
            message = "either cron or frequency is needed, not both"
            raise InvalidDefinition("invalid_request", message, path="/cron", remedy="send one of them")
        return ScheduleSpec(**_fields(dict(self)))


class NewSchedule(ScheduleBody):
    """One more schedule of a flow."""

    flow_id: str


class ScheduleChange(Body):
    """What is to be different; fields that are left out stay. `null` takes `startAt` or `endAt` away."""

    cron: Annotated[str | None, Field(max_length=200)] = None
    frequency: Frequency | None = None
    data: Defaults | None = None
    timezone: Annotated[str, Field(max_length=64)] = "UTC"
    start_at: Instant | None = None
    end_at: Instant | None = None
    name: Annotated[str, Field(max_length=200)] = ""
    description: Annotated[str, Field(max_length=2000)] = ""
    missed: Missed = "latest"
    enabled: bool = True

    def changes(self) -> dict[str, Any]:
        """The fields that were sent."""
        return _fields({name: getattr(self, name) for name in self.model_fields_set})


class Defaulted(Answer):
    """What the flow is started with."""

    inputs: dict[str, Json]


class ScheduleAnswer(Answer):
    """A schedule, its next five runs, and what it means in words."""

    id: str
    flow_id: str
    name: str
    description: str
    cron: str
    frequency: FrequencyOfSchedule
    explanation: str
    timezone: str
    start_at: datetime | None
    end_at: datetime | None
    data: Defaulted
    missed: Missed
    enabled: bool
    status: str
    """`active`, `disabled`, `over` (nothing is to come), or `failing` (the last tick started nothing; see `error`)."""
    next_run_at: datetime | None
    next_runs: list[datetime]
    last_run_at: datetime | None
    last_run_id: str | None
    error: Failure | None
    hints: list[Finding]
    created_by: str
    created_at: datetime
    updated_at: datetime


class ScheduleList(PagedList):
    """The schedules of a flow, oldest first."""

    items: list[ScheduleAnswer]


class Outlook(Answer):
    """What a schedule would mean."""

    cron: str
    explanation: str
    timezone: str
    next_runs: list[datetime]


class Cancelled(Answer):
    """Whether there was anything to cancel."""

    cancelled: bool


@api.get("/v1/flow/{flow_id}/schedule")
async def main(*, flow_id: str, who: Reader, services: Use) -> ScheduleAnswer:
    """The schedule of a flow, with its next run; 404 `no_schedule` if it has none."""
    return _answer(await services.automation.schedules.main(who, flow_id))


@api.post("/v1/flow/{flow_id}/schedule", status_code=201, responses={200: {"description": "It replaced another one"}})
async def put_main(
    *, flow_id: str, body: ScheduleBody, who: Planner, services: Use, response: Response
) -> ScheduleAnswer:
    """Run the flow by the clock, in place of the schedule that was there. What runs is the deployed version."""
    view, is_new = await services.automation.schedules.put_main(who, flow_id, body.spec())
    response.status_code = 201 if is_new else 200
    return _answer(view)


@api.post("/v1/flow/{flow_id}/schedule-cancel")
async def cancel_main(*, flow_id: str, who: Planner, services: Use) -> Cancelled:
    """Let the schedule of the flow never fire again. Harmless a second time."""
    return Cancelled(cancelled=await services.automation.schedules.cancel_main(who, flow_id))


@api.get("/v1/schedule")
async def list_all(
    *, who: Reader, services: Use, flow_id: Annotated[str, Query(alias="flowId")], window: InWindow
) -> ScheduleList:
    """All schedules of a flow."""
    found = await services.automation.schedules.of_flow(who, flow_id)
    return window.of(ScheduleList, [_answer(view) for view in found])


@api.post("/v1/schedule", status_code=201)
async def create(*, body: NewSchedule, who: Planner, services: Use) -> ScheduleAnswer:
    """Make one more schedule of a flow."""
    return _answer(await services.automation.schedules.create(who, body.flow_id, body.spec()))


@api.post("/v1/schedule/preview")
async def preview(*, body: ScheduleBody, services: Use, _who: Planner) -> Outlook:
    """Say what a schedule would mean, and its next five runs. Nothing is stored."""
    recurrence, runs = services.automation.schedules.preview(body.spec())
    return Outlook(cron=recurrence.cron, explanation=recurrence.explain(), timezone=recurrence.timezone, next_runs=runs)


@api.get("/v1/schedule/{schedule_id}")
async def get(*, schedule_id: str, who: Reader, services: Use) -> ScheduleAnswer:
    """One schedule."""
    return _answer(await services.automation.schedules.get(who, schedule_id))


@api.patch("/v1/schedule/{schedule_id}")
async def change(*, schedule_id: str, body: ScheduleChange, who: Planner, services: Use) -> ScheduleAnswer:
    """Change it; `enabled` switches it off and on."""
    return _answer(await services.automation.schedules.change(who, schedule_id, body.changes()))


@api.delete("/v1/schedule/{schedule_id}", status_code=204)
async def cancel(*, schedule_id: str, who: Planner, services: Use) -> None:
    """Let it never fire again."""
    await services.automation.schedules.cancel(who, schedule_id)


@api.post("/v1/schedule/{schedule_id}/test", status_code=202, response_model=AcceptedRun)
async def test(*, schedule_id: str, who: Planner, services: Use) -> JsonAnswer:
    """Run it now with its inputs; such a run is marked as a draft, and counts nowhere."""
    run = await services.automation.schedules.try_out(who, schedule_id)
    return JsonAnswer(
        {"status": run.status.value, "appRunId": run.id, "pollUrl": f"/v1/flowrun/poll/{run.id}"}, status_code=202
    )


def _fields(sent: dict[str, Any]) -> dict[str, Any]:
    """The fields of a `ScheduleSpec`; `cron` is one of the frequencies."""
    cron, frequency, data = sent.pop("cron", None), sent.pop("frequency", None), sent.pop("data", None)
    sent.pop("flow_id", None)
    if cron is not None or frequency is not None:
        sent["frequency"] = frequency or Cron(kind="cron", cron=cron)
    if data is not None:
        sent["inputs"] = data.inputs
    return sent


def _answer(view: ScheduleView) -> ScheduleAnswer:
    row = view.row
    names = set(ScheduleAnswer.model_fields) & set(row.__slots__)
    return ScheduleAnswer(
        **{name: getattr(row, name) for name in names},
        cron=view.cron,
        explanation=view.explanation,
        data=Defaulted(inputs=dict(row.inputs)),
        status=view.status,
        next_run_at=row.next_fire_at,
        next_runs=list(view.next_runs),
        last_run_at=row.last_fire_at,
        hints=recorded(view.hints),
    )
