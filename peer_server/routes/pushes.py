"""`/v1/flow/{id}/push`: where a flow's results are pushed to, and what became of each."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from peer_server.access import Principal
from peer_server.routes.answer_parts import PushAttempt, recorded
from peer_server.secrets import Secret
from peer_server.stores.pushes import Delivery, DeliveryStatus
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body, Cursor, Limit

api = router("push")
Reader = Annotated[Principal, needs("flow.read")]
Editor = Annotated[Principal, needs("flow.edit")]
Lister = Annotated[Principal, needs("run.read")]


class PushChange(Body):
    """Where results go. URL and token come together; leave both out to switch what is saved on or off."""

    enabled: bool
    callback_url: Annotated[str | None, Field(max_length=2000, examples=["https://shop.example/results"])] = None
    access_token: Annotated[str | None, Field(max_length=4000)] = None
    """Sent as `Authorization: Bearer`; stored encrypted and never shown."""
    new_signing_secret: bool = False
    """With URL and token: make and show another one; the last one is worth nothing from then on."""


class PushAnswer(Answer):
    """Where results are pushed to; the token is never told."""

    enabled: bool
    callback_url: str | None
    has_access_token: bool
    url: str | None
    """The endpoint whose results are pushed."""
    updated_at: datetime | None
    signing_secret: str | None = None
    """Checks the signature of what is pushed; shown only when it is made."""


class DeliveryAnswer(Answer):
    """One result that was or is to be pushed."""

    id: str
    app_run_id: str
    status: DeliveryStatus
    attempts: list[PushAttempt]
    next_attempt_at: datetime | None
    created_at: datetime
    ended_at: datetime | None


class DeliveryPage(Answer):
    """A page of deliveries, newest first."""

    items: list[DeliveryAnswer]
    next_cursor: str | None = None


@api.get("/v1/flow/{flow_id}/push")
async def get(*, flow_id: str, who: Reader, services: Use) -> PushAnswer:
    """Where results are pushed to."""
    target = await services.programs.endpoints.target(who, flow_id)
    if target is None:
        return PushAnswer(enabled=False, callback_url=None, has_access_token=False, url=None, updated_at=None)
    return PushAnswer(
        enabled=target.enabled,
        callback_url=target.url,
        has_access_token=True,
        url=f"{services.settings.base_url}/v1/client/flow/{flow_id}/push" if target.enabled else None,
        updated_at=target.updated_at,
    )


@api.put("/v1/flow/{flow_id}/push")
async def put(*, flow_id: str, body: PushChange, who: Editor, services: Use) -> PushAnswer:
    """Save where results are pushed to, at once and for every version. The first time it shows the signing secret."""
    token = None if body.access_token is None else Secret(body.access_token)
    _, made = await services.programs.endpoints.set_target(
        who,
        flow_id,
        enabled=body.enabled,
        url=body.callback_url,
        access_token=token,
        new_signing_secret=body.new_signing_secret,
    )
    saved = await get(flow_id=flow_id, who=who, services=services)
    return saved.model_copy(update={"signing_secret": None if made is None else made.reveal()})


@api.get("/v1/flow/{flow_id}/push/delivery")
async def deliveries(
    *,
    flow_id: str,
    who: Lister,
    services: Use,
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> DeliveryPage:
    """What was pushed, what will be, and every attempt."""
    found = await services.programs.pushes.page(who, flow_id, cursor=cursor, limit=limit)
    return DeliveryPage(items=[_answer(one) for one in found.items], next_cursor=found.next_cursor)


@api.post("/v1/flow/{flow_id}/push/delivery/{delivery_id}/retry")
async def retry(*, flow_id: str, delivery_id: str, who: Editor, services: Use) -> DeliveryAnswer:
    """Try a delivery again now, also one that was given up."""
    return _answer(await services.programs.pushes.retry(who, flow_id, delivery_id))


def _answer(one: Delivery) -> DeliveryAnswer:
    return DeliveryAnswer(
        id=one.id,
        app_run_id=one.run_id,
        status=one.status,
        attempts=recorded(one.attempts),
        next_attempt_at=one.due_at,
        created_at=one.created_at,
        ended_at=one.ended_at,
    )
