"""What is of no use any more: spent credentials, kept answers, visitors who left, old deliveries. Core functions."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, or_, select, tuple_

from flow_runtime.store import Transaction
from peer_server.stores.conversation_tables import conversations
from peer_server.stores.definition_tables import files
from peer_server.stores.endpoint_tables import kept_answers, push_deliveries
from peer_server.stores.identity_tables import credentials
from peer_server.stores.peer_link_tables import visitors
from peer_server.stores.tool_tables import webhooks

_CLAIMS: Final = timedelta(days=7)
_parents, _children = credentials.alias("parents"), credentials.alias("children")


def spent_credentials(workspace_id: str, since: datetime) -> ColumnElement[bool]:
    """Credentials that ended before then, or whose parent did.

    One that something was made from stays as long as that does: its end is what ends the other.
    """
    over = or_(credentials.c.ended_at <= since, credentials.c.expires_at <= since)
    of_ended = exists().where(_parents.c.id == credentials.c.parent_id, _parents.c.ended_at <= since)
    has_child = exists().where(_children.c.parent_id == credentials.c.id)
    return and_(credentials.c.workspace_id == workspace_id, or_(over, of_ended), ~has_child)


def gone_visitors(workspace_id: str, since: datetime) -> ColumnElement[bool]:
    """Visitors of before then who can come in no more, and left neither a conversation nor a file."""
    has_credential = exists().where(credentials.c.visitor_id == visitors.c.id)
    has_conversation = exists().where(
        conversations.c.workspace_id == workspace_id, conversations.c.owner_id == visitors.c.id
    )
    has_file = exists().where(files.c.workspace_id == workspace_id, files.c.owner_id == visitors.c.id)
    is_old = and_(visitors.c.workspace_id == workspace_id, visitors.c.created_at <= since)
    return and_(is_old, ~has_credential, ~has_conversation, ~has_file)


def old_deliveries(workspace_id: str, since: datetime) -> ColumnElement[bool]:
    """Deliveries of before then that came to an end."""
    return and_(push_deliveries.c.workspace_id == workspace_id, push_deliveries.c.ended_at <= since)


def old_webhooks(workspace_id: str, since: datetime) -> ColumnElement[bool]:
    """Webhooks of before then that were unregistered."""
    is_removed = and_(webhooks.c.status == "removed", webhooks.c.due_at.is_(None))
    return and_(webhooks.c.workspace_id == workspace_id, is_removed, webhooks.c.created_at <= since)


def old_answers(now: datetime) -> ColumnElement[bool]:
    """Answers under an `Idempotency-Key` that nobody may ask for any more, of any workspace.

    The claim of a request that died leads to what it made, so it stays for longer.
    """
    is_answer = and_(kept_answers.c.status.is_not(None), kept_answers.c.expires_at <= now)
    return or_(is_answer, kept_answers.c.expires_at <= now - _CLAIMS)


TABLES: Final[dict[str, Table]] = {
    "credentials": credentials,
    "visitors": visitors,
    "deliveries": push_deliveries,
    "webhooks": webhooks,
    "keptAnswers": kept_answers,
}


def count_spent(conn: Connection, kind: str, which: ColumnElement[bool]) -> int:
    """How many rows of that kind these are."""
    return conn.execute(select(func.count()).select_from(TABLES[kind]).where(which)).scalar_one()


def remove_spent(tx: Transaction, kind: str, which: ColumnElement[bool], *, limit: int) -> int:
    """Remove at most so many of them; answers how many."""
    table = TABLES[kind]
    keys: list[Any] = [*table.primary_key]
    one = keys[0] if len(keys) == 1 else tuple_(*keys)
    return tx.conn.execute(delete(table).where(one.in_(select(*keys).where(which).limit(limit)))).rowcount
