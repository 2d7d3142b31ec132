"""The base of everything on the wire, and the parts that commands, events and frames share."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from flow_runtime.json_limits import LARGEST_NUMBER
from peer_server.documented import DocumentedModel

Json = Any
"""A JSON value."""


class WireModel(DocumentedModel, BaseModel):
    """Base of all frames and their parts: camelCase, closed, immutable."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        defer_build=True,  # Most frames are never made in one process; a start should not pay for them.
    )


class TextPart(WireModel):
    """Text that a person or a model wrote."""

    type: Literal["text"]
    text: Annotated[str, Field(max_length=200_000)]


class FilePart(WireModel):
    """A file uploaded before, by its server-made id; name, mime and size are filled in by the server."""

    type: Literal["file"]
    file_id: str
    name: str | None = None
    mime: str | None = None
    size: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)] | None = None


Part = Annotated[TextPart | FilePart, Field(discriminator="type")]


class Actor(WireModel):
    """Who wrote, asked or decided; set by the server."""

    kind: Literal["user", "peer", "flow", "visitor", "system"]
    id: str
    name: str


ReportReason = Literal["harmful", "wrong", "private", "unwanted", "other"]
"""Why an answer is reported: it may hurt somebody, is not true, tells what it must not, or was not asked for."""


class Origin(WireModel):
    """What a turn or message came from when no person wrote it: the run whose outcome is being told."""

    run_id: str
    tool_call_id: str | None = None
    message_id: str | None = None
    interrupt_id: str | None = None


class Usage(WireModel):
    """Tokens of one or more model calls."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class Problem(WireModel):
    """What went wrong, in words for people, with a stable code for programs."""

    code: str
    message: str
    remedy: str | None = None
    details: Json | None = None


class Citation(WireModel):
    """A passage that an answer rests on. `number` is what the text calls it: ``[1]``."""

    number: int
    text: str
    source: str
    document: str
    document_id: str
    file_id: str
    place: str | None = None
    """The headings above it, or its page or rows."""
