"""What was used on somebody's account, by days, and what calls in flight are sure to use. Core functions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from flow_runtime.store import Transaction
from peer_server.budget import Spent, Subject, began
from peer_server.stores.budget_tables import model_holds, model_spending

NO_CURRENCY: Final = ""
"""Under which the tokens of calls without a price are counted."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a call used, or is sure to use."""

    tokens: int
    cost: int = 0
    currency: str = NO_CURRENCY


def add_spending(
    tx: Transaction, workspace_id: str, subjects: Collection[Subject], *, used: Used, now: datetime
) -> None:
    """Count it for each of them, always in the same order."""
    day = began("day", now)
    values = [
        {
            "workspace_id": workspace_id,
            "subject_kind": subject.kind,
            "subject_id": subject.id,
            "day": day,
            "currency": used.currency,
            "tokens": used.tokens,
            "cost": used.cost,
        }
        for subject in sorted(subjects)
    ]
    for row in values:
        tx.conn.execute(_counting(tx.conn.dialect.name), row)


def spent_since(conn: Connection, workspace_id: str, subject: Subject, *, since: datetime, currency: str) -> Spent:
    """Tokens of all calls since that day began, and what those with a price in that currency cost."""
    table = model_spending.c
    query = select(
        func.coalesce(func.sum(table.tokens), 0),
        func.coalesce(func.sum(table.cost).filter(table.currency == currency), 0),
    ).where(
        table.workspace_id == workspace_id,
        table.subject_kind == subject.kind,
        table.subject_id == subject.id,
        table.day >= since,
    )
    tokens, cost = conn.execute(query).one()
    return Spent(int(tokens), int(cost))


def hold(
    tx: Transaction,
    workspace_id: str,
    subjects: Collection[Subject],
    *,
    call_id: str,
    used: Used,
    lapses_at: datetime,
) -> None:
    """Keep so much of their budgets for a call."""
    rows = [
        {
            "workspace_id": workspace_id,
            "subject_kind": subject.kind,
            "subject_id": subject.id,
            "call_id": call_id,
            "currency": used.currency,
            "tokens": used.tokens,
            "cost": used.cost,
            "lapses_at": lapses_at,
        }
        for subject in sorted(subjects)
    ]
    tx.conn.execute(insert(model_holds), rows)


def held(conn: Connection, workspace_id: str, subject: Subject, *, currency: str, now: datetime) -> Spent:
    """What calls in flight are sure to use."""
    table = model_holds.c
    query = select(
        func.coalesce(func.sum(table.tokens), 0),
        func.coalesce(func.sum(table.cost).filter(table.currency == currency), 0),
    ).where(
        table.workspace_id == workspace_id,
        table.subject_kind == subject.kind,
        table.subject_id == subject.id,
        table.lapses_at > now,
    )
    tokens, cost = conn.execute(query).one()
    return Spent(int(tokens), int(cost))


def let_go(tx: Transaction, call_id: str) -> None:
    """Keep nothing any longer for that call."""
    tx.conn.execute(delete(model_holds).where(model_holds.c.call_id == call_id))


def drop_lapsed(tx: Transaction, workspace_id: str, *, now: datetime) -> None:
    """Remove what killed processes left behind."""
    is_over = (model_holds.c.workspace_id == workspace_id, model_holds.c.lapses_at <= now)
    tx.conn.execute(delete(model_holds).where(*is_over))


@cache
def _counting(dialect: str) -> Any:  # noqa: ANN401 - one of two classes of insert
    """The insert that adds to the row of that day. Built once."""
    new = (postgresql if dialect == "postgresql" else sqlite).insert(model_spending)
    table = model_spending.c
    return new.on_conflict_do_update(
        index_elements=list(model_spending.primary_key),
        set_={"tokens": table.tokens + new.excluded.tokens, "cost": table.cost + new.excluded.cost},
    )
