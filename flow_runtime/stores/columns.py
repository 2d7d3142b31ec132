"""Column types that read the same on every dialect: instants, JSON, and how to insert unless it exists."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import orjson
from sqlalchemy import BigInteger, Column, Connection, Dialect, Insert, Table, Text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.types import TypeDecorator

from flow_runtime.errors import Json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(at: datetime) -> int:
    """An aware instant as whole microseconds since 1970, exact in both directions."""
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """The instant that `to_microseconds` made this number from, in UTC."""
    return _EPOCH + timedelta(microseconds=value)


def to_json(value: Json) -> str:
    """Compact JSON text. Raises `TypeError` for anything that is not JSON, integers beyond 64 bits included."""
    return orjson.dumps(value, default=_as_dict).decode()


def _as_dict(value: object) -> dict[str, Json]:
    """Read-only mappings are JSON objects too."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"not a JSON value: {value!r}")


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, kept as integer microseconds: eight bytes, comparable, the same on every dialect."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Python to database."""
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Database to Python."""
        return None if value is None else from_microseconds(value)


class JsonText(TypeDecorator[Json]):
    """A JSON value as text; None is SQL NULL.

    Not JSONB: that forgets the order of keys (the order of a form's fields) and refuses the character U+0000, and no
    query looks inside these columns.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Json, dialect: Dialect) -> str | None:
        """Python to database."""
        return None if value is None else to_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Json:
        """Database to Python."""
        return None if value is None else orjson.loads(value)


def insert_or_update(conn: Connection, target: Table, column: str) -> Insert:
    """An insert that, where a row with the same primary key exists already, changes this column of it."""
    return _insert_or_update(conn.dialect.name, target, column)


def insert_new(conn: Connection, target: Table, *columns: Column[Any]) -> ReturningInsert[*tuple[Any, ...]]:
    """An insert that answers these columns, or nothing where a row with the same unique key exists already."""
    return _insert_new(conn.dialect.name, target, columns)


# Built once each: building such a statement takes longer than executing it, and only one that comes again is kept
# by `prepared`.
@cache
def _insert_or_update(dialect: str, target: Table, column: str) -> Insert:
    insert = postgresql.insert(target) if dialect == "postgresql" else sqlite.insert(target)
    return insert.on_conflict_do_update(index_elements=target.primary_key, set_={column: insert.excluded[column]})


@cache
def _insert_new(dialect: str, target: Table, columns: tuple[Column[Any], ...]) -> ReturningInsert[*tuple[Any, ...]]:
    insert = postgresql.insert(target) if dialect == "postgresql" else sqlite.insert(target)
    return insert.on_conflict_do_nothing().returning(*columns)
