"""`/v1/peer`: Peers, their drafts and versions."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from flow_runtime.errors import Json
from peer_server.access import Principal
from peer_server.services.peers import PeerContent
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

    draft_rev: Annotated[int, Field(ge=1)] | None = None
    """The revision that this change was made from; a stale one is refused."""
    name: Json = None
    description: Json = None
    model: Json = None
    instructions: Json = None
    greeting: Json = None
    starters: Json = None
    attachments: Json = None
    script: Json = None


class PeerAnswer(Answer):
    """A Peer with its draft."""

    id: str
    name: str
    description: str
    model: str
    instructions: str
    greeting: str
    starters: list[str]
    attachments: list[dict[str, Json]]
    script: list[dict[str, Json]]
    draft_rev: int
    version: int
    """The newest published version."""
    created_at: datetime
    updated_at: datetime


class PeerPage(Answer):
    """A page of Peers."""

    items: list[PeerAnswer]
    next_cursor: str | None = None


class PeerVersionNumber(Answer):
    """The version that was published."""

    version: int


@api.post("/v1/peer", status_code=201)
async def create(*, body: PeerContent, who: Maker, services: Use) -> PeerAnswer:
    """Make a Peer, and publish its version 1."""
    return _answer(await services.peers.create(who, body))


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
    return PeerPage(items=[_answer(row) for row in found.items], next_cursor=found.next_cursor)


@api.get("/v1/peer/{peer_id}")
async def get(*, peer_id: str, who: Editor, services: Use) -> PeerAnswer:
    """One Peer with its draft."""
    return _answer(await services.peers.get(who, peer_id))


@api.patch("/v1/peer/{peer_id}")
async def change(*, peer_id: str, body: PeerChange, who: Editor, services: Use) -> PeerAnswer:
    """Change the draft; conversations go on with the published version."""
    changes = body.model_dump(by_alias=True, exclude={"draft_rev"}, exclude_unset=True)
    return _answer(await services.peers.update(who, peer_id, changes, draft_rev=body.draft_rev))


@api.delete("/v1/peer/{peer_id}", status_code=204)
async def delete(*, peer_id: str, who: Deleter, services: Use) -> None:
    """Take the Peer away; its conversations stay readable."""
    await services.peers.delete(who, peer_id)


@api.post("/v1/peer/{peer_id}/publish")
async def publish(*, peer_id: str, who: Publisher, services: Use) -> PeerVersionNumber:
    """Freeze the draft as the next version."""
    return PeerVersionNumber(version=await services.peers.publish(who, peer_id))


def _answer(row: PeerRow) -> PeerAnswer:
    return PeerAnswer.model_validate(
        {
            **row.draft,
            "id": row.id,
            "draftRev": row.draft_rev,
            "version": row.latest_version,
            "createdAt": row.created_at,
            "updatedAt": row.updated_at,
        }
    )
