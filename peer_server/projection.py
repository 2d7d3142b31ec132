"""From run journals to conversation logs, in the transaction that journals: what people see is what happened.

Turns tell their messages and tool calls (`peers.turn_projection`); flows tell their progress, what they ask of people,
and the widgets that they add, on the card of the tool call that started them. A flow that nobody waits for any more
announces its end by a turn of its own.
"""

from collections.abc import Iterator, Sequence
from typing import cast

from sqlalchemy import func, select

from flow_runtime.run import ASKED_KINDS, Ending, Event, Interrupt, Run, RunStatus
from flow_runtime.store import Transaction
from flow_runtime.stores.tables import run_events
from peer_server.conversation_log import ConversationLog, rfc3339, told
from peer_server.peers.turn_projection import TurnProjection
from peer_server.peers.turn_queue import TURN, NewTurn, TurnQueue, problem_of
from peer_server.run_place import Place, Places, actor_of, step_id_of
from peer_server.stores.conversation_rows import find_conversation, update_conversation
from peer_server.stores.drafts import delete_draft
from peer_server.stores.message_widgets import MessageWidget, insert_widget
from peer_server.stores.turns import Rank
from peer_server.wire import (
    Actor,
    InterruptOpened,
    InterruptSettled,
    RunUpdated,
    SessionEnded,
    WidgetAdded,
    WireModel,
)

_STEP_STATUS = {
    "step.started": "started",
    "step.retrying": "started",
    "step.entered": "started",
    "step.waiting": "waiting",
    "step.done": "done",
    "step.failed": "failed",
}


class ConversationProjection:
    """Writes conversation rows for whatever happens to runs that belong to a conversation."""

    def __init__(self, log: ConversationLog, queue: TurnQueue) -> None:
        self._log = log
        self._queue = queue
        self._turns = TurnProjection(log, queue)
        self._places = Places()

    def __call__(
        self,
        tx: Transaction,
        run: Run,
        *,
        events: Sequence[Event],
        opened: Sequence[Interrupt],
        closed: Sequence[Interrupt],
        ending: Ending | None,
    ) -> None:
        """Tell the conversation of the run, if it has one. The caller holds the run's lock."""
        if run.conversation_id is None:
            return
        if run.kind == TURN:
            self._turns.tell(tx, run, events=events, ending=ending)
            return
        place = self._places.of(tx.conn, run)
        frames: list[WireModel] = [*_settled(closed)]
        frames += self._effects(tx, run, place, events)
        if ending is not None or not opened or _moved(events):
            frames.append(self._updated(tx, run, place, events=events, closed=closed, ending=ending))
        frames += _opened(opened, run, place)
        for interrupt in closed:
            delete_draft(tx, interrupt.id)
        self._log.append(tx, run.conversation_id, frames)
        if ending is not None and run.detached and place.is_root:
            self._announce(tx, run, place)

    def _updated(
        self,
        tx: Transaction,
        run: Run,
        place: Place,
        *,
        events: Sequence[Event],
        closed: Sequence[Interrupt],
        ending: Ending | None,
    ) -> RunUpdated:
        steps = [event for event in events if event.type in _STEP_STATUS]
        last = steps[-1] if steps else None
        origin = place.origin
        return RunUpdated(
            run_id=run.id,
            root_run_id=place.root.id,
            flow_id=run.flow_id,
            flow_name=place.outline.name,
            version=run.version,
            status=_status(run, closed, ending).value,
            message_id=origin.get("messageId"),
            tool_call_id=origin.get("toolCallId"),
            steps_done=_steps_done(tx, run),
            step=place.outline.step(last.key, _STEP_STATUS[last.type]) if last else None,
            output=told(ending.output) if ending else None,
            error=problem_of(ending.error) if ending else None,
            rejected=True if ending and ending.rejected else None,
        )

    def _effects(self, tx: Transaction, run: Run, place: Place, events: Sequence[Event]) -> Iterator[WireModel]:
        """What finished chat steps did to the conversation. The step's type decides, never the look of its output."""
        for event in events:
            step = place.outline.steps.get(step_id_of(event.key)) if event.type == "step.done" else None
            output = event.data.get("output")
            if step is None or not isinstance(output, dict):
                continue
            if step.type == "add-widget-to-message" and "messageWidgetId" in output:
                yield self._add_widget(tx, run, place, output)
            elif step.type == "end-session" and output.get("success", True):
                update_conversation(tx, run.conversation_id or "", ended_at=self._log.clock.now())
                yield SessionEnded(reason=str(output.get("reason") or ""), run_id=run.id)

    def _add_widget(self, tx: Transaction, run: Run, place: Place, output: dict[str, object]) -> WidgetAdded:
        actions = cast(dict[str, object], output.get("actions") or {})
        widget = MessageWidget(
            id=str(output["messageWidgetId"]),
            conversation_id=run.conversation_id or "",
            workspace_id=run.workspace_id,
            message_id=str(place.origin.get("messageId", "")),
            run_id=run.id,
            widget_id=str(output["widgetId"]),
            state=output.get("initialState"),
            rev=1,
            actions=actions,
        )
        insert_widget(tx, widget)
        return WidgetAdded(
            message_widget_id=widget.id,
            message_id=widget.message_id,
            run_id=run.id,
            widget_id=widget.widget_id,
            name=str(output.get("widgetName") or widget.widget_id),
            view=output.get("view"),
            state=widget.state,
            rev=widget.rev,
            actions=list(actions),
        )

    def _announce(self, tx: Transaction, run: Run, place: Place) -> None:
        """The end of a detached run becomes a turn, ahead of queued messages, behind the active turn."""
        conversation = find_conversation(tx.conn, run.conversation_id or "", lock=True)
        if conversation is None or conversation.deleted_at is not None or conversation.ended_at is not None:
            return
        origin = {name: place.origin[name] for name in ("toolCallId", "messageId") if place.origin.get(name)}
        turn = NewTurn(
            reason="outcome",
            caused_by=place.origin["causedBy"],
            input={"origin": {"runId": run.id, **origin}, "as": place.origin.get("as", "tool")},
            rank=Rank.OUTCOME,
        )
        self._queue.submit(tx, conversation, turn)


