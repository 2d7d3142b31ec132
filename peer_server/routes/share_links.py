"""`/v1/flow/{id}/share` makes links to a flow; `/v1/flow/share/{token}` is what their holders see and may do."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, File, Request, UploadFile
from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.json_limits import LARGEST_NUMBER
from peer_server.access import PUBLIC, Principal
from peer_server.flow_fields import flow_fields
from peer_server.routes.answer_parts import FieldOfFlow, recorded
from peer_server.routes.endpoints import accepted
from peer_server.routes.execute import Wrapped, answer
from peer_server.routes.files import UPLOAD, FileAnswer
from peer_server.routes.files import keep as keep_file
from peer_server.routes.run_records import FlowOutput
from peer_server.secrets import Secret
from peer_server.services.programs.share_links import Visit
from peer_server.services.runs.runs import SHARE
from peer_server.stores.share_links import ShareLinkRow
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, address_of, needs, router
from peer_server.web.json_request import Answer, Body, Moment, described, json_object
from peer_server.web.listing import InWindow, PagedList
from peer_server.web.rate_limits import keep

api = router("share")
Sharer = Annotated[Principal, needs("flow.share")]
_RUNS_PER_MINUTE = 60


class NewShareLink(Body):
    """A share link to make."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S", examples=["Web site"])] = "Share link"
    """What people recognise it by; runs show it as their source."""
    version: Annotated[int, Field(ge=1, le=LARGEST_NUMBER)] | None = None
    """A published version that it always runs; without it whatever is deployed."""
    expires_at: Moment | None = None
    """When it stops to work; without it never."""
    rate_limit: Annotated[int, Field(ge=1, le=6000)] = _RUNS_PER_MINUTE
    """How many runs and uploads it allows in a minute, all visitors together."""


class ShareLinkAnswer(Answer):
    """A link as it is listed: never its token."""

    id: str
    name: str
    last_characters: str
    version: int | None
    rate_limit: int
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class MadeLink(ShareLinkAnswer):
    """A new link, with its token this once."""

    token: str
    url: str
    """Describes the flow; `/v1/flow/share/execute/{token}` runs it."""
    closed_steps: list[str]
    """Steps that ask somebody, but do not name `starter` among their approvers: visitors wait there for others."""


class LinkList(PagedList):
    """Links, newest first."""

    items: list[ShareLinkAnswer]


class SharedFlow(Answer):
    """What a visitor may know of a flow."""

    name: str
    description: str
    inputs: dict[str, Json]
    """The JSON Schema of the inputs."""
    fields: list[FieldOfFlow]
    """The same, one entry per field in order."""


@api.post("/v1/flow/{flow_id}/share", status_code=201)
async def create(*, flow_id: str, who: Sharer, services: Use, body: NewShareLink | None = None) -> MadeLink:
    """Make a link by which anybody may run this flow. The answer is the only one that shows its token."""
    wanted = body or NewShareLink()
    row, token = await services.programs.links.create(
        who,
        flow_id,
        name=wanted.name,
        version=wanted.version,
        expires_at=wanted.expires_at,
        runs_per_minute=wanted.rate_limit,
    )
    url = f"{services.settings.base_url}/v1/flow/share/{token.reveal()}"
    closed = await services.programs.links.closed_steps(row)
    return MadeLink(**_link(row).model_dump(), token=token.reveal(), url=url, closed_steps=closed)


@api.get("/v1/flow/{flow_id}/share")
async def list_all(*, flow_id: str, who: Sharer, services: Use, window: InWindow) -> LinkList:
    """The links of this flow."""
    return window.of(LinkList, [_link(row) for row in await services.programs.links.all(who, flow_id)])


@api.delete("/v1/flow/{flow_id}/share/{link_id}", status_code=204)
async def delete(*, flow_id: str, link_id: str, who: Sharer, services: Use) -> None:
    """Withdraw a link, at once. Runs that it started go on without their visitors."""
    await services.programs.links.delete(who, flow_id, link_id)


async def _visit(token: str, request: Request, services: Use) -> Visit:
    """Let a visitor in. Wrong tokens count like good ones. Raises `NotFound`, `TooManyRequests`."""
    keep(request.scope, await services.limits.hit_public(address_of(request)))
    return await services.programs.links.open(Secret(token))


async def _work(visit: Annotated[Visit, Depends(_visit)], services: Use) -> Visit:
    """As `_visit`, for what costs something."""
    await services.limits.hit_link(visit.link.id, visit.link.runs_per_minute)
    return visit


@api.get("/v1/flow/share/{token}", dependencies=[needs(PUBLIC)])
async def describe(*, visit: Annotated[Visit, Depends(_visit)]) -> SharedFlow:
    """The name, description and fields of a shared flow; the token is the only right that is needed."""
    shown = visit.flow.definition
    schema = dict(shown.inputs)
    return SharedFlow(
        name=shown.name, description=shown.description, inputs=schema, fields=recorded(flow_fields(schema))
    )


@api.post(
    "/v1/flow/share/execute/{token}",
    dependencies=[needs(PUBLIC)],
    response_model=FlowOutput,
    openapi_extra=described("The flow's inputs.", inputs={"name": "Ada"}),
)
async def execute(
    *,
    visit: Annotated[Visit, Depends(_work)],
    services: Use,
    inputs: Annotated[dict[str, Json], Depends(json_object)],
    wrapped: Wrapped = False,
) -> JsonAnswer:
    """Run a shared flow; the body is the inputs. A waiting answer has the secret that polls and resumes this run."""
    settings = visit.flow.definition.settings
    started = await services.runs.start(
        visit.visitor, visit.link.flow_id, inputs, flow=visit.flow, trigger=SHARE, way=settings.mode
    )
    if settings.mode == "async":
        return accepted(services, started.run)
    outcome = await services.runs.finish(visit.visitor, started.run.id, within_s=settings.sync_timeout_s)
    return answer(outcome, wrapped=wrapped, secret=services.programs.resume_secrets.of(started.run.id))


@api.post("/v1/flow/share/file/{token}", dependencies=[needs(PUBLIC)], status_code=201, **UPLOAD)
async def upload(
    *, visit: Annotated[Visit, Depends(_work)], services: Use, file: Annotated[UploadFile, File()]
) -> FileAnswer:
    """Upload one file (multipart, field `file`) for a run of a shared flow; its `id` is an input value."""
    return await keep_file(services, visit.visitor, file=file)


def _link(row: ShareLinkRow) -> ShareLinkAnswer:
    names = set(ShareLinkAnswer.model_fields) - {"rate_limit"}
    return ShareLinkAnswer.model_validate(
        {name: getattr(row, name) for name in names} | {"rate_limit": row.runs_per_minute}
    )
