"""From the journal of a turn to messages and tool calls in the conversation, in the transaction that journals."""

from collections.abc import Iterator, Sequence

from flow_runtime.errors import Json
from flow_runtime.run import Ending, Event, Run, RunStatus
from flow_runtime.store import Transaction
from flow_runtime.stores.journal import read_events
from peer_server.conversation_log import ConversationLog, told
from peer_server.peers.turn_journal import Step, TurnJournal, done, is_message, is_tool
from peer_server.peers.turn_queue import TurnQueue, problem_of
from peer_server.stores.messages import MessageRow, insert_message, update_message
from peer_server.wire import (
    Actor,
    Citation,
    MessageCompleted,
    MessageCreated,
    ToolFinished,
    ToolStarted,
    Usage,
    WireModel,
)


class TurnProjection:
    """Tells what turns do. One message per model call; a tool call belongs to the message that asked for it."""

    def __init__(self, log: ConversationLog, queue: TurnQueue) -> None:
        self._log = log
        self._queue = queue

    def tell(self, tx: Transaction, run: Run, *, events: Sequence[Event], ending: Ending | None) -> None:
        """Tell what was journaled; if the turn has ended, close what it left open and begin the next one."""
        happened = list(events)
        if ending is not None and ending.status is not RunStatus.COMPLETED:
            happened += _left_open(TurnJournal(read_events(tx.conn, run.id)), ending)
        self._append(tx, run, [frame for event in happened for frame in _frames(event, run)])
        if ending is not None:
            self._queue.finish(tx, run, ending)

    def _append(self, tx: Transaction, run: Run, frames: Sequence[WireModel]) -> None:
        if not frames:
            return
        created = [frame.message_id for frame in frames if isinstance(frame, MessageCreated)]
        head: dict[str, Json] = {"head_message_id": created[-1]} if created else {}
        first_seq = self._log.append(tx, run.conversation_id or "", frames, **head) - len(frames) + 1
        for seq, frame in enumerate(frames, start=first_seq):
            if isinstance(frame, MessageCreated):
                self._add_message(tx, run, frame, placed_seq=seq)
            elif isinstance(frame, MessageCompleted):
                update_message(tx, frame.message_id, status=frame.status, text=frame.text)

    def _add_message(self, tx: Transaction, run: Run, created: MessageCreated, *, placed_seq: int) -> None:
        message = MessageRow(
            id=created.message_id,
            conversation_id=run.conversation_id or "",
            workspace_id=run.workspace_id,
            role="assistant",
            status="streaming",
            parent_id=created.parent_id,
            turn_id=created.turn_id,
            client_message_id=None,
            placed_seq=placed_seq,
            text="",
            created_at=self._log.clock.now(),
        )
        insert_message(tx, message)


def _frames(event: Event, run: Run) -> Iterator[WireModel]:
    """The conversation events for one journal event: one, or none."""
    if event.type == "step.started" and is_message(event.key):
        yield _message_created(event, run)
    elif event.type == "step.started" and is_tool(event.key):
        yield _tool_started(event, run)
    elif event.type == "step.done" and is_message(event.key):
        yield _message_completed(event)
    elif event.type == "step.done" and is_tool(event.key):
        output = event.data["output"]
        yield ToolFinished(
            tool_call_id=event.data["toolCallId"],
            message_id=event.data["messageId"],
            status=output["status"],
            result=told(output.get("result")),
            duration_ms=event.data.get("ms"),
        )


def _message_created(event: Event, run: Run) -> MessageCreated:
    data = event.data
    return MessageCreated(
        message_id=data["messageId"],
        parent_id=data.get("parentId"),
        role="assistant",
        author=Actor.model_validate(data["author"]),
        status="streaming",
        turn_id=run.id,
        source=data["source"],
        model=data.get("model"),
        origin=run.inputs.get("origin"),
    )


def _message_completed(event: Event) -> MessageCompleted:
    output = event.data["output"]
    usage = event.data.get("usage")
    return MessageCompleted(
        message_id=event.data["messageId"],
        status=output["status"],
        text=output.get("text", ""),
        usage=Usage.model_validate({name: usage[0][name] for name in _TOKENS}) if usage else None,
        error=problem_of(output.get("error")),
        citations=[Citation.model_validate(one) for one in output["citations"]] if "citations" in output else None,
    )


_TOKENS = ("promptTokens", "completionTokens", "totalTokens")


def _tool_started(event: Event, run: Run) -> ToolStarted:
    data = event.data
    return ToolStarted(
        tool_call_id=data["toolCallId"],
        message_id=data["messageId"],
        turn_id=run.id,
        tool_name=data["toolName"],
        title=data["title"],
        arguments=told(data["arguments"]),
        flow_id=data.get("flowId"),
        version=data.get("version"),
        run_id=data.get("runId"),
    )


def _left_open(journal: TurnJournal, ending: Ending) -> Iterator[Event]:
    """Ends for whatever the turn began and did not finish: it was stopped or failed from outside."""
    was_stopped = ending.status is RunStatus.CANCELLED
    for step in journal.unfinished:
        if is_tool(step.key):
            yield _ends(step, {"status": "stopped"})
        elif is_message(step.key):
            error = None if was_stopped else ending.error or {"code": str(ending.status), "message": "the turn ended"}
            yield _ends(step, {"status": "stopped" if was_stopped else "failed", "text": "", "error": error})


def _ends(step: Step, output: dict[str, object]) -> Event:
    return done(step.key, output, messageId=step.started["messageId"], toolCallId=step.started.get("toolCallId"))
