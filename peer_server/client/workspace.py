"""What programs do with the workspace: who is in it, who is invited, and which keys there are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from peer_server.client.exchange import Json, Listing, Operation, Request, ask
from peer_server.client.paging import every
from peer_server.client.records import ApiKey, AuditRecord, Invitation, Member
from peer_server.client.resource import D, Resource, listing, operation


class Keys(Resource[D]):
    """API keys of one flow, or without a `flow_id` of the whole workspace."""

    @listing
    def list(self, flow_id: str | None = None) -> Listing[ApiKey]:
        """The keys, newest first."""
        return every(_place(flow_id), ApiKey, query={})

    @operation
    def create(
        self,
        name: str,
        *,
        flow_id: str | None = None,
        scopes: Sequence[str] | None = None,
        expires_at: datetime | None = None,
    ) -> Operation[ApiKey]:
        """Make a key; only this answer holds it."""
        body: dict[str, Json] = {"name": name}
        if scopes is not None:
            body["scopes"] = list(scopes)
        if expires_at is not None:
            body["expiresAt"] = expires_at.isoformat()
        reply = yield from ask(Request("POST", _place(flow_id), body=body))
        return ApiKey.model_validate(reply.json())

    @operation
    def delete(self, key_id: str, *, flow_id: str | None = None) -> Operation[None]:
        """Withdraw a key."""
        yield from ask(Request("DELETE", f"{_place(flow_id)}/{key_id}"))


class Audit(Resource[D]):
    """The audit log of one flow, or without a `flow_id` of the whole workspace.

    A filter is `field:is:value` or `field:isNot:value`; all of them must hold, or with `match="any"` one. Without
    `since` it is the last 30 days.
    """

    @listing
    def list(
        self,
        flow_id: str | None = None,
        *,
        filters: Sequence[str] = (),
        match: Literal["all", "any"] = "all",
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Listing[AuditRecord]:
        """The records, newest first."""
        query = _wanted(filters, match=match, since=since, until=until)
        return every(f"{_of(flow_id)}/audit", AuditRecord, query=query)

    @operation
    def export(
        self,
        flow_id: str | None = None,
        *,
        filters: Sequence[str] = (),
        match: Literal["all", "any"] = "all",
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Operation[bytes]:
        """The records as CSV; that they were taken out is recorded too."""
        query = _wanted(filters, match=match, since=since, until=until)
        return (yield from ask(Request("GET", f"{_of(flow_id)}/audit/export", query))).content


class People(Resource[D]):
    """Members of the workspace, and whom it has invited."""

    @listing
    def list(self, *, search: str = "") -> Listing[Member]:
        """The members, newest first."""
        return every("/v1/workspace/member", Member, query={"search": search})

    @operation
    def invite(self, emails: Sequence[str], *, role: str = "member") -> Operation[Sequence[Invitation]]:
        """Invite these addresses with one role; each `link` is to be handed over unless a letter brought it."""
        body = {"emails": list(emails), "role": role}
        reply = yield from ask(Request("POST", "/v1/workspace/invitation", body=body))
        return [Invitation.model_validate(item) for item in reply.json()["items"]]

    @listing
    def invitations(self) -> Listing[Invitation]:
        """Who has not accepted yet."""
        return every("/v1/workspace/invitation", Invitation, query={})

    @operation
    def remove(self, user_id: str, *, heir_id: str | None = None) -> Operation[None]:
        """Take somebody out; what they own goes to the heir, or to the first owner."""
        yield from ask(Request("DELETE", f"/v1/workspace/member/{user_id}", {"heirId": heir_id}))


def _place(flow_id: str | None) -> str:
    return f"{_of(flow_id)}/api-key"


def _of(flow_id: str | None) -> str:
    return "/v1/workspace" if flow_id is None else f"/v1/flow/{flow_id}"


def _wanted(filters: Sequence[str], *, match: str, since: datetime | None, until: datetime | None) -> dict[str, Json]:
    times = {"from": since and since.isoformat(), "to": until and until.isoformat()}
    return {"filter": [*filters], "match": match, **times}
