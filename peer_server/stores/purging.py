"""Conversations and ended runs that go for good, with everything that hangs on them. Core functions.

What hangs on them goes piece by piece, what names the others last; so a process that dies in between leaves something
that the next one goes on with, and nothing that nobody finds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from flow_runtime.store import Transaction
from flow_runtime.stores.purge import Piece, has_unfinished, purge, run_pieces, tree_of
from flow_runtime.stores.rows import AnySelect
from flow_runtime.stores.tables import interrupts, runs
from peer_server.stores.conversation_tables import (
    conversation_events,
    conversations,
    form_drafts,
    message_widgets,
    messages,
    turns,
)
from peer_server.stores.endpoint_tables import push_deliveries
from peer_server.stores.file_tables import file_uses
from peer_server.stores.file_usage import release_files
from peer_server.stores.inbox_tables import interrupt_audience
from peer_server.stores.monitor_tables import model_runs
from peer_server.stores.report_tables import message_reports
from peer_server.stores.schedule_tables import schedules
from peer_server.stores.tool_tables import webhooks

_PENDING: Final = push_deliveries.c.status == "pending"


def runs_of(conversation_id: str) -> AnySelect:
    """The runs of a conversation: its turns, and everything that these started."""
    return tree_of(runs.c.conversation_id == conversation_id)


def below(run_id: str) -> AnySelect:
    """A run and everything that it started."""
    return tree_of(runs.c.id == run_id)


def is_needed(conn: Connection, tree: AnySelect) -> bool:
    """Whether any of these runs is at work, waits for somebody, or has a result that is still to be pushed."""
    if has_unfinished(conn, tree):
        return True
    pending = select(push_deliveries.c.id).where(push_deliveries.c.run_id.in_(tree), _PENDING).limit(1)
    return conn.execute(pending).first() is not None


def is_over(*, unused_since: datetime | None, deleted_since: datetime) -> ColumnElement[bool]:
    """That nobody has used a conversation since then, that it was deleted before then, or is going already."""
    conditions = [conversations.c.purged_at.is_not(None), conversations.c.deleted_at <= deleted_since]
    if unused_since is not None:
        conditions.append(conversations.c.updated_at <= unused_since)
    return or_(*conditions)


def due_conversations(
    conn: Connection, workspace_id: str, over: ColumnElement[bool], *, after: str, limit: int
) -> list[str]:
    """Conversations of which that is true, in the order of their ids, behind that one.

    Whether anything is still open in one of them is not asked here.
    """
    query = select(conversations.c.id).where(conversations.c.workspace_id == workspace_id, conversations.c.id > after)
    return list(conn.scalars(query.where(over).order_by(conversations.c.id).limit(limit)))


def is_still(conn: Connection, conversation_id: str, over: ColumnElement[bool]) -> bool:
    """Whether that is true of a conversation that the caller has locked."""
    return (
        conn.execute(select(conversations.c.id).where(conversations.c.id == conversation_id, over)).first() is not None
    )


def due_runs(
    conn: Connection, workspace_id: str, *, ended_since: datetime, after: tuple[datetime, str] | None, limit: int
) -> list[tuple[datetime, str]]:
    """Runs outside conversations that ended before then and were started by no other run; oldest first."""
    query = select(runs.c.created_at, runs.c.id).where(
        runs.c.workspace_id == workspace_id,
        runs.c.created_at <= ended_since,
        runs.c.ended_at <= ended_since,
        runs.c.parent_run_id.is_(None),
        runs.c.conversation_id.is_(None),
    )
    if after is not None:
        later = and_(runs.c.created_at == after[0], runs.c.id > after[1])
        query = query.where(runs.c.created_at >= after[0], or_(runs.c.created_at > after[0], later))
    found = conn.execute(query.order_by(runs.c.created_at, runs.c.id).limit(limit))
    return [(row.created_at, row.id) for row in found]


def mark_purged(tx: Transaction, conversation_id: str, *, now: datetime) -> None:
    """From here on the conversation is gone for everybody. The caller has locked it, and nothing in it is needed."""
    row = update(conversations).where(conversations.c.id == conversation_id)
    tx.conn.execute(row.values(purged_at=now, deleted_at=now, title=None))


def uses_of_conversation(conversation_id: str) -> ColumnElement[bool]:
    """The uses of files in a conversation and in its runs."""
    tree = runs_of(conversation_id)
    return or_(
        and_(file_uses.c.kind == "conversation", file_uses.c.object_id == conversation_id),
        and_(file_uses.c.kind == "run", file_uses.c.object_id.in_(tree)),
    )


def uses_of_run(run_id: str) -> ColumnElement[bool]:
    """The uses of files in a run and in everything that it started."""
    return and_(file_uses.c.kind == "run", file_uses.c.object_id.in_(below(run_id)))


@dataclass(frozen=True, slots=True)
class Purged:
    """What one piece of work removed: how many rows, and which files the thing does not hold any more."""

    rows: int
    file_ids: Sequence[str]


def purge_conversation(tx: Transaction, conversation_id: str, *, limit: int) -> Purged:
    """Remove about that many rows of a conversation that was marked; fewer than `limit` means that it is gone."""
    tree = runs_of(conversation_id)
    released, file_ids = release_files(tx, uses_of_conversation(conversation_id), limit=limit)
    own: Sequence[Piece] = (
        *_above_runs(tree),
        (form_drafts, form_drafts.c.conversation_id == conversation_id),
        (message_reports, message_reports.c.conversation_id == conversation_id),
        (message_widgets, message_widgets.c.conversation_id == conversation_id),
        *run_pieces(tree),
        (turns, turns.c.conversation_id == conversation_id),
        (messages, messages.c.conversation_id == conversation_id),
        (conversation_events, conversation_events.c.conversation_id == conversation_id),
        (conversations, conversations.c.id == conversation_id),
    )
    return Purged(released + purge(tx, own, limit=max(limit - released, 1)), file_ids)


def purge_run(tx: Transaction, run_id: str, *, limit: int) -> Purged:
    """Remove about that many rows of a run and of everything that it started; fewer means that they are gone."""
    tree = below(run_id)
    released, file_ids = release_files(tx, uses_of_run(run_id), limit=limit)
    for table in (schedules, webhooks):
        tx.conn.execute(update(table).where(table.c.last_run_id == run_id).values(last_run_id=None))
    removed = purge(tx, [*_above_runs(tree), *run_pieces(tree)], limit=max(limit - released, 1))
    return Purged(released + removed, file_ids)


def _above_runs(tree: AnySelect) -> Sequence[Piece]:
    """What this package keeps of runs."""
    asked = select(interrupts.c.id).where(interrupts.c.run_id.in_(tree))
    return (
        (interrupt_audience, interrupt_audience.c.interrupt_id.in_(asked)),
        (form_drafts, form_drafts.c.interrupt_id.in_(asked)),
        (model_runs, model_runs.c.run_id.in_(tree)),
        (push_deliveries, push_deliveries.c.run_id.in_(tree)),
    )
