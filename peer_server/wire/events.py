"""What happened in a conversation, for good: one model per durable event, and their union."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from peer_server.wire.parts import Actor, Citation, Json, Origin, Part, Problem, ReportReason, Usage, WireModel


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

EVENTS: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent, config=ConfigDict(defer_build=True))
