"""`/v1/me`: who is signed in, their password, sessions and personal tokens."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from peer_server.access import PERMISSIONS, Principal, WorkspaceRole
from peer_server.person_name import PersonName
from peer_server.secrets import Secret
from peer_server.stores.credentials import CredentialRow
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body
from peer_server.web.listing import InWindow, PagedList

api = router("me")
Me = Annotated[Principal, needs("me")]
Own = Annotated[Principal, needs("me.edit")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class MeAnswer(Answer):
    """Who is signed in."""

    id: str
    name: str
    kind: Literal["user", "visitor"]
    workspace_id: str
    email: str | None = None
    role: WorkspaceRole | None = None
    permissions: list[str]


class MeChange(Body):
    """What to change of oneself; an address can be set once, by who has none yet."""

    name: PersonName | None = None
    email: Annotated[str, Field(max_length=320)] | None = None


class PasswordChange(Body):
    """A new password, and the one so far if there is one."""

    current_password: Annotated[str, Field(max_length=1000)] | None = None
    password: Annotated[str, Field(max_length=1000)]


class SessionAnswer(Answer):
    """A browser that is signed in."""

    id: str
    agent: str | None
    is_this: bool
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime | None


class SessionList(PagedList):
    """Where one is signed in, newest first."""

    items: list[SessionAnswer]


class NewToken(Body):
    """A token to make."""

    name: Name
    expires_in_days: Annotated[int, Field(ge=1, le=366)] | None = None
    """Without it the token is good until it is ended."""


class TokenAnswer(Answer):
    """A personal token; what it is itself is shown once, when it is made."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None = None
    expires_at: datetime | None = None


class MadeToken(Answer):
    """A new token: `token` is shown this once."""

    id: str
    name: str
    token: str
    expires_at: datetime | None = None


class TokenList(PagedList):
    """One's tokens, newest first."""

    items: list[TokenAnswer]


@api.get("/v1/me")
async def me(*, who: Me) -> MeAnswer:
    """Who is signed in, and what they may do."""
    return me_answer(who)


@api.patch("/v1/me")
async def change(*, body: MeChange, who: Own, services: Use) -> MeAnswer:
    """Take another name, or give oneself the address to sign in with."""
    member = await services.people.members.get(who, who.id)
    if body.email is not None:
        member = await services.people.accounts.set_address(who, body.email)
    if body.name is not None:
        member = await services.people.accounts.rename(who, body.name.strip())
    return me_answer(who).model_copy(update={"name": member.name, "email": member.email})


@api.put("/v1/me/password", status_code=204)
async def change_password(*, body: PasswordChange, who: Own, services: Use) -> None:
    """Set another password; every other session ends."""
    current = None if body.current_password is None else Secret(body.current_password)
    await services.limits.hit_account(who.id)
    await services.people.accounts.change_password(who, current=current, new=Secret(body.password))


@api.get("/v1/me/session")
async def sessions(*, who: Own, services: Use, window: InWindow) -> SessionList:
    """Where one is signed in."""
    found = await services.people.accounts.credentials(who, "session")
    return window.of(SessionList, [_session(row, is_this=row.id == who.credential_id) for row in found])


@api.delete("/v1/me/session", status_code=204)
async def end_other_sessions(*, who: Own, services: Use) -> None:
    """Sign out everywhere but here."""
    await services.people.accounts.end_other_sessions(who)


@api.delete("/v1/me/session/{session_id}", status_code=204)
async def end_session(*, session_id: str, who: Own, services: Use) -> None:
    """Sign out somewhere."""
    await services.people.accounts.end(who, "session", session_id)


@api.post("/v1/me/token", status_code=201)
async def make_token(*, body: NewToken, who: Own, services: Use) -> MadeToken:
    """Make a token that acts as oneself, for `Authorization: Bearer`. It is shown this once."""
    issued = await services.people.accounts.make_token(who, name=body.name.strip(), days=body.expires_in_days)
    token = issued.token.reveal()
    return MadeToken(id=issued.id, name=body.name.strip(), token=token, expires_at=issued.expires_at)


@api.get("/v1/me/token")
async def tokens(*, who: Own, services: Use, window: InWindow) -> TokenList:
    """One's tokens."""
    found = await services.people.accounts.credentials(who, "token")
    return window.of(TokenList, [_token(row) for row in found])


@api.delete("/v1/me/token/{token_id}", status_code=204)
async def end_token(*, token_id: str, who: Own, services: Use) -> None:
    """End a token."""
    await services.people.accounts.end(who, "token", token_id)


def me_answer(who: Principal) -> MeAnswer:
    """Who that is, as clients get it."""
    return MeAnswer(
        id=who.id,
        name=who.name,
        kind="visitor" if who.kind == "visitor" else "user",
        workspace_id=who.workspace_id,
        email=who.email,
        role=who.role,
        permissions=[name for name in PERMISSIONS if who.may(name)],
    )


def _session(row: CredentialRow, *, is_this: bool) -> SessionAnswer:
    return SessionAnswer(
        id=row.id,
        agent=row.name,
        is_this=is_this,
        created_at=row.created_at,
        used_at=row.used_at,
        expires_at=row.expires_at,
    )


def _token(row: CredentialRow) -> TokenAnswer:
    return TokenAnswer(
        id=row.id,
        name=row.name or "",
        created_at=row.created_at,
        used_at=row.used_at,
        expires_at=row.expires_at,
    )
