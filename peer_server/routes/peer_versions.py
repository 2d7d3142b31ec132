"""Versions of Peers: list, compare, restore."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.json_limits import LARGEST_NUMBER
from peer_server.access import Principal
from peer_server.routes.flow_versions import Restoring
from peer_server.routes.peers import PeerAnswer, peer_answer
from peer_server.routes.version_answers import Audience, AudienceOffer, FieldDiff
from peer_server.stores.peers import PeerVersionRow
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Cursor, Limit

api = router("peer version")
Editor = Annotated[Principal, needs("peer.edit")]
Number = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
State = Literal["draft", "latest"] | Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]


class PeerVersionAnswer(Answer):
    """A published version of a Peer."""

    version: int
    published_at: datetime
    published_by: str
    notes: str
    audience: Audience | None
    """Who could reach the Peer when this was published."""
    content: dict[str, Json] | None = None


class PeerVersionList(Answer):
    """Versions, newest first, without their contents."""

    items: list[PeerVersionAnswer]
    next_cursor: str | None


class PeerDiff(Answer):
    """How two states of a Peer differ; attachments are named by their ids."""

    fields: list[FieldDiff]


class RestoredPeer(PeerAnswer):
    """The Peer with the restored draft, and the audience that is offered with it."""

    audience: AudienceOffer


@api.get("/v1/peer/{peer_id}/version")
async def versions(
    *,
    peer_id: str,
    who: Editor,
    services: Use,
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> PeerVersionList:
    """The published versions, newest first."""
    page = await services.peers.versions(who, peer_id, cursor=cursor, limit=limit)
    return PeerVersionList(items=[_version(row) for row in page.items], next_cursor=page.next_cursor)


@api.get("/v1/peer/{peer_id}/version/{number}")
async def version(*, peer_id: str, number: Number, who: Editor, services: Use) -> PeerVersionAnswer:
    """One published version with its content."""
    row = await services.peers.version(who, peer_id, number)
    return _version(row).model_copy(update={"content": dict(row.content)})


@api.get("/v1/peer/{peer_id}/diff", response_model_exclude_unset=True)
async def diff(
    *,
    peer_id: str,
    who: Editor,
    services: Use,
    before: Annotated[State, Query(alias="from")] = "latest",
    after: Annotated[State, Query(alias="to")] = "draft",
) -> PeerDiff:
    """How two states of the Peer differ, field by field."""
    return PeerDiff.model_validate({"fields": await services.peers.diff(who, peer_id, before=before, after=after)})


@api.post("/v1/peer/{peer_id}/version/{number}/restore")
async def restore(
    *, peer_id: str, number: Number, who: Editor, services: Use, body: Restoring | None = None
) -> RestoredPeer:
    """Make a version the draft again; conversations go on with the published version."""
    wanted = body or Restoring()
    peer, offer = await services.peers.restore(
        who, peer_id, number, draft_rev=wanted.draft_rev, with_audience=wanted.restore_audience
    )
    told = (await peer_answer(who, peer, services)).model_dump(by_alias=True)
    return RestoredPeer.model_validate({**told, "audience": AudienceOffer.of(offer)})


def _version(row: PeerVersionRow) -> PeerVersionAnswer:
    return PeerVersionAnswer(
        version=row.number,
        published_at=row.published_at,
        published_by=row.published_by,
        notes=row.notes,
        audience=None if row.audience is None else Audience.model_validate(row.audience),
    )
