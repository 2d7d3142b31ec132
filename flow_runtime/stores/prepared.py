"""A connection that hands a statement which it has seen before straight to SQLite.

Between a Core statement and the driver SQLAlchemy looks the compiled form up, builds an execution context and a cursor
result: 20 microseconds where SQLite itself needs 5. Resuming a run takes a dozen statements and a chat turn fifty, all
of them constants of their modules. So the SQL text and the conversions of values are kept per statement.

Whatever cannot be kept takes SQLAlchemy's own way: a statement that is built on the spot, one whose text depends on its
values, and one that failed, so that the error is told in SQLAlchemy's words.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, CursorResult, Dialect, Engine, Executable
from sqlalchemy.engine import IteratorResult, Result
from sqlalchemy.engine.interfaces import CoreExecuteOptionsParameter
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql import Delete, Insert, Select, Update
from sqlalchemy.sql.compiler import SQLCompiler

Convert: TypeAlias = Callable[[Any], Any]
Values: TypeAlias = Mapping[str, Any]


class PreparingConnection(Connection):
    """Answers as any connection does. For SQLite only, and for one thread at a time, as all of them."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        driver = self.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            raise TypeError(f"statements are prepared for a sqlite3 connection, got {driver!r}")
        self.driver = driver
        """What statements end up at; transactions may be begun and ended here, in plain SQL."""
        self._kept: WeakKeyDictionary[Executable, dict[tuple[str, ...], Prepared | None]] = WeakKeyDictionary()

    def execute(
        self,
        statement: Executable,
        parameters: Values | Sequence[Values] | None = None,
        *,
        execution_options: CoreExecuteOptionsParameter | None = None,
    ) -> CursorResult[*tuple[Any, ...]]:
        """Execute a statement. A kept one answers a plain result: its rows, or only `rowcount`."""
        sets = [parameters or {}] if parameters is None or isinstance(parameters, Mapping) else parameters
        prepared = self._prepared(statement, tuple(sets[0])) if sets and execution_options is None else None
        if prepared is not None and (len(sets) == 1 or prepared.row is None):
            try:
                return cast("CursorResult[*tuple[Any, ...]]", prepared.execute(self.driver, sets))
            except sqlite3.Error:
                pass  # It fails again below, where SQLAlchemy tells why.
        return super().execute(statement, parameters, execution_options=execution_options)

    def _prepared(self, statement: Executable, names: tuple[str, ...]) -> "Prepared | None":
        forms = self._kept.get(statement)
        if forms is None:
            self._kept[statement] = {}  # One that is built on the spot never comes again: keep from the second time on.
            return None
        if names not in forms:
            forms[names] = prepare(statement, names, dialect=self.dialect)
        return forms[names]


@dataclass(frozen=True, slots=True)
class Bind:
    """One place in the SQL text: the parameter of that name, or a constant of the statement, already converted."""

    name: str | None
    constant: object
    convert: Convert | None

    def value(self, values: Values) -> object:
        """What the driver gets."""
        if self.name is None:
            return self.constant
        value = values[self.name]
        return value if self.convert is None else self.convert(value)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One statement with one set of parameters. `row` is None if it answers no rows."""

    sql: str
    binds: Sequence[Bind]
    row: SimpleResultMetaData | None
    conversions: Sequence[tuple[int, Convert]]

    def execute(self, driver: sqlite3.Connection, sets: Sequence[Values]) -> "Result[Any] | Changed":
        """Execute it with each of these sets of values; with several it must answer no rows. Raises `sqlite3.Error`."""
        bound = [[bind.value(values) for bind in self.binds] for values in sets]
        cursor = driver.execute(self.sql, bound[0]) if len(bound) == 1 else driver.executemany(self.sql, bound)
        if self.row is None:
            return Changed(cursor.rowcount)
        return IteratorResult(self.row, iter([self._converted(row) for row in cursor.fetchall()]))

    def _converted(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = [*row]
        for at, convert in self.conversions:
            values[at] = convert(values[at])
        return tuple(values)


@dataclass(frozen=True, slots=True)
class Changed:
    """The answer of a statement without rows."""

    rowcount: int


def prepare(statement: Executable, names: Sequence[str], *, dialect: Dialect) -> Prepared | None:
    """The statement for parameters of these names; None if that cannot be said without their values."""
    if not isinstance(statement, Select | Insert | Update | Delete):
        return None
    compiled = statement.compile(dialect=dialect, column_keys=[*names])
    binds = [compiled.binds[name] for name in compiled.positiontup or ()]
    # As SQLAlchemy's own results see them: what a statement says of its columns goes over to those derived from it.
    columns = compiled._result_columns  # noqa: SLF001
    if (
        compiled.post_compile_params
        or compiled.literal_execute_params
        or compiled.prefetch
        or compiled.implicit_returning
        or any(bind.required and bind.key not in names for bind in binds)
    ):
        return None
    return Prepared(
        compiled.string,
        [*_binds(compiled, names, dialect=dialect)],
        SimpleResultMetaData([column.name for column in columns]) if columns else None,
        [
            (at, convert)
            for at, column in enumerate(columns)
            if (convert := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        ],
    )


def _binds(compiled: SQLCompiler, names: Sequence[str], *, dialect: Dialect) -> Iterator[Bind]:
    for name in compiled.positiontup or ():
        bind = compiled.binds[name]
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if bind.key in names:
            yield Bind(bind.key, None, convert)
        else:
            value = bind.effective_value
            yield Bind(None, value if convert is None else convert(value), None)
