"""`/v1/flow`: flows with their drafts, and what the checks find in these."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.flow import definition_schema
from flow_runtime.json_limits import LARGEST_NUMBER
from peer_server.access import Principal, Role
from peer_server.routes.answer_parts import Finding
from peer_server.services.access.sharing import Standing, Visibility
from peer_server.services.bundle import Services
from peer_server.services.flows.flows import DraftChange
from peer_server.stores.flows import FlowRow
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body, Cursor, Limit

api = router("flow")
Reader = Annotated[Principal, needs("flow.read")]
Maker = Annotated[Principal, needs("flow.create")]
Editor = Annotated[Principal, needs("flow.edit")]
Deleter = Annotated[Principal, needs("flow.delete")]

EXAMPLE: Mapping[str, Json] = {
    "schemaVersion": 1,
    "name": "Greeting",
    "triggers": [{"type": "api"}, {"type": "peer.action"}],
    "inputs": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    "start": "done",
    "steps": [{"id": "done", "type": "final", "config": {"output": {"greeting": "Hello {{ name }}"}}}],
}


class NewFlow(Body):
    """A flow to make."""

    definition: Annotated[dict[str, Json], Field(examples=[EXAMPLE])]


class FlowChange(Body):
    """A new draft, or new values of some of its parts; what is absent stays. Nothing of it runs before a deploy."""

    definition: Annotated[dict[str, Json], Field(examples=[EXAMPLE])] | None = None
    name: Json = None
    description: Json = None
    settings: Annotated[dict[str, Json], Field(examples=[{"mode": "async", "asyncTimeoutS": 300}])] | None = None
    """Each setting that is named here is put over the one that stands."""
    guardrails: dict[str, Json] | None = None
    visibility: Visibility | None = None
    """`shared` lets the whole workspace run it, unless it is shared already; `private` takes every role away."""
    draft_rev: Annotated[int, Field(ge=1, le=LARGEST_NUMBER)] | None = None
    """The revision that this change was made from; a stale one is refused. Without it the last writer wins."""


class Autosave(Body):
    """What somebody is working on."""

    definition: Annotated[dict[str, Json], Field(examples=[EXAMPLE])]
    draft_rev: Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
    """The revision that it was made from; a stale one is refused."""


class Autosaved(Answer):
    """Where the draft is now; the revision is the old one if nothing had changed."""

    draft_rev: int
    updated_at: datetime


class FlowSummary(Answer):
    """A flow in a list."""

    id: str
    name: str
    description: str
    owner_id: str | None
    visibility: Visibility
    """Whether anybody besides its owner has a role on it."""
    role: Role
    """What the reader is to it."""
    draft_rev: int
    latest_version: int | None
    deployed_version: int | None
    triggers: list[str]
    created_at: datetime
    updated_at: datetime


class FlowAnswer(FlowSummary):
    """A flow with its draft."""

    definition: dict[str, Json]


class FlowPage(Answer):
    """A page of flows."""

    items: list[FlowSummary]
    next_cursor: str | None = None


class Findings(Answer):
    """What the checks found; errors forbid publishing, warnings forbid deploying, hints only advise."""

    errors: list[Finding]
    warnings: list[Finding]
    hints: list[Finding]


@api.get("/v1/flow/schema")
async def schema(*, _who: Reader) -> dict[str, Json]:
    """The JSON Schema of a definition."""
    return definition_schema()


@api.post("/v1/flow", status_code=201)
async def create(*, body: NewFlow, who: Maker, services: Use) -> FlowAnswer:
    """Make a flow with this draft."""
    return await flow_answer(who, await services.flows.create(who, body.definition), services)


@api.get("/v1/flow")
async def page(
    *,
    who: Reader,
    services: Use,
    search: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> FlowPage:
    """Flows, newest first."""
    found = await services.flows.page(who, search=search, cursor=cursor, limit=limit)
    standings = await services.people.sharing.standings(who, "flow", found.items)
    items = [FlowSummary.model_validate(_shared(row, standings[row.id])) for row in found.items]
    return FlowPage(items=items, next_cursor=found.next_cursor)


@api.get("/v1/flow/{flow_id}")
async def get(*, flow_id: str, who: Reader, services: Use) -> FlowAnswer:
    """One flow with its draft."""
    return await flow_answer(who, await services.flows.get(who, flow_id), services)


@api.patch("/v1/flow/{flow_id}")
async def change(*, flow_id: str, body: FlowChange, who: Editor, services: Use) -> FlowAnswer:
    """Change the draft, or who may reach the flow."""
    sharing, visibility = services.people.sharing, body.visibility
    if visibility is not None:
        await sharing.require(who, "flow", flow_id)
    parts = body.model_dump(by_alias=True, exclude={"definition", "draft_rev", "visibility"}, exclude_unset=True)
    if visibility is None or parts or body.definition is not None:
        row = await services.flows.update(who, flow_id, DraftChange(body.definition, parts), draft_rev=body.draft_rev)
    else:
        row = await services.flows.get(who, flow_id)
    if visibility is not None:
        await sharing.set_visibility(who, "flow", flow_id, visibility=visibility)
    return await flow_answer(who, row, services)


@api.post("/v1/flow/{flow_id}/autosave")
async def autosave(*, flow_id: str, body: Autosave, who: Editor, services: Use) -> Autosaved:
    """Save the draft while somebody works on it."""
    row = await services.flows.autosave(who, flow_id, body.definition, draft_rev=body.draft_rev)
    return Autosaved(draft_rev=row.draft_rev, updated_at=row.updated_at)


@api.delete("/v1/flow/{flow_id}", status_code=204)
async def delete(*, flow_id: str, who: Deleter, services: Use) -> None:
    """Take the flow away; its runs stay readable."""
    await services.flows.delete(who, flow_id)


@api.post("/v1/flow/{flow_id}/check")
async def check(*, flow_id: str, who: Reader, services: Use) -> Findings:
    """Find mistakes in the draft."""
    return Findings.model_validate(await services.flows.check(who, flow_id))


async def flow_answer(principal: Principal, row: FlowRow, services: Services) -> FlowAnswer:
    """A flow as this reader gets it."""
    standing = (await services.people.sharing.standings(principal, "flow", [row]))[row.id]
    return FlowAnswer.model_validate(_shared(row, standing) | {"definition": dict(row.draft)})


def _shared(row: FlowRow, standing: Standing) -> dict[str, Json]:
    names = set(FlowSummary.model_fields) & set(FlowRow.__slots__)
    triggers = [trigger["type"] for trigger in row.draft.get("triggers", ())]
    shown = {name: getattr(row, name) for name in names}
    return shown | {"triggers": triggers, "visibility": standing.visibility, "role": standing.role}
