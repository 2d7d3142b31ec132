"""Cursor paging, newest first: a cursor names the last row that was given, so pages do not shift as rows arrive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, and_, or_

from flow_runtime.errors import InvalidDefinition
from flow_runtime.stores.columns import from_microseconds, to_microseconds
from flow_runtime.stores.rows import AnyRow, AnySelect

T = TypeVar("T")
_DIGITS = 17
"""Enough microseconds for a few thousand years, and not more than `datetime` can hold."""
_NUMBER_DIGITS = 9
"""What every database holds as an integer."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, newest first, and where the next page begins (None = this was the last)."""

    items: Sequence[T]
    next_cursor: str | None = None


def read_page(
    conn: Connection,
    query: AnySelect,
    *,
    at: ColumnElement[datetime],
    id: ColumnElement[str],
    convert: Callable[[AnyRow], T],
    cursor: str | None,
    limit: int,
) -> Page[T]:
    """One page of a query whose rows convert to things with these `at` and `id` columns.

    Raises `InvalidDefinition` (code `invalid_cursor`) for a cursor that was not given out.
    """
    if cursor is not None:
        last_at, last_id = _parse(cursor)
        query = query.where(or_(at < last_at, and_(at == last_at, id < last_id)))
    query = query.add_columns(at.label("cursor_at"), id.label("cursor_id")).order_by(at.desc(), id.desc())
    rows = conn.execute(query.limit(limit + 1)).all()
    items = [convert(row) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items, cursor_of(rows[limit - 1].cursor_at, rows[limit - 1].cursor_id) if more else None)


def read_numbered_page(
    conn: Connection,
    query: AnySelect,
    *,
    number: ColumnElement[int],
    convert: Callable[[AnyRow], T],
    cursor: str | None,
    limit: int,
) -> Page[T]:
    """The same for rows that count upwards, the highest number first: the cursor is the last number that was given."""
    if cursor is not None:
        if not cursor.isdecimal() or len(cursor) > _NUMBER_DIGITS:
            raise no_cursor(cursor)
        query = query.where(number < int(cursor))
    rows = conn.execute(query.add_columns(number.label("cursor_number")).order_by(number.desc()).limit(limit + 1)).all()
    items = [convert(row) for row in rows[:limit]]
    return Page(items, str(rows[limit - 1].cursor_number) if len(rows) > limit else None)


def cursor_of(at: datetime, id: str) -> str:
    """The cursor behind which the page after the row with these begins."""
    return f"{to_microseconds(at)}.{id}"


def no_cursor(cursor: str) -> InvalidDefinition:
    """The refusal of a cursor that was not given out; lists are asked for by their query, so the path leads there."""
    message = f"{cursor!r} is not a cursor"
    return InvalidDefinition("invalid_cursor", message, path="query:cursor", remedy="start without a cursor")


def _parse(cursor: str) -> tuple[datetime, str]:
    at, _, last_id = cursor.partition(".")
    if not at.isdecimal() or len(at) > _DIGITS or not last_id:
        raise no_cursor(cursor)
    return from_microseconds(int(at)), last_id
