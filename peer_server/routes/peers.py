"""`/v1/peer`: Peers, their drafts and versions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.flow import Guardrails
from flow_runtime.json_limits import LARGEST_NUMBER
from peer_server.access import Principal, Role, suffices
from peer_server.routes.answer_parts import AttachmentOfPeer, RuleOfScript
from peer_server.services.access.sharing import Standing, Visibility
from peer_server.services.bundle import Services
from peer_server.services.peers.peers import KnowledgeContent, PeerContent
from peer_server.stores.peers import PeerRow
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body, Cursor, Limit

api = router("peer")
Maker = Annotated[Principal, needs("peer.create")]
Reader = Annotated[Principal, needs("peer.read")]
Editor = Annotated[Principal, needs("peer.edit")]
Publisher = Annotated[Principal, needs("peer.publish")]
Deleter = Annotated[Principal, needs("peer.delete")]


class PeerChange(Body):
    """Fields of the draft to change; what is absent stays."""

    draft_rev: Annotated[int, Field(ge=1, le=LARGEST_NUMBER)] | None = None
    """The revision that this change was made from; a stale one is refused."""
    name: Json = None
    description: Json = None
    model: Json = None
    instructions: Json = None
    greeting: Json = None
    starters: Json = None
    attachments: Json = None
    script: Json = None
    visibility: Visibility | None = None
    """`shared` lets the whole workspace talk to it, unless it is shared already; `private` takes every role away."""
    guardrails: Json = None
    knowledge: Json = None


class PeerSummary(Answer):
    """A Peer as everybody sees it who may talk to it: its published version."""

    id: str
    name: str
    description: str
    model: str
    greeting: str
    starters: list[str]
    version: int
    """The newest published version."""
    owner_id: str | None
    visibility: Visibility
    """Whether anybody besides its owner has a role on it."""
    role: Role
    """What the reader is to it."""
    created_at: datetime
    updated_at: datetime


class PeerAnswer(PeerSummary):
    """A Peer with its draft, for those who may change it."""

    instructions: str
    attachments: list[AttachmentOfPeer]
    script: list[RuleOfScript]
    guardrails: Guardrails = Guardrails()
    knowledge: KnowledgeContent | None = None
    draft_rev: int


class PeerPage(Answer):
    """A page of Peers: with their drafts where the reader may change them."""

    items: list[PeerAnswer | PeerSummary]
    next_cursor: str | None = None


class PeerPublication(Body):
    """How to publish the draft."""

    notes: Annotated[str, Field(max_length=2000)] = ""
    """What this version is for, shown in the list of versions."""


class PeerVersionNumber(Answer):
    """The version that was published."""

    version: int


@api.post("/v1/peer", status_code=201)
async def create(*, body: PeerContent, who: Maker, services: Use) -> PeerAnswer:
    """Make a Peer, and publish its version 1."""
    return await peer_answer(who, await services.peers.create(who, body), services)


@api.get("/v1/peer")
async def page(
    *,
    who: Reader,
    services: Use,
    search: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> PeerPage:
    """Peers, newest first."""
    found = await services.peers.page(who, search=search, cursor=cursor, limit=limit)
    return PeerPage(items=await _as_seen(who, found.items, services), next_cursor=found.next_cursor)


@api.get("/v1/peer/{peer_id}")
async def get(*, peer_id: str, who: Reader, services: Use) -> PeerAnswer | PeerSummary:
    """One Peer: with its draft for those who may change it, as it was published for all others who reach it."""
    [seen] = await _as_seen(who, [await services.peers.see(who, peer_id)], services)
    return seen


@api.patch("/v1/peer/{peer_id}")
async def change(*, peer_id: str, body: PeerChange, who: Editor, services: Use) -> PeerAnswer:
    """Change the draft, or who may reach the Peer; conversations go on with the published version."""
    sharing, visibility = services.people.sharing, body.visibility
    if visibility is not None:
        await sharing.require(who, "peer", peer_id)
    changes = body.model_dump(by_alias=True, exclude={"draft_rev", "visibility"}, exclude_unset=True)
    if changes or visibility is None:
        row = await services.peers.update(who, peer_id, changes, draft_rev=body.draft_rev)
    else:
        row = await services.peers.get(who, peer_id)
    if visibility is not None:
        await sharing.set_visibility(who, "peer", peer_id, visibility=visibility)
    return await peer_answer(who, row, services)


@api.delete("/v1/peer/{peer_id}", status_code=204)
async def delete(*, peer_id: str, who: Deleter, services: Use) -> None:
    """Take the Peer away; its conversations stay readable."""
    await services.peers.delete(who, peer_id)


@api.post("/v1/peer/{peer_id}/publish")
async def publish(
    *, peer_id: str, who: Publisher, services: Use, body: PeerPublication | None = None
) -> PeerVersionNumber:
    """Freeze the draft as the next version."""
    return PeerVersionNumber(version=await services.peers.publish(who, peer_id, notes=body.notes if body else ""))


async def peer_answer(principal: Principal, row: PeerRow, services: Services) -> PeerAnswer:
    """A Peer with its draft, as this editor gets it."""
    standing = (await services.people.sharing.standings(principal, "peer", [row]))[row.id]
    return PeerAnswer.model_validate(_shown(row, standing) | {**row.draft, "draftRev": row.draft_rev})


async def _as_seen(principal: Principal, found: Sequence[PeerRow], services: Services) -> list[PeerSummary]:
    standings = await services.people.sharing.standings(principal, "peer", found)
    foreign = [row for row in found if not suffices(standings[row.id].role, "peer.edit")]
    published = await services.peers.published(foreign)
    return [_listed(row, standings[row.id], published.get(row.id)) for row in found]


def _listed(row: PeerRow, standing: Standing, published: Mapping[str, Json] | None) -> PeerSummary:
    if published is None:
        return PeerAnswer.model_validate(_shown(row, standing) | {**row.draft, "draftRev": row.draft_rev})
    names = ("name", "description", "model", "greeting", "starters")
    return PeerSummary.model_validate(_shown(row, standing) | {name: published[name] for name in names})


def _shown(row: PeerRow, standing: Standing) -> dict[str, Json]:
    return {
        "id": row.id,
        "version": row.latest_version,
        "ownerId": row.owner_id,
        "visibility": standing.visibility,
        "role": standing.role,
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
    }
