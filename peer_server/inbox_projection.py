"""What runs ask, written down for inboxes in the transaction that asks it, and told to whom it concerns."""

from collections.abc import Collection, Sequence

import orjson
from sqlalchemy import Connection

from flow_runtime.run import ASKED_KINDS, Ending, Event, Interrupt, Run
from flow_runtime.store import Transaction
from flow_runtime.stores.runs import get_run
from peer_server.approvers import Question, audience
from peer_server.bus import Bus, Frame
from peer_server.conversation_log import workspace_channel
from peer_server.stores.conversation_rows import Conversation, find_conversation
from peer_server.stores.inbox import audience_subjects, close_audience, put_audience


class InboxProjection:
    """Keeps whom open questions concern. What it tells on the channel of the workspace is a JSON list of subjects."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

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
        """Write down what opened and closed. The caller holds the run's lock."""
        asked = [one for one in opened if one.kind in ASKED_KINDS]
        settled = [one.id for one in closed if one.kind in ASKED_KINDS]
        subjects: set[str] = set()
        if settled:
            subjects |= audience_subjects(tx.conn, settled)
            close_audience(tx, settled)
        if asked:
            subjects |= _write(tx, run, asked)
        if subjects:
            tx.after_commit(lambda: self._tell(run.workspace_id, subjects))

    def _tell(self, workspace_id: str, subjects: Collection[str]) -> None:
        self._bus.publish(workspace_channel(workspace_id), Frame(orjson.dumps(sorted(subjects))))


def question(interrupt: Interrupt, root: Run, *, conversation: Conversation | None) -> Question:
    """What decides whom this interrupt concerns."""
    return Question(
        kind=interrupt.kind,
        approvers=interrupt.approvers,
        started_by=root.started_by,
        is_shared=root.trigger.type == "share",
        owner_id=conversation.owner_id if conversation else None,
        is_visitors=conversation is not None and conversation.owner_kind == "visitor",
    )


def _write(tx: Transaction, run: Run, asked: Sequence[Interrupt]) -> set[str]:
    root = run if run.id == run.root_run_id else _root_of(tx.conn, run)
    conversation = find_conversation(tx.conn, run.conversation_id) if run.conversation_id else None
    subjects: set[str] = set()
    for interrupt in asked:
        concerned = audience(question(interrupt, root, conversation=conversation))
        put_audience(tx, interrupt, concerned, flow_id=root.flow_id)
        subjects |= concerned.keys()
    return subjects


def _root_of(conn: Connection, run: Run) -> Run:
    return get_run(conn, run.root_run_id, workspace_id=run.workspace_id)
