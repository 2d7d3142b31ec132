"""Removing ended runs for good: journal, interrupts, timers, the runs themselves; a bounded piece in each transaction.

A piece is a list of tables with a condition each, in the order in which they are emptied. Whoever removes something of
the layer above puts its own tables first.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Table, delete, exists, select, tuple_

from flow_runtime.store import Transaction
from flow_runtime.stores.rows import AnySelect
from flow_runtime.stores.tables import interrupts, run_events, runs, timers

Piece: TypeAlias = tuple[Table, ColumnElement[bool]]
"""Rows of a table that are to go."""

_children = runs.alias("children")


def tree_of(roots: ColumnElement[bool]) -> AnySelect:
    """The ids of the runs of that condition and of everything that they started, as a query."""
    tree = select(runs.c.id).where(roots).cte("tree", recursive=True)
    tree = tree.union(select(_children.c.id).join(tree, _children.c.parent_run_id == tree.c.id))
    return select(tree.c.id)


def has_unfinished(conn: Connection, tree: AnySelect) -> bool:
    """Whether any run of the tree has not ended: it is at work, queued, or waits for somebody."""
    query = select(runs.c.id).where(runs.c.id.in_(tree), runs.c.ended_at.is_(None)).limit(1)
    return conn.execute(query).first() is not None


def run_pieces(tree: AnySelect) -> Sequence[Piece]:
    """What the runtime keeps of the runs of a tree, all of which have ended. Leaves go first, so the tree stays one."""
    has_child = exists().where(_children.c.parent_run_id == runs.c.id)
    return (
        (run_events, run_events.c.run_id.in_(tree)),
        (timers, timers.c.run_id.in_(tree)),
        (interrupts, interrupts.c.run_id.in_(tree)),
        (runs, runs.c.id.in_(tree) & ~has_child),
    )


def purge(tx: Transaction, pieces: Sequence[Piece], *, limit: int) -> int:
    """Delete at most that many rows, table by table; answers how many. Fewer than `limit` means: nothing is left."""
    removed = 0
    for table, condition in pieces:
        while removed < limit and (count := _delete_some(tx, table, condition, limit=limit - removed)):
            removed += count
    return removed


def _delete_some(tx: Transaction, table: Table, condition: ColumnElement[bool], *, limit: int) -> int:
    # Found first and then named: SQLite's driver tells no count of a deletion that begins with a table expression.
    columns: list[Any] = [*table.primary_key]
    keys = tx.conn.execute(select(*columns).where(condition).limit(limit)).all()
    if keys:
        one = len(columns) == 1
        which = columns[0].in_([key[0] for key in keys]) if one else tuple_(*columns).in_([tuple(key) for key in keys])
        tx.conn.execute(delete(table).where(which))
    return len(keys)
