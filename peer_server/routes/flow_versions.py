"""Versions of flows: publish, compare, restore, deploy, and what is deployed."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from flow_runtime.json_limits import LARGEST_NUMBER
from peer_server.access import Principal
from peer_server.routes.flows import flow_answer
from peer_server.routes.version_answers import (
    AudienceOffer,
    DeployedAnswer,
    RestoredAnswer,
    VersionAnswer,
    VersionDiff,
    VersionList,
    VersionNumber,
    version_answer,
)
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Body, Cursor, Limit

api = router("flow version")
Reader = Annotated[Principal, needs("flow.read")]
Editor = Annotated[Principal, needs("flow.edit")]
Publisher = Annotated[Principal, needs("flow.publish")]
Notes = Annotated[str, Field(max_length=2000, examples=["Refunds over 100 € ask a manager"])]
Number = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
State = Literal["draft", "deployed", "latest"] | Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]


class Publication(Body):
    """How to publish the draft."""

    notes: Notes = ""
    """What this version is for, shown in the list of versions."""
    draft_rev: Annotated[int, Field(ge=1, le=LARGEST_NUMBER)] | None = None
    """The revision that you mean; refused if somebody has changed the draft since."""
    confirm: bool = False
    """Publish although Peers, flows, schedules, keys or links would notice; without it these are listed (409)."""


class Deployment(Body):
    """What to deploy."""

    version: Annotated[int, Field(ge=1, le=LARGEST_NUMBER)] | None = None
    """A published version; without it the draft is published first if it changed."""
    notes: Notes = ""
    """Notes of the version that is published by this, if one is."""
    confirm: bool = False
    """Deploy although others would notice; without it these are listed (409)."""


class Restoring(Body):
    """How to restore a version."""

    draft_rev: Annotated[int, Field(ge=1, le=LARGEST_NUMBER)] | None = None
    """The revision of the draft that is replaced; a stale one is refused."""
    restore_audience: bool = False
    """Also share the flow again with exactly those who could reach it then; needs the right to share."""


@api.post("/v1/flow/{flow_id}/publish")
async def publish(*, flow_id: str, who: Publisher, services: Use, body: Publication | None = None) -> VersionNumber:
    """Freeze the draft as the next version; refused (422) while it has errors."""
    wanted = body or Publication()
    row = await services.making.versions.publish(
        who, flow_id, notes=wanted.notes, draft_rev=wanted.draft_rev, is_confirmed=wanted.confirm
    )
    return VersionNumber(version=row.number)


@api.post("/v1/flow/{flow_id}/deploy")
async def deploy(*, flow_id: str, who: Publisher, services: Use, body: Deployment | None = None) -> VersionNumber:
    """Point the endpoint at a version; refused (422) while that has errors or warnings."""
    wanted = body or Deployment()
    number = await services.making.versions.deploy(
        who, flow_id, version=wanted.version, notes=wanted.notes, is_confirmed=wanted.confirm
    )
    return VersionNumber(version=number)


@api.post("/v1/flow/{flow_id}/undeploy", status_code=204)
async def undeploy(*, flow_id: str, who: Publisher, services: Use) -> None:
    """Take the endpoint away."""
    await services.making.versions.undeploy(who, flow_id)


@api.get("/v1/flow/{flow_id}/deployed")
async def deployed(*, flow_id: str, who: Reader, services: Use) -> DeployedAnswer:
    """What the endpoint serves, to look at; 409 while nothing is deployed."""
    found = await services.making.versions.deployed(who, flow_id)
    told = version_answer(found.version).model_dump()
    return DeployedAnswer(
        **{**told, "definition": found.definition},
        deployed_at=found.flow.deployed_at,
        deployed_by=found.flow.deployed_by,
        has_newer_draft=found.has_newer_draft,
        endpoint_url=f"/v1/client/flow/{flow_id}/execute",
    )


@api.get("/v1/flow/{flow_id}/version")
async def versions(
    *,
    flow_id: str,
    who: Reader,
    services: Use,
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> VersionList:
    """The published versions, newest first."""
    page = await services.making.versions.page(who, flow_id, cursor=cursor, limit=limit)
    return VersionList(items=[version_answer(row) for row in page.items], next_cursor=page.next_cursor)


@api.get("/v1/flow/{flow_id}/version/{number}")
async def version(*, flow_id: str, number: Number, who: Reader, services: Use) -> VersionAnswer:
    """One published version with its definition."""
    row, definition = await services.making.versions.one(who, flow_id, number)
    return version_answer(row).model_copy(update={"definition": definition})


@api.get("/v1/flow/{flow_id}/diff", response_model_exclude_unset=True)
async def diff(
    *,
    flow_id: str,
    who: Reader,
    services: Use,
    before: Annotated[State, Query(alias="from")] = "deployed",
    after: Annotated[State, Query(alias="to")] = "draft",
) -> VersionDiff:
    """How two states of the flow differ, step by step and field by field."""
    return VersionDiff.model_validate(await services.making.versions.diff(who, flow_id, before=before, after=after))


@api.post("/v1/flow/{flow_id}/version/{number}/restore")
async def restore(
    *, flow_id: str, number: Number, who: Editor, services: Use, body: Restoring | None = None
) -> RestoredAnswer:
    """Make a version the draft again; versions and deployment stay as they are."""
    wanted = body or Restoring()
    flow, offer = await services.making.versions.restore(
        who, flow_id, number, draft_rev=wanted.draft_rev, with_audience=wanted.restore_audience
    )
    told = (await flow_answer(who, flow, services)).model_dump(by_alias=True)
    return RestoredAnswer.model_validate({**told, "audience": AudienceOffer.of(offer)})
