"""`/v1/peer/:id/link`: opening a Peer to whoever holds a link; `/v1/auth/visit` is how they come in."""

from datetime import datetime
from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from peer_server.access import PUBLIC, Principal
from peer_server.person_name import PersonName
from peer_server.routes.account import MeAnswer, me_answer
from peer_server.routes.sign_in import set_session
from peer_server.secrets import Secret
from peer_server.stores.peer_links import PeerLinkRow
from peer_server.web.guard import Use, address_of, needs, router
from peer_server.web.json_request import Answer, Body, Moment
from peer_server.web.listing import InWindow, PagedList

api = router("peer")
Sharer = Annotated[Principal, needs("peer.share")]


class NewPeerLink(Body):
    """A public link to make."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S", examples=["Web site"])] = "Public link"
    expires_at: Moment | None = None
    """When it stops to work; without it never."""
    rate_limit: Annotated[int, Field(ge=1, le=6000)] = 60
    """How many new visitors may come by it in a minute."""


class PeerLinkAnswer(Answer):
    """A link as it is listed: never its token."""

    id: str
    name: str
    last_characters: str
    rate_limit: int
    created_by: str
    created_at: datetime
    expires_at: datetime | None


class MadePeerLink(PeerLinkAnswer):
    """A new link: `token` and `url` are shown this once."""

    token: str
    url: str


class PeerLinkList(PagedList):
    """Links, newest first."""

    items: list[PeerLinkAnswer]


class VisitBody(Body):
    """The token of a public link."""

    token: Annotated[str, Field(min_length=1, max_length=200)]
    name: Annotated[PersonName, Field(max_length=100)] = "Visitor"
    """How the visitor wants to be called."""


class VisitAnswer(MeAnswer):
    """A visitor, with the Peer to talk to. `session` is for programs: browsers have it as a cookie."""

    peer_id: str
    session: str


@api.post("/v1/peer/{peer_id}/link", status_code=201)
async def create(*, peer_id: str, body: NewPeerLink, who: Sharer, services: Use) -> MadePeerLink:
    """Open the Peer to whoever holds the link; it is shown this once."""
    row, token = await services.people.links.create(
        who, peer_id, name=body.name.strip(), expires_at=body.expires_at, visits_per_minute=body.rate_limit
    )
    shown = token.reveal()
    url = f"{services.settings.base_url}/#/visit={shown}"
    return MadePeerLink(**_answer(row).model_dump(), token=shown, url=url)


@api.get("/v1/peer/{peer_id}/link")
async def page(*, peer_id: str, who: Sharer, services: Use, window: InWindow) -> PeerLinkList:
    """The public links of a Peer."""
    return window.of(PeerLinkList, [_answer(row) for row in await services.people.links.list(who, peer_id)])


@api.delete("/v1/peer/{peer_id}/link/{link_id}", status_code=204)
async def end(*, peer_id: str, link_id: str, who: Sharer, services: Use) -> None:
    """Withdraw a link, at once; whoever came by it is out."""
    await services.people.links.end(who, peer_id, link_id)
    services.sign_in.forget()


@api.post("/v1/auth/visit", status_code=201, dependencies=[needs(PUBLIC)])
async def visit(*, body: VisitBody, request: Request, response: Response, services: Use) -> VisitAnswer:
    """Come in by the public link of a Peer, as a visitor with conversations of one's own."""
    await services.limits.hit_public(address_of(request))
    link = await services.people.links.find(Secret(body.token))
    await services.limits.hit_link(link.id, link.visits_per_minute)
    principal, session = await services.people.links.visit(link, name=body.name.strip())
    set_session(response, session, is_https=services.settings.is_https)
    told = me_answer(principal).model_dump()
    return VisitAnswer(**told, peer_id=link.peer_id, session=session.token.reveal())


def _answer(row: PeerLinkRow) -> PeerLinkAnswer:
    return PeerLinkAnswer(
        id=row.id,
        name=row.name,
        last_characters=row.last_characters,
        rate_limit=row.visits_per_minute,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
