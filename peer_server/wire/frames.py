"""What the server sends: durable events in their frame, answers to commands, and what may be lost."""

from typing import Annotated, Literal

from pydantic import Field

from peer_server.wire.events import AnyEvent
from peer_server.wire.parts import Actor, Json, WireModel


class EventFrame(WireModel):
    """One durable event: `seq` has no gaps in its conversation."""

    type: Literal["event"] = "event"
    conversation_id: str
    seq: int
    at: str
    event: AnyEvent


class Ack(WireModel):
    """The command was done and is on disk. Only the fields that the command answers with are present."""

    type: Literal["ack"] = "ack"
    id: str
    session_id: str | None = None
    user: Actor | None = None
    conversation_id: str | None = None
    epoch: str | None = None
    last_seq: int | None = None
    message_id: str | None = None
    turn_id: str | None = None
    run_id: str | None = None
    interrupt_id: str | None = None
    status: str | None = None
    resolution: Json | None = None
    lease: str | None = None
    rev: int | None = None


class CommandError(WireModel):
    """The command was not done; the socket lives on. `id` is absent only if the frame had none that could be read."""

    type: Literal["error"] = "error"
    id: str | None = None
    code: str
    message: str
    remedy: str | None = None
    details: Json | None = None


class MessageDelta(WireModel):
    """More text of a streaming message, from `offset` on (UTF-16 units of the whole text). May be merged or lost."""

    type: Literal["message.delta"] = "message.delta"
    conversation_id: str
    message_id: str
    offset: int
    delta: str


class DraftState(WireModel):
    """A half-typed form as the server keeps it."""

    interrupt_id: str
    values: dict[str, Json]
    rev: int
    page: int | None = None


class StreamState(WireModel):
    """A message in flight: its text so far."""

    message_id: str
    text: str


class Snapshot(WireModel):
    """Live state that is in no event: sent once after `conversation.open`, when the replayed events are through."""

    type: Literal["snapshot"] = "snapshot"
    conversation_id: str
    last_seq: int
    drafts: list[DraftState] = []
    streaming: list[StreamState] = []


class DraftSaved(WireModel):
    """Another socket saved a draft of an open form."""

    type: Literal["form.drafted"] = "form.drafted"
    conversation_id: str
    draft: DraftState


class ClientToolReleased(WireModel):
    """The lease of a client tool call is free again: whoever offers the tool may claim it."""

    type: Literal["clientTool.released"] = "clientTool.released"
    conversation_id: str
    interrupt_id: str


class Reset(WireModel):
    """This history cannot be continued: forget it, and take everything from the start under the new epoch."""

    type: Literal["reset"] = "reset"
    conversation_id: str
    epoch: str


class Presence(WireModel):
    """Who has the conversation open now."""

    type: Literal["presence"] = "presence"
    conversation_id: str
    actors: list[Actor]


class TypingNotice(WireModel):
    """Somebody else is typing."""

    type: Literal["typing"] = "typing"
    conversation_id: str
    actor: Actor


class InboxUpdated(WireModel):
    """How many requests wait for this person, over all conversations."""

    type: Literal["inbox.updated"] = "inbox.updated"
    open: int


AnyServerFrame = Annotated[
    EventFrame
    | Ack
    | CommandError
    | MessageDelta
    | Snapshot
    | DraftSaved
    | ClientToolReleased
    | Reset
    | Presence
    | TypingNotice
    | InboxUpdated,
    Field(discriminator="type"),
]
