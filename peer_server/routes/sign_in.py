"""`/v1/auth` and `/v1/me`: coming in, going out, opening a socket."""

from datetime import datetime
from typing import Annotated

from fastapi import Request, Response

from peer_server.access import PERMISSIONS, PUBLIC, Principal
from peer_server.secrets import Secret
from peer_server.services.sign_in import SESSION_LIFE
from peer_server.web.credentials import SESSION_COOKIE
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body

api = router("auth")
Me = Annotated[Principal, needs("me")]


class SignIn(Body):
    """The code of a one-time link."""

    code: str


class MeAnswer(Answer):
    """Who is signed in."""

    id: str
    name: str
    kind: str
    workspace_id: str
    permissions: list[str]


class TicketAnswer(Answer):
    """Opens one socket, within 60 seconds."""

    ticket: str
    expires_at: datetime


@api.post("/v1/auth/sign-in", dependencies=[needs(PUBLIC)])
async def sign_in(*, body: SignIn, request: Request, response: Response, services: Use) -> MeAnswer:
    """Exchange the code of a one-time link for a session cookie."""
    await services.limits.hit_address(request.client.host if request.client else "unknown")
    principal, session = await services.sign_in.sign_in(Secret(body.code))
    response.set_cookie(
        SESSION_COOKIE,
        session.token.reveal(),
        max_age=int(SESSION_LIFE.total_seconds()),
        path="/",
        secure=services.settings.is_https,
        httponly=True,
        samesite="strict",
    )
    return _me(principal)


@api.post("/v1/auth/sign-out", status_code=204)
async def sign_out(*, who: Me, response: Response, services: Use) -> None:
    """End this session and everything made from it."""
    await services.sign_in.sign_out(who)
    response.delete_cookie(SESSION_COOKIE, path="/")


@api.post("/v1/auth/ticket", status_code=201)
async def ticket(*, who: Me, services: Use) -> TicketAnswer:
    """A ticket for the `hello` of a socket."""
    issued = await services.sign_in.ticket(who)
    assert issued.expires_at is not None  # noqa: S101 - tickets always expire
    return TicketAnswer(ticket=issued.token.reveal(), expires_at=issued.expires_at)


@api.get("/v1/me")
async def me(*, who: Me) -> MeAnswer:
    """Who is signed in, and what they may do."""
    return _me(who)


def _me(who: Principal) -> MeAnswer:
    return MeAnswer(
        id=who.id,
        name=who.name,
        kind=who.kind,
        workspace_id=who.workspace_id,
        permissions=[name for name in PERMISSIONS if who.may(name)],
    )
