"""What `/v1/conversation` and `/v1/interrupt` answer, for OpenAPI: the routes write the JSON themselves."""

from collections.abc import Mapping
from datetime import datetime

from flow_runtime.errors import Json
from flow_runtime.run import InterruptKind, InterruptStatus
from peer_server.routes.answer_parts import Decider
from peer_server.web.json_request import Answer


class _Conversation(Answer):
    """What lists and single answers have in common."""

    id: str
    peer_id: str
    peer_name: str
    title: str | None
    pinned: bool
    archived: bool
    preview: bool
    """Whether it talks to a draft of the Peer."""
    epoch: str
    """Changes when the log begins anew; then seqs of before mean nothing."""
    last_seq: int
    """The newest event; 0 as long as nothing happened in it."""
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


class ConversationAnswer(_Conversation):
    """One line of the list of conversations."""

    open_interrupts: int
    """How many questions wait in it for somebody."""


class ConversationPage(Answer):
    """A page of one's conversations."""

    items: list[ConversationAnswer]
    next_cursor: str | None = None


class ConversationView(_Conversation):
    """A conversation with the fold of its events, in the words of the protocol."""

    messages: Mapping[str, Json]
    order: list[str]
    """The ids of all messages as they came."""
    leaf: str | None
    """The last message of the shown branch."""
    queue: list[str]
    """The messages that wait for their turn."""
    turns: Mapping[str, Json]
    active_turn_id: str | None
    tool_calls: Mapping[str, Json]
    runs: Mapping[str, Json]
    interrupts: Mapping[str, Json]
    open_interrupts: list[str]
    """What is asked of people right now, oldest first."""
    widgets: Mapping[str, Json]
    ended: Mapping[str, Json] | None


class MessagePage(Answer):
    """Messages of the shown branch, in the words of the protocol."""

    items: list[Mapping[str, Json]]
    next_cursor: str | None


class SentMessage(Answer):
    """A message that is on disk; `turnId` is null as long as it waits for its turn."""

    id: str
    message_id: str
    turn_id: str | None
    seq: int


class StartedAction(Answer):
    """The turn that runs the flow."""

    turn_id: str | None
    seq: int


class StoppedTurn(Answer):
    """Whether there was a turn to stop."""

    stopped: bool


class EventPage(Answer):
    """Events of a conversation, as a socket sends them."""

    epoch: str
    last_seq: int
    items: list[Mapping[str, Json]]


class InterruptAnswer(Answer):
    """Something that was asked; fields without a value are absent."""

    id: str
    interrupt_id: str
    execution_id: str
    kind: InterruptKind
    status: InterruptStatus
    run_id: str
    root_run_id: str
    conversation_id: str | None = None
    """Absent for a run outside of conversations."""
    step_id: str
    step_type: str
    step_key: str
    title: str | None = None
    payload: Mapping[str, Json]
    response_schema: Mapping[str, Json] | None = None
    approvers: list[str]
    digest: str | None = None
    """Of what is shown to whoever decides."""
    replaces: str | None = None
    """The question that this one is asked instead of."""
    resolution: Json = None
    decided_by: Decider | None = None
    opened_at: datetime
    expires_at: datetime | None = None
    settled_at: datetime | None = None


class ListedInterrupt(InterruptAnswer):
    """One line of an inbox."""

    may_answer: bool
    """Whether the reader may answer it, or only sees it."""


class InterruptPage(Answer):
    """A page of an inbox."""

    items: list[ListedInterrupt]
    next_cursor: str | None = None


class InterruptWithDraft(InterruptAnswer):
    """One question, with what was typed so far if it is a form."""

    draft: Mapping[str, Json] | None = None


class DecisionAnswer(InterruptAnswer):
    """A question as it was settled."""

    repeated: bool
    """Whether it was settled before, by the same answer."""


class KeptDraft(Answer):
    """Half-typed values are on disk."""

    interrupt_id: str
    rev: int
