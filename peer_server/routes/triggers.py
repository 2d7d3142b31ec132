"""`/v1/flow/{id}/trigger`: the webhooks and schedules of a flow; `/v1/webhook`: where tools send their events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Request

from flow_runtime.errors import NotFound
from peer_server.access import PUBLIC, Principal, Unauthenticated
from peer_server.routes.answer_parts import Failure, recorded
from peer_server.services.automation.flow_triggers import Health, WebhookView
from peer_server.services.automation.schedules import ScheduleView
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, address_of, needs, router
from peer_server.web.json_request import Answer, described

api = router("trigger")
Reader = Annotated[Principal, needs("flow.read")]
Editor = Annotated[Principal, needs("flow.edit")]


class EventTrigger(Answer):
    """A webhook of the flow."""

    id: str
    type: str
    provider: str | None
    trigger_name: str | None
    description: str
    setup_at: datetime
    last_run_at: datetime | None
    last_run_id: str | None
    status: Health
    """`inactive`: no events will come; see `error` and `remedies`."""
    error: Failure | None
    remedies: list[Mapping[str, str]]
    """Requests that may help: `redeploy`, `retry`, `retest` the authorization profile."""
    callback_url: str | None
    """Where the tool sends its events; told to editors."""


class ScheduleTrigger(Answer):
    """A schedule of the flow."""

    id: str
    name: str
    frequency: str
    description: str
    setup_at: datetime
    start_at: datetime | None
    end_at: datetime | None
    timezone: str
    last_run_at: datetime | None
    next_run_at: datetime | None
    last_run_id: str | None
    status: str
    error: Failure | None


class Triggers(Answer):
    """What starts the flow by itself."""

    events: list[EventTrigger]
    schedules: list[ScheduleTrigger]


class TakenEvent(Answer):
    """An event that was taken now, or before."""

    status: Literal["accepted", "duplicate"]
    app_run_id: str | None
    """The run that it started."""


class SigningSecret(Answer):
    """What is entered at the tool. The secret is shown this once."""

    callback_url: str
    secret: str


@api.get("/v1/flow/{flow_id}/trigger")
async def list_all(*, flow_id: str, who: Reader, services: Use) -> Triggers:
    """The webhooks and schedules of a flow, with their last and next runs."""
    hooks = await services.automation.triggers.of_flow(who, flow_id)
    plans = await services.automation.schedules.of_flow(who, flow_id)
    return Triggers(events=[_event(view) for view in hooks], schedules=[_schedule(view) for view in plans])


@api.post("/v1/flow/{flow_id}/trigger/{trigger_id}/retry", status_code=202)
async def retry(*, flow_id: str, trigger_id: str, who: Editor, services: Use) -> EventTrigger:
    """Register the webhook at its tool once more; one that is on its way out is unregistered once more."""
    return _event(await services.automation.triggers.retry(who, flow_id, trigger_id))


@api.post("/v1/flow/{flow_id}/trigger/{trigger_id}/secret", status_code=201)
async def new_secret(*, flow_id: str, trigger_id: str, who: Editor, services: Use) -> SigningSecret:
    """Make a new signing secret for a webhook that people enter at the tool themselves."""
    url, secret = await services.automation.triggers.new_secret(who, flow_id, trigger_id)
    return SigningSecret(callback_url=url, secret=secret.reveal())


@api.post(
    "/v1/webhook/{token}",
    dependencies=[needs(PUBLIC)],
    status_code=202,
    response_model=TakenEvent,
    openapi_extra=described("The event, signed as its tool says. Any JSON or text.", order={"orderId": "1001"}),
)
async def deliver(*, token: str, request: Request, services: Use) -> JsonAnswer:
    """Take an event of a tool: signed, at most five minutes old, and once; then start what is deployed."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    inbox, admit = services.automation.inbox, services.limits.hit_webhook
    try:
        found = await inbox.deliver(token, headers=headers, body=await request.body(), admit=admit)
    except (Unauthenticated, NotFound):
        await services.limits.hit_refused(address_of(request))
        raise
    if not found.is_new:
        return JsonAnswer({"status": "duplicate", "appRunId": found.run_id}, 200)
    return JsonAnswer({"status": "accepted", "appRunId": found.run_id}, 202)


def _event(view: WebhookView) -> EventTrigger:
    row, trigger = view.row, view.trigger
    return EventTrigger(
        id=row.id,
        type=f"webhook.{row.tool_trigger_id}",
        provider=trigger.tool.name if trigger else None,
        trigger_name=trigger.spec.name if trigger else None,
        description=trigger.spec.description if trigger else "",
        setup_at=row.created_at,
        last_run_at=row.last_event_at,
        last_run_id=row.last_run_id,
        status=view.health,
        error=recorded(view.error),
        remedies=list(view.remedies),
        callback_url=view.callback_url,
    )


def _schedule(view: ScheduleView) -> ScheduleTrigger:
    row = view.row
    return ScheduleTrigger(
        id=row.id,
        name=row.name,
        frequency=view.explanation,
        description=row.description,
        setup_at=row.created_at,
        start_at=row.start_at,
        end_at=row.end_at,
        timezone=row.timezone,
        last_run_at=row.last_fire_at,
        next_run_at=row.next_fire_at,
        last_run_id=row.last_run_id,
        status=view.status,
        error=recorded(row.error),
    )
