"""`/v1/workspace/invitation`: asking people in."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from peer_server.access import Principal, WorkspaceRole
from peer_server.services.people.invitations import MOST_AT_ONCE, Invited
from peer_server.stores.invitations import InvitationRow
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body
from peer_server.web.listing import InWindow, PagedList

api = router("workspace")
Manager = Annotated[Principal, needs("people.manage")]


class NewInvitations(Body):
    """Whom to invite."""

    emails: Annotated[list[str], Field(min_length=1, max_length=MOST_AT_ONCE, examples=[["ada@example.com"]])]
    role: WorkspaceRole = "member"


class InvitationAnswer(Answer):
    """An invitation that nobody has accepted yet."""

    id: str
    email: str
    role: WorkspaceRole
    invited_by: str
    created_at: datetime
    expires_at: datetime


class MadeInvitation(InvitationAnswer):
    """A new invitation. `link` is shown this once, and only if no letter has brought it."""

    link: str | None
    sent: bool


class MadeInvitations(Answer):
    """New invitations, one for each address."""

    items: list[MadeInvitation]


class InvitationList(PagedList):
    """Open invitations, newest first."""

    items: list[InvitationAnswer]


@api.post("/v1/workspace/invitation", status_code=201)
async def invite(*, body: NewInvitations, who: Manager, services: Use) -> MadeInvitations:
    """Invite people by their addresses, with one role. Without mail each link is answered, to be handed over."""
    return MadeInvitations(
        items=[_made(one) for one in await services.people.invitations.invite(who, body.emails, body.role)]
    )


@api.get("/v1/workspace/invitation")
async def page(*, who: Manager, services: Use, window: InWindow) -> InvitationList:
    """Invitations that nobody has accepted yet, newest first."""
    return window.of(InvitationList, [_answer(row) for row in await services.people.invitations.list(who)])


@api.post("/v1/workspace/invitation/{invitation_id}/renew", status_code=201)
async def renew(*, invitation_id: str, who: Manager, services: Use) -> MadeInvitation:
    """Invite the same person again; the old link is over."""
    return _made(await services.people.invitations.renew(who, invitation_id))


@api.delete("/v1/workspace/invitation/{invitation_id}", status_code=204)
async def withdraw(*, invitation_id: str, who: Manager, services: Use) -> None:
    """Take an invitation back."""
    await services.people.invitations.withdraw(who, invitation_id)


def _answer(row: InvitationRow) -> InvitationAnswer:
    return InvitationAnswer(
        id=row.id,
        email=row.email,
        role=row.role,
        invited_by=row.invited_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _made(made: Invited) -> MadeInvitation:
    return MadeInvitation(**_answer(made.row).model_dump(), link=made.link, sent=made.is_sent)
