"""`/v1/workspace/retention`, `/file-quota` and `/usage`: how long things are kept, and how much may be stored."""

from typing import Annotated

from pydantic import Field

from peer_server.access import Principal
from peer_server.retention import LONGEST_DAYS, FileQuota, Retention
from peer_server.stores.file_usage import Usage
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body

api = router("workspace")
Reader = Annotated[Principal, needs("workspace.read")]
Editor = Annotated[Principal, needs("workspace.edit")]
Days = Annotated[int, Field(ge=1, le=LONGEST_DAYS)]
Bytes = Annotated[int, Field(ge=0, le=1 << 50)]


class RetentionAnswer(Answer):
    """After how many days what is over goes for good; null is never."""

    conversation_days: int | None
    """Conversations in which nothing has happened for so long."""
    run_days: int | None
    """Runs outside conversations, after their end."""
    deleted_conversation_days: int
    """Conversations that were deleted: how long that can be undone."""
    unused_file_days: int
    """Files that no conversation and no run holds."""
    delivery_days: int | None
    """The log of pushed results, and webhooks that were taken away."""
    credential_days: int
    """Sessions, tokens, links and tickets after their end, and visitors who left nothing."""


class RetentionChange(Body):
    """What to change; what is absent stays, null is for ever."""

    conversation_days: Annotated[Days | None, Field(examples=[365])] = None
    run_days: Annotated[Days | None, Field(examples=[90])] = None
    deleted_conversation_days: Days = 30
    unused_file_days: Days = 1
    delivery_days: Days | None = 90
    credential_days: Days = 30


class FileQuotaAnswer(Answer):
    """How many bytes of files may be stored; null is any number."""

    workspace_bytes: int | None
    """By everybody together."""
    person_bytes: int | None
    """By each person."""
    visitor_bytes: int
    """By each visitor of a public link to a Peer."""


class FileQuotaChange(Body):
    """What to change; what is absent stays, null is any number."""

    workspace_bytes: Annotated[Bytes | None, Field(examples=[50_000_000_000])] = None
    person_bytes: Annotated[Bytes | None, Field(examples=[1_000_000_000])] = None
    visitor_bytes: Bytes = 20 << 20


class Stored(Answer):
    """Files that are stored, those on their way included."""

    count: int
    bytes: int
    limit: int | None
    """How many bytes there may be."""


class StoredByPerson(Answer):
    """What one person has stored."""

    id: str
    name: str
    count: int
    bytes: int


class FileUsageAnswer(Answer):
    """What is stored now, by everybody and by oneself."""

    workspace: Stored
    own: Stored
    people: list[StoredByPerson] | None = None
    """Who has stored most, for admins."""


class UsageAnswer(Answer):
    """What the workspace uses."""

    files: FileUsageAnswer


@api.get("/v1/workspace/retention")
async def retention(*, who: Reader, services: Use) -> RetentionAnswer:
    """How long the workspace keeps conversations, runs, files and the rest."""
    return _retention(await services.retention.policies.retention(who))


@api.patch("/v1/workspace/retention")
async def change_retention(*, body: RetentionChange, who: Editor, services: Use) -> RetentionAnswer:
    """Change how long things are kept. What is older then goes with the next sweep, within about an hour, for good."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    return _retention(await services.retention.policies.change_retention(who, given))


@api.get("/v1/workspace/file-quota")
async def file_quota(*, who: Reader, services: Use) -> FileQuotaAnswer:
    """How many bytes of files may be stored."""
    return _quota(await services.retention.policies.file_quota(who))


@api.patch("/v1/workspace/file-quota")
async def change_file_quota(*, body: FileQuotaChange, who: Editor, services: Use) -> FileQuotaAnswer:
    """Change how much may be stored, from the next upload on. What is over a lower limit stays."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    return _quota(await services.retention.policies.change_file_quota(who, given))


@api.get("/v1/workspace/usage")
async def usage(*, who: Reader, services: Use) -> UsageAnswer:
    """What is stored now, counted, beside what may be."""
    found = await services.retention.policies.usage(who)
    people = None
    if found.people is not None:
        people = [
            StoredByPerson(id=one.id, name=one.name, count=one.usage.count, bytes=one.usage.bytes)
            for one in found.people
        ]
    workspace, own = _stored(found.all, found.quota.workspace_bytes), _stored(found.own, found.own_limit)
    return UsageAnswer(files=FileUsageAnswer(workspace=workspace, own=own, people=people))


def _retention(kept: Retention) -> RetentionAnswer:
    return RetentionAnswer(**kept.as_json())


def _quota(kept: FileQuota) -> FileQuotaAnswer:
    return FileQuotaAnswer(**kept.as_json())


def _stored(found: Usage, limit: int | None) -> Stored:
    return Stored(count=found.count, bytes=found.bytes, limit=limit)
