"""One active turn per conversation, the others queued: how turns begin, follow each other and end.

Everything here runs inside a transaction that holds, or takes, the conversation's row lock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, cast

from flow_runtime.errors import Json
from flow_runtime.ids import new_id
from flow_runtime.run import Ending, Run, RunStatus, StartRun, Trigger
from flow_runtime.store import Transaction
from peer_server.conversation_log import ConversationLog
from peer_server.stores.conversation_rows import Conversation, find_conversation
from peer_server.stores.messages import MessageRow, insert_message, update_message
from peer_server.stores.turns import Rank, TurnRow, insert_turn, next_turn, update_turn
from peer_server.wire import (
    Actor,
    MessageChanged,
    MessageCreated,
    Origin,
    Part,
    Problem,
    TextPart,
    TurnFinished,
    TurnStarted,
    WireModel,
)

TURN = "turn"
"""The run kind of turns."""
INTERACTIVE = 10
"""The queue priority of whatever a person waits for."""
MOST_ACTIVE_S = 900.0
"""Active seconds of one turn; waiting for people is no part of a turn at all."""

Reason = Literal["message", "action", "outcome", "regenerate"]


class RunStarter(Protocol):
    """The part of the runtime's client that begins runs."""

    def start_in(self, tx: Transaction, spec: StartRun) -> Run:
        """Start a run inside the caller's transaction."""
        ...


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A person's message that a turn will answer. `parent_id` is set where it begins a branch."""

    id: str
    client_message_id: str
    author: Actor
    parts: Sequence[Part]
    parent_id: str | None = None
    is_branch: bool = False

    @property
    def text(self) -> str:
        """The text parts, as search finds them."""
        return "\n".join(part.text for part in self.parts if isinstance(part, TextPart))


@dataclass(frozen=True, slots=True)
class NewTurn:
    """A turn to be taken. `input` is what its executor needs beside its place in the conversation."""

    reason: Reason
    caused_by: Mapping[str, Json]
    message: NewMessage | None = None
    answers: str | None = None
    parent_id: str | None = None
    input: Mapping[str, Json] = field(default_factory=dict)
    rank: Rank = Rank.ORDINARY


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a new turn."""

    turn_id: str
    seq: int
    is_queued: bool


class TurnQueue:
    """Takes turns in, begins them one after the other, and ends them."""

    def __init__(self, log: ConversationLog) -> None:
        self._log = log
        self._starter: RunStarter | None = None

    def connect(self, starter: RunStarter) -> None:
        """Close the circle of construction: the client tells the projection, which begins turns through the client."""
        self._starter = starter

    def submit(
        self, tx: Transaction, conversation: Conversation, turn: NewTurn, *, before: Sequence[WireModel] = ()
    ) -> Submitted:
        """Begin the turn if nothing else is active, else queue it. `before` are events that come first.

        The conversation was read under its lock in this transaction.
        """
        is_queued = conversation.active_turn_id is not None
        row = self._row(conversation, turn, status="queued" if is_queued else "active")
        insert_turn(tx, row)
        events = [*before]
        if turn.message is not None:
            created = _created(turn.message, conversation, turn_id=row.id, is_queued=is_queued)
            events.append(created)
            placed_seq = None if is_queued else conversation.last_seq + len(events)
            insert_message(tx, _message_row(turn.message, row, created, placed_seq=placed_seq))
        if is_queued:
            return Submitted(row.id, self._log.append(tx, conversation.id, events), is_queued=True)
        return Submitted(row.id, self._begin(tx, conversation, row, events), is_queued=False)

    def finish(self, tx: Transaction, run: Run, ending: Ending, *, before: Sequence[WireModel] = ()) -> None:
        """The turn's run has ended: say so, and begin the next turn, unless the session is over. Idempotent."""
        conversation = find_conversation(tx.conn, run.conversation_id or "", lock=True)
        if conversation is None or conversation.active_turn_id != run.id:
            return
        update_turn(tx, run.id, status="done")
        finished = TurnFinished(turn_id=run.id, status=_turn_status(ending), error=problem_of(ending.error))
        events: list[WireModel] = [*before, finished]
        following = next_turn(tx.conn, conversation.id)
        if following is None or conversation.ended_at is not None:
            self._log.append(tx, conversation.id, events, active_turn_id=None)
            return
        update_turn(tx, following.id, status="active")
        if following.reason == "message" and following.message_id is not None:
            parent_id = _parent_of(following, conversation)
            events.append(MessageChanged(message_id=following.message_id, status="completed", parent_id=parent_id))
            placed_seq = conversation.last_seq + len(events)
            update_message(tx, following.message_id, status="completed", parent_id=parent_id, placed_seq=placed_seq)
        self._begin(tx, conversation, following, events)

    def _begin(self, tx: Transaction, conversation: Conversation, turn: TurnRow, events: list[WireModel]) -> int:
        """Say that the turn begins, and start its run. Its message, if it has one of its own, is the shown leaf now."""
        head = turn.message_id if turn.reason == "message" else conversation.head_message_id
        origin = turn.input.get("origin")
        events.append(
            TurnStarted(
                turn_id=turn.id,
                reason=cast(Reason, turn.reason),  # only `NewTurn` writes it
                message_id=turn.message_id,
                origin=Origin.model_validate(origin) if origin else None,
            )
        )
        last_seq = self._log.append(tx, conversation.id, events, active_turn_id=turn.id, head_message_id=head)
        self._start(tx, conversation, turn, leaf=turn.parent_id if turn.reason == "regenerate" else head)
        return last_seq

    def _start(self, tx: Transaction, conversation: Conversation, turn: TurnRow, *, leaf: str | None) -> None:
        if self._starter is None:
            raise RuntimeError("the turn queue is not connected to a client")
        spec = StartRun(
            workspace_id=conversation.workspace_id,
            kind=TURN,
            inputs={**turn.input, "reason": turn.reason, "leaf": leaf, "causedBy": turn.caused_by},
            trigger=Trigger(f"turn.{turn.reason}", {}, conversation.peer_id),
            environment="draft" if conversation.is_preview else "production",
            started_by=str(turn.caused_by["id"]),
            conversation_id=conversation.id,
            run_id=turn.id,
            priority=INTERACTIVE,
            active_budget_s=MOST_ACTIVE_S,
        )
        self._starter.start_in(tx, spec)

    def _row(self, conversation: Conversation, turn: NewTurn, *, status: str) -> TurnRow:
        message = turn.message
        return TurnRow(
            id=new_id(),
            conversation_id=conversation.id,
            workspace_id=conversation.workspace_id,
            status=status,
            reason=turn.reason,
            rank=turn.rank,
            position=conversation.last_seq,
            message_id=message.id if message else turn.answers,
            parent_id=message.parent_id if message else turn.parent_id,
            caused_by=turn.caused_by,
            input={**turn.input, "isBranch": True} if message and message.is_branch else turn.input,
            created_at=self._log.clock.now(),
        )


