"""How long things are kept, and how much people may store: the settings of a workspace. Pure data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final, Self

from flow_runtime.errors import Json

LONGEST_DAYS: Final = 36_500
"""A hundred years; longer is for ever, which is None."""


@dataclass(frozen=True, slots=True)
class _Settings:
    """Values that are kept as JSON; a name that is absent there has its default."""

    @classmethod
    def of(cls, kept: Mapping[str, Json] | None) -> Self:
        """The settings as they were kept; names that this version does not know are ignored."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in (kept or {}).items() if name in known})

    def as_json(self) -> dict[str, Json]:
        """To be kept."""
        return asdict(self)

    def changed(self, **values: Any) -> Self:  # noqa: ANN401 - whatever the fields hold
        """The same with these values."""
        return replace(self, **values)


@dataclass(frozen=True, slots=True)
class Retention(_Settings):
    """After how many days what is over goes for good. None is never."""

    conversation_days: int | None = None
    """Conversations in which nothing has happened for so long."""
    run_days: int | None = None
    """Runs outside conversations, after their end."""
    deleted_conversation_days: int = 30
    """Conversations that were deleted: how long that can be undone."""
    unused_file_days: int = 1
    """Files that no conversation and no run holds."""
    delivery_days: int | None = 90
    """The log of pushed results, and webhooks that were taken away."""
    credential_days: int = 30
    """Sessions, tokens, links and tickets after their end, and visitors who left nothing."""


@dataclass(frozen=True, slots=True)
class FileQuota(_Settings):
    """How many bytes of files may be stored. None is any number."""

    workspace_bytes: int | None = None
    """By everybody together."""
    person_bytes: int | None = None
    """By each person."""
    visitor_bytes: int = 20 << 20
    """By each visitor of a public link to a Peer."""
