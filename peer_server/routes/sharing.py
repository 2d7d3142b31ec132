"""`/v1/flow/:id/grant`, `/v1/peer/:id/grant`: who may reach a flow or Peer as what, and whose it is."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Path
from pydantic import Field, model_validator

from peer_server.access import Principal, Role
from peer_server.services.access.sharing import Share, Visibility
from peer_server.stores.grants import ObjectKind, SubjectKind
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body

Email = Annotated[str, Field(min_length=3, max_length=320)]


class NewGrant(Body):
    """A role for somebody."""

    subject_kind: SubjectKind = "user"
    subject_id: str | None = None
    """The id of a person or group; not needed for the workspace."""
    email: Email | None = None
    """Names a person by their address instead."""
    role: Role

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        named = (self.subject_id is not None) + (self.email is not None)
        if self.email is not None and self.subject_kind != "user":
            raise ValueError("only a person has an email")
        if named > 1 or (named == 0 and self.subject_kind != "workspace"):
            raise ValueError("name the subject by subjectId, or a person by email")
        return self


class NewGrants(Body):
    """Roles to give, all or none."""

    grants: Annotated[
        list[NewGrant],
        Field(min_length=1, max_length=200, examples=[[{"email": "ada@example.com", "role": "runner"}]]),
    ]


class InvitationBody(Body):
    """Members to invite by their addresses, with one role."""

    emails: Annotated[list[Email], Field(min_length=1, max_length=100, examples=[["ada@example.com"]])]
    role: Role


class NewOwner(Body):
    """Who gets it."""

    user_id: str
    keep_role: Role | None = None
    """What the owner so far still is to it afterwards; nothing if it is absent."""


class GrantAnswer(Answer):
    """A role of somebody."""

    subject_kind: SubjectKind
    subject_id: str
    name: str | None
    """None for the workspace."""
    role: Role


class AudienceAnswer(Answer):
    """Who may reach it."""

    owner_id: str | None
    visibility: Visibility
    grants: list[GrantAnswer]


def sharing_routes(kind: ObjectKind, *, word: Literal["flow", "Peer"]) -> APIRouter:
    """The same routes for flows and for Peers."""
    api = router(kind)
    here, its_id = f"/v1/{kind}/{{{kind}_id}}", Path(alias=f"{kind}_id")
    editor, sharer = needs(f"{kind}.edit"), needs(f"{kind}.share")

    @api.get(f"{here}/grant", summary=f"Who may reach the {word}")
    async def look(*, id: Annotated[str, its_id], who: Annotated[Principal, editor], services: Use) -> AudienceAnswer:
        """Its owner, and every role that people, groups or the workspace have."""
        return AudienceAnswer.model_validate(await services.people.sharing.look(who, kind, id))

    @api.put(f"{here}/grant", summary=f"Share the {word}")
    async def give(
        *, id: Annotated[str, its_id], body: NewGrants, who: Annotated[Principal, sharer], services: Use
    ) -> AudienceAnswer:
        """Give roles, all or none; who has one already gets this one instead. It counts from their next request on."""
        shares = [
            Share(one.subject_kind, one.role, one.subject_id, one.email, f"/grants/{index}/email")
            for index, one in enumerate(body.grants)
        ]
        return AudienceAnswer.model_validate(await services.people.sharing.give(who, kind, id, shares=shares))

    @api.post(f"{here}/invitation", status_code=201, summary=f"Invite members to the {word}")
    async def invite(
        *, id: Annotated[str, its_id], body: InvitationBody, who: Annotated[Principal, sharer], services: Use
    ) -> AudienceAnswer:
        """Give members, named by their addresses, one role, and tell them by mail where that is set up.

        An address that belongs to no member of the workspace is refused, and then nobody is invited.
        """
        shares = [
            Share("user", body.role, email=email, path=f"/emails/{index}") for index, email in enumerate(body.emails)
        ]
        return AudienceAnswer.model_validate(await services.people.sharing.give(who, kind, id, shares=shares))

    @api.delete(f"{here}/grant/{{subject_kind}}/{{subject_id}}", status_code=204, summary="Take a role away")
    async def take(
        *,
        id: Annotated[str, its_id],
        subject_kind: SubjectKind,
        subject_id: str,
        who: Annotated[Principal, sharer],
        services: Use,
    ) -> None:
        """Take a role away; it counts from their next request on."""
        sharing = services.people.sharing
        await sharing.take(who, kind, id, subject_kind=subject_kind, subject_id=subject_id)

    _add_owner_route(api, kind, word=word)
    return api


def _add_owner_route(api: APIRouter, kind: ObjectKind, *, word: str) -> None:
    here, its_id, deleter = f"/v1/{kind}/{{{kind}_id}}", Path(alias=f"{kind}_id"), needs(f"{kind}.delete")

    @api.post(f"{here}/owner", summary=f"Hand the {word} to another owner")
    async def hand_over(
        *, id: Annotated[str, its_id], body: NewOwner, who: Annotated[Principal, deleter], services: Use
    ) -> AudienceAnswer:
        """Give it to another member; the owner so far keeps the role that is named, or none."""
        keep, user_id = body.keep_role, body.user_id
        return AudienceAnswer.model_validate(
            await services.people.sharing.hand_over(who, kind, id, user_id=user_id, keep=keep)
        )


FLOW_ROUTES, PEER_ROUTES = sharing_routes("flow", word="flow"), sharing_routes("peer", word="Peer")
