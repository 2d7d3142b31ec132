"""What is told of versions of flows: lists, differences, and who could reach them."""

from datetime import datetime
from typing import Literal, Self

from flow_runtime.errors import Json
from peer_server.routes.flows import FlowAnswer
from peer_server.services.access.audiences import Offer
from peer_server.stores.flows import FlowVersionRow
from peer_server.web.json_request import Answer


class Share(Answer):
    """One role that somebody had."""

    subject_kind: Literal["user", "group", "workspace"]
    subject_id: str
    name: str | None
    role: str


class Audience(Answer):
    """Who could reach the flow."""

    owner_id: str | None
    visibility: Literal["private", "shared"]
    grants: list[Share]


class VersionAnswer(Answer):
    """A published version."""

    version: int
    published_at: datetime
    published_by: str
    notes: str
    digest: str
    audience: Audience | None = None
    """Who could reach the flow when this was published; told to those who may edit it."""
    definition: dict[str, Json] | None = None


class VersionList(Answer):
    """Versions, newest first, without their definitions."""

    items: list[VersionAnswer]
    next_cursor: str | None


class VersionNumber(Answer):
    """The version that was published or deployed."""

    version: int


class DeployedAnswer(VersionAnswer):
    """What the endpoint serves. To change it, change the draft and deploy again."""

    deployed_at: datetime | None
    deployed_by: str | None
    has_newer_draft: bool
    """Whether the draft differs from it."""
    endpoint_url: str
    """Where programs run it; the same for every version."""


class FieldDiff(Answer):
    """One value that differs; `before` or `after` is absent where there is no value."""

    path: str
    change: Literal["added", "removed", "changed"]
    before: Json = None
    after: Json = None


class StepDiff(Answer):
    """A step that came, went, moved or changed."""

    id: str
    name: str
    type: str
    change: Literal["added", "removed", "changed"]
    path: str
    """Where it stands; for a removed one, where it stood."""
    moved: bool
    """Whether it is in another loop or branch now."""
    fields: list[FieldDiff]


class VersionDiff(Answer):
    """How two states of a flow differ."""

    steps: list[StepDiff]
    fields: list[FieldDiff]
    layout_changed: bool


class AudienceOffer(Answer):
    """Who could reach the flow when the version was published, and who can now."""

    recorded: Audience | None
    current: Audience
    differs: bool
    """Whether restoring again with `restoreAudience` would change who can reach the flow."""

    @classmethod
    def of(cls, offer: Offer) -> Self:
        """The offer as clients get it."""
        return cls.model_validate({"recorded": offer.recorded, "current": offer.current, "differs": offer.differs})


class RestoredAnswer(FlowAnswer):
    """The flow with the restored draft, and the audience that is offered with it."""

    audience: AudienceOffer


def version_answer(row: FlowVersionRow) -> VersionAnswer:
    """A version without its definition."""
    return VersionAnswer(
        version=row.number,
        published_at=row.published_at,
        published_by=row.published_by,
        notes=row.notes,
        digest=row.digest,
        audience=None if row.audience is None else Audience.model_validate(row.audience),
    )
