"""`/v1/workspace`: what the workspace is called, and the people in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from peer_server.access import SWITCHES, Principal, Switch, WorkspaceRole
from peer_server.person_name import PersonName
from peer_server.services.people.members import MemberChange
from peer_server.stores.identity import WorkspaceRow
from peer_server.stores.people import MemberRow, Membership
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body, Cursor, Limit

api = router("workspace")
WorkspaceReader = Annotated[Principal, needs("workspace.read")]
WorkspaceEditor = Annotated[Principal, needs("workspace.edit")]
Reader = Annotated[Principal, needs("people.read")]
Manager = Annotated[Principal, needs("people.manage")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class WorkspaceAnswer(Answer):
    """A workspace."""

    id: str
    name: str
    created_at: datetime


class WorkspaceChange(Body):
    """What to change of it."""

    name: Name


class MemberGroup(Answer):
    """A group that somebody is in."""

    id: str
    name: str


class MemberAnswer(Answer):
    """A person in the workspace."""

    id: str
    name: str
    email: str | None
    role: WorkspaceRole
    switches: list[Switch]
    """Which of share, publish and schedule they may do; admins and owners may all of them."""
    disabled: bool
    created_at: datetime
    groups: list[MemberGroup]


class MemberPage(Answer):
    """A page of members."""

    items: list[MemberAnswer]
    next_cursor: str | None = None


class MemberPatch(Body):
    """What to change of a member; what is absent stays."""

    name: PersonName | None = None
    role: WorkspaceRole | None = None
    switches: Annotated[list[Switch], Field(max_length=len(SWITCHES))] | None = None
    """Exactly these they may do from now on."""
    disabled: bool | None = None
    """Locked out: no session, token or password of theirs is good any more."""


class ResetLinkAnswer(Answer):
    """A link for somebody, unless a letter has brought it to them."""

    link: str | None
    sent: bool


@api.get("/v1/workspace")
async def workspace(*, who: WorkspaceReader, services: Use) -> WorkspaceAnswer:
    """The workspace that one is in."""
    return _workspace(await services.people.members.workspace(who))


@api.patch("/v1/workspace")
async def rename_workspace(*, body: WorkspaceChange, who: WorkspaceEditor, services: Use) -> WorkspaceAnswer:
    """Give the workspace another name."""
    return _workspace(await services.people.members.rename_workspace(who, body.name.strip()))


@api.get("/v1/workspace/member")
async def page(
    *,
    who: Reader,
    services: Use,
    search: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> MemberPage:
    """The people of the workspace, newest first."""
    found = await services.people.members.page(who, search=search, cursor=cursor, limit=limit)
    groups = await services.people.members.groups_of([row.id for row in found.items])
    return MemberPage(items=[_member(row, groups[row.id]) for row in found.items], next_cursor=found.next_cursor)


@api.get("/v1/workspace/member/{user_id}")
async def get(*, user_id: str, who: Reader, services: Use) -> MemberAnswer:
    """One person."""
    row = await services.people.members.get(who, user_id)
    return _member(row, (await services.people.members.groups_of([row.id]))[row.id])


@api.patch("/v1/workspace/member/{user_id}")
async def change(*, user_id: str, body: MemberPatch, who: Manager, services: Use) -> MemberAnswer:
    """Change somebody's name, role or switches, or lock them out. It counts from their next request on."""
    wanted = MemberChange(
        name=body.name and body.name.strip(), role=body.role, switches=body.switches, disabled=body.disabled
    )
    row = await services.people.members.change(who, user_id, wanted)
    return _member(row, (await services.people.members.groups_of([row.id]))[row.id])


@api.delete("/v1/workspace/member/{user_id}", status_code=204)
async def remove(
    *,
    user_id: str,
    who: Manager,
    services: Use,
    heir_id: Annotated[str | None, Query(alias="heirId", description="Who gets what they own.")] = None,
) -> None:
    """Take somebody out of the workspace. What they own goes to the heir, or to the first owner."""
    await services.people.members.remove(who, user_id, heir_id=heir_id)


@api.post("/v1/workspace/member/{user_id}/reset", status_code=201)
async def reset(*, user_id: str, who: Manager, services: Use) -> ResetLinkAnswer:
    """Send somebody a link to set a new password; without mail it is answered, to be handed over."""
    member, issued = await services.people.members.reset_password(who, user_id)
    link = await services.people.accounts.send_reset(member, issued)
    return ResetLinkAnswer(link=link, sent=link is None)


def _workspace(row: WorkspaceRow) -> WorkspaceAnswer:
    return WorkspaceAnswer(id=row.id, name=row.name, created_at=row.created_at)


def _member(row: MemberRow, groups: Sequence[Membership]) -> MemberAnswer:
    has_all = row.switches is None or row.role != "member"
    return MemberAnswer(
        id=row.id,
        name=row.name,
        email=row.email,
        role=row.role,
        switches=sorted(SWITCHES if has_all else row.switches or ()),
        disabled=row.disabled_at is not None,
        created_at=row.created_at,
        groups=[MemberGroup(id=one.group_id, name=one.group_name) for one in groups],
    )