def problem_of(error: Mapping[str, Json] | None) -> Problem | None:
    """A stored error as the wire tells it."""
    if not error:
        return None
    return Problem(
        code=str(error.get("code", "internal")),
        message=str(error.get("message", "")),
        remedy=error.get("remedy"),
        details=error.get("details"),
    )


def _turn_status(ending: Ending) -> Literal["completed", "stopped", "failed"]:
    if ending.status is RunStatus.COMPLETED:
        return "completed"
    return "stopped" if ending.status is RunStatus.CANCELLED else "failed"


def _parent_of(turn: TurnRow, conversation: Conversation) -> str | None:
    """Below what the message of a turn goes: the shown leaf, unless it begins a branch."""
    return turn.parent_id if turn.input.get("isBranch") else conversation.head_message_id


def _created(message: NewMessage, conversation: Conversation, *, turn_id: str, is_queued: bool) -> MessageCreated:
    """A message below the shown leaf, or one that will learn its place when it leaves the queue."""
    below = None if is_queued or message.is_branch else conversation.head_message_id
    return MessageCreated(
        message_id=message.id,
        parent_id=message.parent_id or below,
        role="user",
        author=message.author,
        status="queued" if is_queued else "completed",
        parts=list(message.parts),
        turn_id=turn_id,
        client_message_id=message.client_message_id,
        source="person",
    )


def _message_row(message: NewMessage, turn: TurnRow, created: MessageCreated, *, placed_seq: int | None) -> MessageRow:
    return MessageRow(
        id=message.id,
        conversation_id=turn.conversation_id,
        workspace_id=turn.workspace_id,
        role="user",
        status=created.status,
        parent_id=created.parent_id,
        turn_id=turn.id,
        client_message_id=message.client_message_id,
        placed_seq=placed_seq,
        text=message.text,
        created_at=turn.created_at,
    )
