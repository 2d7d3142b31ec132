"""`/v1/auth`: coming in by link, password or invitation, going out, opening a socket."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from fastapi import Request, Response
from pydantic import Field, model_validator

from peer_server.access import PUBLIC, Principal, WorkspaceRole
from peer_server.person_name import PersonName
from peer_server.routes.account import Me, MeAnswer, me_answer
from peer_server.secrets import Secret
from peer_server.services.bundle import Services
from peer_server.services.people.credentials import Issued
from peer_server.services.people.sign_in import Browser
from peer_server.web.credentials import SESSION_COOKIE
from peer_server.web.guard import Use, address_of, needs, router
from peer_server.web.json_request import Answer, Body

api = router("auth")
_NOTHING: dict[int | str, dict[str, Any]] = {202: {"content": {"application/json": {"schema": {"type": "null"}}}}}
Code = Annotated[str, Field(min_length=1, max_length=200)]
Email = Annotated[str, Field(min_length=3, max_length=320)]
Password = Annotated[str, Field(max_length=1000)]


class SignIn(Body):
    """The code of a one-time link, or address and password, or the token that the settings fix for the owner."""

    code: Code | None = None
    token: Code | None = None
    email: Email | None = None
    password: Password | None = None
    workspace_id: str | None = None
    """Only needed by people who belong to several workspaces with the same password."""

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        given = (self.code, self.token, self.email and self.password)
        if sum(way is not None for way in given) != 1:
            raise ValueError("send either a code, or email and password, or the token of the owner")
        return self


class InvitationCode(Body):
    """The code of an invitation."""

    code: Code


class Acceptance(Body):
    """What somebody chooses when they accept an invitation."""

    code: Code
    name: PersonName
    password: Password


class ResetRequest(Body):
    """Whose password is forgotten."""

    email: Email


class NewPassword(Body):
    """A new password, by the code of a link."""

    code: Code
    password: Password


class WelcomeAnswer(Answer):
    """What an invitation is for."""

    workspace: str
    email: str
    role: WorkspaceRole
    invited_by: str
    expires_at: datetime


class WaysAnswer(Answer):
    """How people can come in here."""

    single_sign_on: str | None
    """What the button to the identity provider says, if there is one."""
    password: bool
    """Whether anybody here has a password."""
    owner_token: bool
    """Whether the settings fix a token that the owner can sign in with."""
    mail: bool
    """Whether a forgotten password can be reset by mail; else an admin gives out the link."""


class TicketAnswer(Answer):
    """Opens one socket, within 60 seconds."""

    ticket: str
    expires_at: datetime


@api.get("/v1/auth", dependencies=[needs(PUBLIC)])
async def ways(*, services: Use) -> WaysAnswer:
    """How people can come in here."""
    name = services.settings.oidc_name if services.people.oidc.is_on else None
    found = await services.sign_in.ways()
    return WaysAnswer(
        single_sign_on=name,
        password=found.password,
        owner_token=found.owner_token,
        mail=services.people.mailer.is_on,
    )


@api.post("/v1/auth/sign-in", dependencies=[needs(PUBLIC)])
async def sign_in(*, body: SignIn, request: Request, response: Response, services: Use) -> MeAnswer:
    """Exchange the code of a one-time link, address and password, or the owner's token for a session cookie."""
    await services.limits.hit_address(address_of(request))
    browser = _browser(request)
    if body.code is not None:
        principal, session = await services.sign_in.sign_in(Secret(body.code), browser=browser)
    elif body.token is not None:
        principal, session = await services.sign_in.sign_in_by_owner_token(Secret(body.token), browser=browser)
    else:
        email, password = body.email or "", Secret(body.password or "")
        await services.limits.hit_account(email.strip().lower())
        principal, session = await services.sign_in.sign_in_by_password(
            email, password, workspace_id=body.workspace_id, browser=browser
        )
    return _enter(response, services, principal, session)


@api.post("/v1/auth/invitation", dependencies=[needs(PUBLIC)])
async def look(*, body: InvitationCode, request: Request, services: Use) -> WelcomeAnswer:
    """What an invitation is for, before it is accepted."""
    await services.limits.hit_address(address_of(request))
    found = await services.people.invitations.look(Secret(body.code))
    return WelcomeAnswer(
        workspace=found.workspace,
        email=found.email,
        role=found.role,
        invited_by=found.invited_by,
        expires_at=found.expires_at,
    )


@api.post("/v1/auth/accept", dependencies=[needs(PUBLIC)])
async def accept(*, body: Acceptance, request: Request, response: Response, services: Use) -> MeAnswer:
    """Accept an invitation with a name and a password, and sign in."""
    await services.limits.hit_address(address_of(request))
    principal, session = await services.people.invitations.accept(
        Secret(body.code),
        name=body.name.strip(),
        password=Secret(body.password),
        browser=_browser(request),
    )
    return _enter(response, services, principal, session)


@api.post("/v1/auth/reset", status_code=202, dependencies=[needs(PUBLIC)], response_model=None, responses=_NOTHING)
async def ask_reset(*, body: ResetRequest, request: Request, services: Use) -> None:
    """Send a link to set a new password; the answer does not tell whether the address is known."""
    await services.limits.hit_address(address_of(request))
    await services.limits.hit_account(body.email.strip().lower())
    services.people.accounts.ask_reset(body.email, browser=_browser(request))


@api.post("/v1/auth/password", dependencies=[needs(PUBLIC)])
async def reset(*, body: NewPassword, request: Request, response: Response, services: Use) -> MeAnswer:
    """Set a new password by the code of a link, and sign in. Every session there was ends."""
    await services.limits.hit_address(address_of(request))
    principal, session = await services.people.accounts.reset(
        Secret(body.code), password=Secret(body.password), browser=_browser(request)
    )
    return _enter(response, services, principal, session)


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


def _browser(request: Request) -> Browser:
    return Browser(request.headers.get("user-agent", ""), address_of(request))


def set_session(response: Response, session: Issued, *, is_https: bool) -> None:
    """Give the browser its session cookie."""
    life = None if session.expires_at is None else session.expires_at - datetime.now(UTC)
    response.set_cookie(
        SESSION_COOKIE,
        session.token.reveal(),
        max_age=None if life is None else int(life.total_seconds()),
        path="/",
        secure=is_https,
        httponly=True,
        samesite="strict",
    )


def _enter(response: Response, services: Services, principal: Principal, session: Issued) -> MeAnswer:
    set_session(response, session, is_https=services.settings.is_https)
    return me_answer(principal)
