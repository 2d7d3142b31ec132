"""The conversation protocol: every frame of `/v1/ws`, and nothing else. TypeScript and the reference are made from it.

Frames are JSON text. A client sends `Command` frames, each with an `id` of its own making, and gets one `Ack` or one
`CommandError` for each. The server sends durable `EventFrame`s (gap-free `seq` per conversation) and ephemeral frames
that may be lost without harm. Optional fields are absent, never null. Offsets are in UTF-16 code units, times in
RFC 3339 UTC, identifiers opaque strings.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from pydantic.alias_generators import to_camel

from flow_runtime.json_limits import LARGEST_NUMBER
from peer_server.documented import DocumentedModel

Json = Any
"""A JSON value."""

SUBPROTOCOL = "peer-server.v1"
MAX_FRAME_BYTES = 1 << 20


class WireModel(DocumentedModel, BaseModel):
    """Base of all frames and their parts: camelCase, closed, immutable."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        defer_build=True,  # Most frames are never made in one process; a start should not pay for them.
    )


# --- shared parts -----------------------------------------------------------------------------------------------------


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


# --- commands: client → server ----------------------------------------------------------------------------------------


class ClientTool(WireModel):
    """A tool that this browser can execute; its name alone, or the form of a function in OpenAI's API, means the same.

    A flow calls it with the parameters that the flow says; those given here are not looked at.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$")]
    description: str | None = None
    parameters: dict[str, Json] | None = None

    @model_validator(mode="before")
    @classmethod
    def _in_other_forms(cls, value: Json) -> Json:
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, Mapping) and value.get("type") == "function" and isinstance(value.get("function"), dict):
            return value["function"]
        return value


class Command(WireModel):
    """Base of all commands."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    """Made by the client; the answer carries it."""


class Hello(Command):
    """Signs the socket in; must be the first frame. Exactly one of `ticket` (browsers) and `token`."""

    type: Literal["hello"]
    ticket: str | None = None
    token: str | None = None
    client_tools: list[ClientTool] = []
    locale: str | None = None
    time_zone: str | None = None


class ConversationOpen(Command):
    """Subscribes to a conversation, or starts one with a Peer; every event after `after_seq` follows in order."""

    type: Literal["conversation.open"]
    conversation_id: str | None = None
    peer_id: str | None = None
    preview: bool = False
    after_seq: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)] = 0
    epoch: str | None = None


class ConversationClose(Command):
    """Unsubscribes this socket from a conversation."""

    type: Literal["conversation.close"]
    conversation_id: str


class MessageSend(Command):
    """Sends a message. The same `client_message_id` again is the same message. While a turn runs it is queued."""

    type: Literal["message.send"]
    conversation_id: str
    client_message_id: Annotated[str, Field(min_length=1, max_length=64)]
    content: str | list[Part]
    parent_id: str | None = None


class MessageEdit(Command):
    """Changes a queued message in place, or answers a sent one anew: a sibling branch with a turn of its own."""

    type: Literal["message.edit"]
    conversation_id: str
    message_id: str
    client_message_id: Annotated[str, Field(min_length=1, max_length=64)]
    content: str | list[Part]


class MessageWithdraw(Command):
    """Takes a queued message back."""

    type: Literal["message.withdraw"]
    conversation_id: str
    message_id: str


class MessageRegenerate(Command):
    """Answers the same user message again, as a sibling of the given assistant message."""

    type: Literal["message.regenerate"]
    conversation_id: str
    message_id: str


class MessageFeedback(Command):
    """Says whether an answer was good; null takes it back."""

    type: Literal["message.feedback"]
    conversation_id: str
    message_id: str
    value: Literal["up", "down"] | None = None
    reason: Annotated[str, Field(max_length=2000)] | None = None


class MessageReport(Command):
    """Tells those who answer for the Peer that something is wrong with an answer of it; again replaces what was told.

    They read the words of the answer, the reason and the comment; nothing else of the conversation.
    """

    type: Literal["message.report"]
    conversation_id: str
    message_id: str
    reason: ReportReason
    comment: Annotated[str, Field(max_length=2000)] | None = None


class BranchSelect(Command):
    """Shows the branch that ends in this message."""

    type: Literal["branch.select"]
    conversation_id: str
    message_id: str


class ActionRun(Command):
    """Runs a flow that is attached as an action."""

    type: Literal["action.run"]
    conversation_id: str
    attachment_id: str
    inputs: dict[str, Json] = {}


class TurnStop(Command):
    """Stops the running turn: the model stream and its cancellable steps; what was written stays."""

    type: Literal["turn.stop"]
    conversation_id: str


class TurnSteer(Command):
    """Stops the running turn and answers this queued message next."""

    type: Literal["turn.steer"]
    conversation_id: str
    message_id: str


class InterruptResume(Command):
    """Answers an interrupt; `resolution` is the REST resume body. First decision wins."""

    type: Literal["interrupt.resume"]
    interrupt_id: str
    resolution: dict[str, Json]


class InterruptWithdraw(Command):
    """Takes the request back: the interrupt is cancelled and its run with it."""

    type: Literal["interrupt.withdraw"]
    interrupt_id: str


class FormDraft(Command):
    """Saves half-typed values of a form; `rev` is the last one this client has seen, a stale one gets `stale_draft`."""

    type: Literal["form.draft"]
    interrupt_id: str
    values: dict[str, Json]
    rev: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
    page: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)] | None = None


class WidgetAction(Command):
    """Something was done in a widget; `rev` is the state revision that the person saw."""

    type: Literal["widget.action"]
    message_widget_id: str
    name: str
    payload: Json = None
    rev: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]


class ClientToolClaim(Command):
    """Asks for the lease of a client tool call; one socket gets it, the others get `lease_held`."""

    type: Literal["clientTool.claim"]
    interrupt_id: str


class ClientToolResult(Command):
    """Answers a client tool call under a lease; `tool_result` is {executionId, success, output, error?}."""

    type: Literal["clientTool.result"]
    interrupt_id: str
    lease: str
    tool_result: dict[str, Json]


class Typing(Command):
    """Says that somebody is typing; told to the others, kept nowhere."""

    type: Literal["typing"]
    conversation_id: str


class Ping(Command):
    """Asks for an ack, to keep the way open."""

    type: Literal["ping"]


AnyCommand = Annotated[
    Hello
    | ConversationOpen
    | ConversationClose
    | MessageSend
    | MessageEdit
    | MessageWithdraw
    | MessageRegenerate
    | MessageFeedback
    | MessageReport
    | BranchSelect
    | ActionRun
    | TurnStop
    | TurnSteer
    | InterruptResume
    | InterruptWithdraw
    | FormDraft
    | WidgetAction
    | ClientToolClaim
    | ClientToolResult
    | Typing
    | Ping,
    Field(discriminator="type"),
]


# --- durable events ---------------------------------------------------------------------------------------------------


class MessageCreated(WireModel):
    """A message exists. A person's is whole at once (or `queued`); a Peer's starts `streaming` and has no text yet."""

    type: Literal["message.created"] = "message.created"
    message_id: str
    parent_id: str | None = None
    role: Literal["user", "assistant"]
    author: Actor
    status: Literal["queued", "completed", "streaming"]
    parts: list[Part] = []
    turn_id: str | None = None
    client_message_id: str | None = None
    source: Literal["person", "model", "scripted", "flow"]
    model: str | None = None
    origin: Origin | None = None


class MessageCompleted(WireModel):
    """An assistant message is whole, or stopped or failed with what was written so far."""

    type: Literal["message.completed"] = "message.completed"
    message_id: str
    status: Literal["completed", "stopped", "failed"]
    text: str
    usage: Usage | None = None
    error: Problem | None = None
    citations: list[Citation] | None = None


class MessageChanged(WireModel):
    """A queued message was edited, or left the queue."""

    type: Literal["message.changed"] = "message.changed"
    message_id: str
    status: Literal["queued", "completed"]
    parts: list[Part] | None = None
    parent_id: str | None = None


class MessageRemoved(WireModel):
    """A queued message was taken back."""

    type: Literal["message.removed"] = "message.removed"
    message_id: str


class FeedbackGiven(WireModel):
    """Somebody judged an answer; without `value` the judgement was taken back."""

    type: Literal["message.feedback"] = "message.feedback"
    message_id: str
    value: Literal["up", "down"] | None = None
    reason: str | None = None


class MessageReported(WireModel):
    """Somebody reported an answer to those who answer for the Peer; what they wrote is not told here."""

    type: Literal["message.reported"] = "message.reported"
    message_id: str
    reason: ReportReason
    by: Actor


class BranchSelected(WireModel):
    """The shown branch now ends in this message (or in the newest message below it)."""

    type: Literal["branch.selected"] = "branch.selected"
    message_id: str


class TurnStarted(WireModel):
    """The Peer works on something: a message, an action, or the outcome of a run that was waiting."""

    type: Literal["turn.started"] = "turn.started"
    turn_id: str
    reason: Literal["message", "action", "outcome", "regenerate"]
    message_id: str | None = None
    origin: Origin | None = None


class TurnFinished(WireModel):
    """The turn is over."""

    type: Literal["turn.finished"] = "turn.finished"
    turn_id: str
    status: Literal["completed", "stopped", "failed"]
    error: Problem | None = None


class ToolStarted(WireModel):
    """A tool call began; drawn from run records, never from model text. Secrets in `arguments` are masked."""

    type: Literal["tool.started"] = "tool.started"
    tool_call_id: str
    message_id: str
    turn_id: str
    tool_name: str
    title: str
    arguments: Json
    flow_id: str | None = None
    version: int | None = None
    run_id: str | None = None


class ToolFinished(WireModel):
    """What the model was told of the call. `waiting`: the run goes on and its outcome will come later."""

    type: Literal["tool.finished"] = "tool.finished"
    tool_call_id: str
    message_id: str
    status: Literal["ok", "error", "waiting", "stopped"]
    result: Json = None
    duration_ms: int | None = None


class RunStep(WireModel):
    """The step that a run last touched."""

    key: str
    step_id: str
    name: str
    type: str
    status: Literal["started", "waiting", "done", "failed"]


class RunUpdated(WireModel):
    """A run that belongs to this conversation moved on."""

    type: Literal["run.updated"] = "run.updated"
    run_id: str
    root_run_id: str
    flow_id: str | None = None
    flow_name: str
    version: int | None = None
    status: Literal["queued", "running", "waiting", "completed", "failed", "cancelled", "timed_out"]
    message_id: str | None = None
    tool_call_id: str | None = None
    steps_done: int = 0
    step: RunStep | None = None
    output: Json = None
    error: Problem | None = None
    rejected: bool | None = None


class PathEntry(WireModel):
    """One level between the conversation and a waiting step: which flow, and where in it."""

    run_id: str
    flow_name: str
    key: str


class InterruptOpened(WireModel):
    """Something is asked of a person or a browser. `payload` depends on `kind`, see the reference."""

    type: Literal["interrupt.opened"] = "interrupt.opened"
    interrupt_id: str
    execution_id: str
    """The same as `interrupt_id`."""
    kind: Literal["approval", "form", "client_tool", "callback"]
    run_id: str
    root_run_id: str
    step_id: str
    step_type: str
    step_key: str
    title: str
    payload: dict[str, Json]
    response_schema: dict[str, Json] | None = None
    approvers: list[str] = []
    path: list[PathEntry] = []
    requested_by: Actor | None = None
    """The flow (through the Peer) that asks."""
    on_behalf_of: Actor | None = None
    """The person whose message caused it."""
    message_id: str | None = None
    tool_call_id: str | None = None
    opened_at: str
    expires_at: str | None = None
    digest: str | None = None
    replaces: str | None = None
    """The interrupt that this one re-opens: a form with errors, a card whose facts changed."""


class InterruptSettled(WireModel):
    """The request is closed, once and for all."""

    type: Literal["interrupt.settled"] = "interrupt.settled"
    interrupt_id: str
    execution_id: str
    kind: Literal["approval", "form", "client_tool", "callback"]
    run_id: str
    step_id: str
    status: Literal["settled", "expired", "cancelled"]
    resolution: Json = None
    decided_by: Actor | None = None


class WidgetAdded(WireModel):
    """A message shows a widget: a declarative view bound to `state`."""

    type: Literal["widget.added"] = "widget.added"
    message_widget_id: str
    message_id: str
    run_id: str | None = None
    widget_id: str
    name: str
    view: Json
    state: Json
    rev: int
    actions: list[str] = []


class WidgetUpdated(WireModel):
    """A widget's state changed from `rev - 1` to `rev` by an RFC 6902 patch (add, remove, replace)."""

    type: Literal["widget.updated"] = "widget.updated"
    message_widget_id: str
    rev: int
    patch: list[dict[str, Json]]


class SessionEnded(WireModel):
    """The session is over; a later message may open a new one."""

    type: Literal["session.ended"] = "session.ended"
    reason: str
    run_id: str | None = None


class ConversationUpdated(WireModel):
    """Title, pin or archive changed."""

    type: Literal["conversation.updated"] = "conversation.updated"
    title: str | None = None
    pinned: bool | None = None
    archived: bool | None = None


AnyEvent = Annotated[
    MessageCreated
    | MessageCompleted
    | MessageChanged
    | MessageRemoved
    | FeedbackGiven
    | MessageReported
    | BranchSelected
    | TurnStarted
    | TurnFinished
    | ToolStarted
    | ToolFinished
    | RunUpdated
    | InterruptOpened
    | InterruptSettled
    | WidgetAdded
    | WidgetUpdated
    | SessionEnded
    | ConversationUpdated,
    Field(discriminator="type"),
]


# --- frames: server → client ------------------------------------------------------------------------------------------


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

_DEFERRED = ConfigDict(defer_build=True)
COMMANDS: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand, config=_DEFERRED)
EVENTS: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent, config=_DEFERRED)
