"""`/v1/credential`: authorization profiles, by which requests of flows sign in elsewhere. Secrets are never shown."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from peer_server.access import Principal
from peer_server.auth_profile import SECRETS, Scheme
from peer_server.routes.answer_parts import Failure, MaskedScheme
from peer_server.secrets import MASK
from peer_server.services.automation.auth_profiles import ProfileSpec
from peer_server.stores.auth_profiles import AuthProfileRow
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body
from peer_server.web.listing import InWindow, PagedList

api = router("credential")
Reader = Annotated[Principal, needs("connection.read")]
Admin = Annotated[Principal, needs("connection.manage")]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$", examples=["Shop"])]
Hosts = Annotated[list[str], Field(min_length=1, max_length=50, examples=[["api.shop.example"]])]
Flows = Literal["all"] | Annotated[list[str], Field(max_length=500)]
Url = Annotated[str, Field(max_length=2000)]


class NewCredential(Body):
    """An authorization profile to make."""

    name: Name
    scheme: Scheme
    hosts: Hosts
    """Where it may be sent: `host` (ports 80 and 443), `host:port` or `host:*`."""
    flows: Flows = []  # noqa: RUF012 - pydantic copies it
    """The flows that may use it, or `all`. None, unless you name them."""
    description: Annotated[str, Field(max_length=2000)] = ""
    test_url: Url = ""
    """What a test reads: a URL of one of the hosts that answers 200 to those who are signed in."""


class CredentialChange(Body):
    """What is to be different; fields that are left out stay. A scheme is replaced whole, with its secret."""

    name: Name = ""
    scheme: Scheme | None = None
    hosts: Hosts = []  # noqa: RUF012 - pydantic copies it
    flows: Flows = []  # noqa: RUF012 - as above
    description: Annotated[str, Field(max_length=2000)] = ""
    test_url: Url = ""

    def changes(self) -> dict[str, Any]:
        """The fields that were sent."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: value for name, value in sent.items() if value is not None}


class ProfileTrial(Body):
    """How to try it."""

    url: Url | None = None
    """A URL of one of its hosts; without it the profile's own."""


class CredentialAnswer(Answer):
    """A profile; what is secret in its scheme is masked."""

    id: str
    name: str
    description: str
    scheme: MaskedScheme
    hosts: list[str]
    flows: Literal["all"] | list[str]
    test_url: str
    status: Literal["untested", "ok", "failing"]
    """How the last test or use went; `failing` until one goes well."""
    error: Failure | None
    checked_at: datetime | None
    created_at: datetime
    updated_at: datetime


class CredentialList(PagedList):
    """All profiles, by name."""

    items: list[CredentialAnswer]


class ProfileTrialAnswer(Answer):
    """What a test found."""

    ok: bool
    message: str
    status: int | None
    """What the URL answered, if it was asked."""
    tested_at: datetime


@api.post("/v1/credential", status_code=201)
async def create(*, body: NewCredential, who: Admin, services: Use) -> CredentialAnswer:
    """Make an authorization profile."""
    return _answer(await services.automation.auth_profiles.create(who, ProfileSpec(**dict(body))))


@api.get("/v1/credential")
async def list_all(*, who: Reader, services: Use, window: InWindow) -> CredentialList:
    """All authorization profiles of the workspace."""
    return window.of(CredentialList, [_answer(row) for row in await services.automation.auth_profiles.all(who)])


@api.get("/v1/credential/{credential_id}")
async def get(*, credential_id: str, who: Reader, services: Use) -> CredentialAnswer:
    """One authorization profile."""
    return _answer(await services.automation.auth_profiles.get(who, credential_id))


@api.patch("/v1/credential/{credential_id}")
async def change(*, credential_id: str, body: CredentialChange, who: Admin, services: Use) -> CredentialAnswer:
    """Change it; another scheme counts from the next request on."""
    return _answer(await services.automation.auth_profiles.change(who, credential_id, body.changes()))


@api.delete("/v1/credential/{credential_id}", status_code=204)
async def delete(*, credential_id: str, who: Admin, services: Use) -> None:
    """Remove it; steps that name it fail from now on."""
    await services.automation.auth_profiles.delete(who, credential_id)


@api.post("/v1/credential/{credential_id}/test")
async def try_out(
    *, credential_id: str, who: Admin, services: Use, body: ProfileTrial | None = None
) -> ProfileTrialAnswer:
    """Try it, and keep how it went."""
    found = await services.automation.auth_profiles.test(who, credential_id, url=body.url if body else None)
    return ProfileTrialAnswer(ok=found.is_ok, message=found.message, status=found.status, tested_at=found.tested_at)


def _answer(row: AuthProfileRow) -> CredentialAnswer:
    names = set(CredentialAnswer.model_fields) & set(row.__slots__)
    fields = {name: getattr(row, name) for name in names}
    kinds = {"apiKey": "value", "basic": "password", "oauth2": "clientSecret"}
    masked = dict.fromkeys(SECRETS & {kinds[str(row.scheme["kind"])]}, MASK)
    return CredentialAnswer(**{**fields, "scheme": {**row.scheme, **masked}})
