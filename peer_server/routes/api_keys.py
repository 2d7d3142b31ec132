"""`/v1/flow/{id}/api-key` and `/v1/workspace/api-key`: keys by which programs run flows, shown once."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from peer_server.access import Principal
from peer_server.stores.api_keys import ApiKeyRow
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body, Moment
from peer_server.web.listing import InWindow, PagedList

api = router("API key")
Manager = Annotated[Principal, needs("flow.key")]
Admin = Annotated[Principal, needs("workspace.key")]
Scope = Literal["run", "read", "answer"]


class NewKey(Body):
    """A key to make."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S", examples=["Billing service"])]
    """What people recognise it by; runs show it as their source."""
    expires_at: Moment | None = None
    """When it stops to work; without it never."""
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=3)] | None = None
    """``run`` flows and follow the runs, ``read`` those runs whole, ``answer`` what they ask. Without it all three."""


class KeyAnswer(Answer):
    """A key as it is listed: never the key itself."""

    id: str
    name: str
    prefix: str
    last_characters: str
    scopes: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class MadeKey(KeyAnswer):
    """A new key, in clear this once."""

    key: str


class KeyList(PagedList):
    """Keys, newest first."""

    items: list[KeyAnswer]


@api.post("/v1/flow/{flow_id}/api-key", status_code=201)
async def create(*, flow_id: str, body: NewKey, who: Manager, services: Use) -> MadeKey:
    """Make a key for this flow. The answer is the only one that shows it."""
    return await _create(services, who, flow_id, body)


@api.get("/v1/flow/{flow_id}/api-key")
async def list_all(*, flow_id: str, who: Manager, services: Use, window: InWindow) -> KeyList:
    """The keys of this flow."""
    return window.of(KeyList, [_answer(row) for row in await services.programs.keys.all(who, flow_id)])


@api.delete("/v1/flow/{flow_id}/api-key/{key_id}", status_code=204)
async def delete(*, flow_id: str, key_id: str, who: Manager, services: Use) -> None:
    """Withdraw a key; it stops to work within a second."""
    await services.programs.keys.delete(who, flow_id, key_id)


@api.post("/v1/workspace/api-key", status_code=201)
async def create_for_all(*, body: NewKey, who: Admin, services: Use) -> MadeKey:
    """Make a key for every flow of the workspace. The answer is the only one that shows it."""
    return await _create(services, who, None, body)


@api.get("/v1/workspace/api-key")
async def list_for_all(*, who: Admin, services: Use, window: InWindow) -> KeyList:
    """The keys for every flow."""
    return window.of(KeyList, [_answer(row) for row in await services.programs.keys.all(who, None)])


@api.delete("/v1/workspace/api-key/{key_id}", status_code=204)
async def delete_for_all(*, key_id: str, who: Admin, services: Use) -> None:
    """Withdraw a key; it stops to work within a second."""
    await services.programs.keys.delete(who, None, key_id)


async def _create(services: Use, who: Principal, flow_id: str | None, body: NewKey) -> MadeKey:
    row, key = await services.programs.keys.create(
        who, flow_id, name=body.name, expires_at=body.expires_at, scopes=body.scopes
    )
    return MadeKey(**_answer(row).model_dump(), key=key.reveal())


def _answer(row: ApiKeyRow) -> KeyAnswer:
    return KeyAnswer.model_validate({name: getattr(row, name) for name in KeyAnswer.model_fields})
