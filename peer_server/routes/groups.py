"""`/v1/workspace/group`: groups of people."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from peer_server.access import Principal
from peer_server.services.people.groups import Members
from peer_server.stores.groups import GroupRow
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body
from peer_server.web.listing import InWindow, PagedList

api = router("workspace")
Reader = Annotated[Principal, needs("people.read")]
Manager = Annotated[Principal, needs("people.manage")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^:]*\S[^:]*$")]
"""Without a colon, so that `group:<name>` reads one way."""


class NewGroup(Body):
    """A group to make."""

    name: Name
    members: Annotated[list[str], Field(default_factory=list, max_length=1000)]
    """Ids of people."""


class GroupChange(Body):
    """What to change of a group."""

    name: Name


class GroupMember(Answer):
    """Somebody in a group."""

    id: str
    name: str
    email: str | None


class GroupAnswer(Answer):
    """A group and who is in it."""

    id: str
    name: str
    created_at: datetime
    members: list[GroupMember]


class GroupList(PagedList):
    """Groups by name."""

    items: list[GroupAnswer]


@api.get("/v1/workspace/group")
async def page(*, who: Reader, services: Use, window: InWindow) -> GroupList:
    """All groups."""
    found, members = await services.people.groups.list(who)
    return window.of(GroupList, [_answer(group, members[group.id]) for group in found])


@api.post("/v1/workspace/group", status_code=201)
async def create(*, body: NewGroup, who: Manager, services: Use) -> GroupAnswer:
    """Make a group."""
    return _answer(*await services.people.groups.create(who, body.name.strip(), body.members))


@api.get("/v1/workspace/group/{group_id}")
async def get(*, group_id: str, who: Reader, services: Use) -> GroupAnswer:
    """One group."""
    return _answer(*await services.people.groups.get(who, group_id))


@api.patch("/v1/workspace/group/{group_id}")
async def rename(*, group_id: str, body: GroupChange, who: Manager, services: Use) -> GroupAnswer:
    """Give a group another name."""
    return _answer(*await services.people.groups.rename(who, group_id, body.name.strip()))


@api.delete("/v1/workspace/group/{group_id}", status_code=204)
async def delete(*, group_id: str, who: Manager, services: Use) -> None:
    """Take a group away, with every right that it gave."""
    await services.people.groups.delete(who, group_id)


@api.put("/v1/workspace/group/{group_id}/member/{user_id}", status_code=204)
async def add(*, group_id: str, user_id: str, who: Manager, services: Use) -> None:
    """Put somebody into a group."""
    await services.people.groups.add(who, group_id, user_id)


@api.delete("/v1/workspace/group/{group_id}/member/{user_id}", status_code=204)
async def take_out(*, group_id: str, user_id: str, who: Manager, services: Use) -> None:
    """Take somebody out of a group."""
    await services.people.groups.take_out(who, group_id, user_id)


def _answer(group: GroupRow, members: Members) -> GroupAnswer:
    people = [GroupMember(id=user_id, name=name, email=email) for user_id, name, email in members]
    return GroupAnswer(id=group.id, name=group.name, created_at=group.created_at, members=people)
