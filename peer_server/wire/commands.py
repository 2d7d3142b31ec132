"""What clients send: one model per command, and their union."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, model_validator

from flow_runtime.json_limits import LARGEST_NUMBER
from peer_server.wire.parts import Json, Part, ReportReason, WireModel


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

COMMANDS: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand, config=ConfigDict(defer_build=True))