def _settled(closed: Sequence[Interrupt]) -> Iterator[InterruptSettled]:
    for interrupt in closed:
        if interrupt.kind in ASKED_KINDS:
            yield InterruptSettled(
                interrupt_id=interrupt.id,
                execution_id=interrupt.id,
                kind=interrupt.kind.value,  # type: ignore[arg-type]  # `ASKED_KINDS` are those of the wire
                run_id=interrupt.run_id,
                step_id=interrupt.step_id,
                status=interrupt.status.value,  # type: ignore[arg-type]  # closed, so it is not `open`
                resolution=interrupt.resolution,
                decided_by=actor_of(interrupt.decided_by) if interrupt.decided_by else None,
            )


def _opened(opened: Sequence[Interrupt], run: Run, place: Place) -> Iterator[InterruptOpened]:
    for interrupt in opened:
        if interrupt.kind in ASKED_KINDS:
            step = place.outline.steps.get(interrupt.step_id)
            title = interrupt.payload.get("title") or (step and step.name) or interrupt.step_id
            yield InterruptOpened(
                interrupt_id=interrupt.id,
                execution_id=interrupt.id,
                kind=interrupt.kind.value,  # type: ignore[arg-type]  # `ASKED_KINDS` are those of the wire
                run_id=run.id,
                root_run_id=place.root.id,
                step_id=interrupt.step_id,
                step_type=interrupt.step_type,
                step_key=interrupt.key,
                title=str(title),
                payload=dict(interrupt.payload),
                response_schema=dict(interrupt.response_schema) if interrupt.response_schema else None,
                approvers=list(interrupt.approvers),
                path=place.path(interrupt),
                requested_by=Actor(kind="flow", id=run.flow_id or run.id, name=place.outline.name),
                on_behalf_of=place.caused_by,
                message_id=place.origin.get("messageId"),
                tool_call_id=place.origin.get("toolCallId"),
                opened_at=rfc3339(interrupt.opened_at),
                expires_at=rfc3339(interrupt.expires_at) if interrupt.expires_at else None,
                digest=interrupt.digest,
                replaces=interrupt.replaces,
            )


def _moved(events: Sequence[Event]) -> bool:
    """Whether a step got somewhere; that one waits is told by what it asks, and by the parking that follows."""
    return any(event.type != "step.waiting" for event in events)


def _status(run: Run, closed: Sequence[Interrupt], ending: Ending | None) -> RunStatus:
    """How the run stands once this transaction is over: an answer sets it going."""
    if ending is not None:
        return ending.status
    return RunStatus.RUNNING if closed else run.status


def _steps_done(tx: Transaction, run: Run) -> int:
    query = select(func.count()).where(run_events.c.run_id == run.id, run_events.c.type == "step.done")
    return tx.conn.execute(query).scalar_one()
