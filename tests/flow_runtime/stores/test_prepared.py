"""A kept statement answers what SQLAlchemy answers, and what cannot be kept is left to SQLAlchemy."""

import gc
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Executable,
    Integer,
    MetaData,
    NullPool,
    String,
    Table,
    bindparam,
    create_engine,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, StatementError

from flow_runtime.stores.columns import Instant, JsonText
from flow_runtime.stores.prepared import Changed, PreparingConnection

AT = datetime(2026, 11, 20, 12, 30, 0, 123456, tzinfo=UTC)
ANSWERS = 3
"""The first time SQLAlchemy answers, the second time the statement is prepared, the third time it is kept."""

things = Table(
    "things",
    MetaData(),
    Column("id", String, primary_key=True),
    Column("count", Integer),
    Column("is_good", Boolean),
    Column("at", Instant),
    Column("data", JsonText),
)
ONE = {"id": "a", "count": 1, "is_good": True, "at": AT, "data": {"name": "é"}}
TWO = {"id": "b", "count": 2, "is_good": False, "at": None, "data": None}


@pytest.fixture
def engine() -> Engine:
    """A database in memory that all connections of one test would not share: each test opens one."""
    return create_engine("sqlite://", poolclass=NullPool)


@pytest.fixture
def conn(engine: Engine) -> Iterator[PreparingConnection]:
    """Two rows, and a connection that keeps statements."""
    conn = PreparingConnection(engine)
    with conn:
        things.metadata.create_all(conn)
        conn.execute(insert(things), [ONE, TWO])
        yield conn


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        (select(things).order_by(things.c.id), {}),
        (select(things).where(things.c.id == bindparam("wanted")), {"wanted": "a"}),
        (select(things).where(things.c.id == bindparam("wanted")), {"wanted": "nobody"}),
        (select(things.c.at, things.c.data).where(things.c.is_good == bindparam("good")), {"good": True}),
        (select(things.c.id).where(things.c.at < bindparam("now", type_=Instant)), {"now": AT.replace(year=2027)}),
        (select(func.max(things.c.count).label("most")).where(things.c.is_good.is_(True)), {}),
        (select(things.c.id).where(things.c.id.in_(bindparam("some", expanding=True))), {"some": ["a", "c"]}),
        (select(things.c.id).order_by(things.c.id).limit(bindparam("at_most")), {"at_most": 1}),
    ],
)
def test_rows_are_those_of_sqlalchemy(
    conn: PreparingConnection, statement: Executable, parameters: dict[str, Any]
) -> None:
    # Given what SQLAlchemy itself answers
    expected = Connection.execute(conn, statement, parameters).mappings().all()
    # When the statement comes again and again, then the answer is that, types included
    for _ in range(ANSWERS):
        found = conn.execute(statement, parameters).mappings().all()
        assert found == expected
        assert [[type(value) for value in row.values()] for row in found] == [
            [type(value) for value in row.values()] for row in expected
        ]


def test_changes_are_counted_and_returned(conn: PreparingConnection) -> None:
    change = update(things).where(things.c.id == bindparam("which")).values(count=bindparam("next"))
    for count in range(ANSWERS):
        assert conn.execute(change, {"which": "a", "next": count}).rowcount == 1
        assert conn.execute(change, {"which": "nobody", "next": count}).rowcount == 0
    returned = change.returning(things.c.id, things.c.data)
    for count in range(ANSWERS):
        row = conn.execute(returned, {"which": "a", "next": count}).one()
        assert (row.id, row.data) == ("a", {"name": "é"})
    assert conn.scalar(select(things.c.count).where(things.c.id == "a")) == ANSWERS - 1


def test_rows_are_inserted_one_or_several_at_once(conn: PreparingConnection) -> None:
    add, remove = insert(things), delete(things).where(things.c.id.like("new%"))
    for _ in range(ANSWERS):
        conn.execute(add, {**ONE, "id": "new"})
        conn.execute(add, [{**ONE, "id": "new1"}])
        conn.execute(add, [{**ONE, "id": "new2"}, {**TWO, "id": "new3"}])
        assert conn.execute(remove).rowcount == 4


def test_the_same_statement_with_other_parameters_is_another_one(conn: PreparingConnection) -> None:
    change = update(things).where(things.c.id == bindparam("which"))
    for count in range(ANSWERS):
        conn.execute(change, {"which": "a", "count": count})
        conn.execute(change, {"which": "a", "is_good": bool(count % 2)})
    row = conn.execute(select(things).where(things.c.id == "a")).mappings().one()
    assert dict(row) == {**ONE, "count": ANSWERS - 1, "is_good": False}


def test_a_failed_statement_is_told_by_sqlalchemy_and_leaves_nothing(conn: PreparingConnection) -> None:
    add = insert(things)
    for number in range(ANSWERS):
        conn.execute(add, {**ONE, "id": f"n{number}"})
        with pytest.raises(IntegrityError):
            conn.execute(add, {**ONE, "id": "a"})
    assert conn.scalar(select(func.count()).select_from(things)) == 2 + ANSWERS


def test_a_missing_parameter_is_told_every_time(conn: PreparingConnection) -> None:
    wanted = select(things).where(things.c.id == bindparam("wanted"))
    for _ in range(ANSWERS):
        with pytest.raises(StatementError, match="wanted"):
            conn.execute(wanted, {})


def test_only_what_comes_again_is_kept(conn: PreparingConnection) -> None:
    # Given a statement that is a constant, and many that are built on the spot
    constant = update(things).values(count=bindparam("next"))
    answers: list[object] = [conn.execute(constant, {"next": 1}) for _ in range(2)]
    for number in range(20):
        conn.execute(select(things).where(things.c.count == number))
    # Then the constant is answered without SQLAlchemy, and nothing holds on to the others
    assert isinstance(answers[1], Changed)
    gc.collect()
    assert len(conn._kept) < 5


def test_another_database_is_refused() -> None:
    class Foreign:
        driver_connection = object()

    conn = PreparingConnection.__new__(PreparingConnection)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "__init__", lambda *_: None)
        patch.setattr(Connection, "connection", Foreign())
        with pytest.raises(TypeError, match="sqlite3"):
            PreparingConnection.__init__(conn, create_engine("sqlite://"))
