"""Data sources as rows. Every function takes the workspace and answers nothing of another one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, case, delete, func, insert, or_, select

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from flow_runtime.stores.paging import Page, read_page
from peer_server.access import unknown
from peer_server.stores.knowledge_tables import data_sources, documents, passages
from peer_server.stores.statements import set_columns


@dataclass(frozen=True, slots=True)
class DataSourceRow:
    """A data source as stored."""

    id: str
    workspace_id: str
    name: str
    description: str
    language: str
    embedding_model: str | None
    passage_size: int
    passage_overlap: int
    created_by: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Contents:
    """How many documents a source has, how many of them are in which state, and what can be found in it."""

    documents: int = 0
    ready: int = 0
    failed: int = 0
    passages: int = 0


_COLUMNS: Final = [data_sources.c[name] for name in DataSourceRow.__slots__]


def insert_source(tx: Transaction, row: DataSourceRow) -> None:
    """Store a new data source."""
    tx.conn.execute(insert(data_sources).values({name: getattr(row, name) for name in DataSourceRow.__slots__}))


def change_source(tx: Transaction, source_id: str, **values: Json) -> None:
    """Set these columns."""
    set_columns(tx, data_sources, row_id=source_id, values=values)


def delete_source(tx: Transaction, source_id: str) -> None:
    """Remove a data source with everything in it."""
    tx.conn.execute(delete(passages).where(passages.c.source_id == source_id))
    tx.conn.execute(delete(documents).where(documents.c.source_id == source_id))
    tx.conn.execute(delete(data_sources).where(data_sources.c.id == source_id))


def get_source(conn: Connection, source_id: str, *, workspace_id: str, lock: bool = False) -> DataSourceRow:
    """One data source. Raises `NotFound`."""
    query = _of(workspace_id).where(data_sources.c.id == source_id)
    found = conn.execute(query.with_for_update() if lock else query).first()
    if found is None:
        raise unknown("data source", source_id)
    return _row(found)


def find_sources(conn: Connection, wanted: Collection[str], *, workspace_id: str) -> Mapping[str, DataSourceRow]:
    """Those data sources that these ids or names mean, each under what it was asked by. An id comes before a name."""
    query = _of(workspace_id).where(or_(data_sources.c.id.in_(wanted), data_sources.c.name.in_(wanted)))
    rows = [_row(found) for found in conn.execute(query)]
    named = {row.name: row for row in rows if row.name in wanted}
    return {**named, **{row.id: row for row in rows if row.id in wanted}}


def list_sources(
    conn: Connection, *, workspace_id: str, search: str = "", cursor: str | None, limit: int
) -> Page[DataSourceRow]:
    """A page of the data sources of a workspace, newest first."""
    query = _of(workspace_id)
    if search:
        query = query.where(data_sources.c.name.icontains(search, autoescape=True))
    at, identifier = data_sources.c.created_at, data_sources.c.id
    return read_page(conn, query, at=at, id=identifier, convert=_row, cursor=cursor, limit=limit)


def source_names(conn: Connection, *, workspace_id: str) -> list[tuple[str, str]]:
    """The id and name of every data source."""
    query = select(data_sources.c.id, data_sources.c.name).where(data_sources.c.workspace_id == workspace_id)
    return [(row.id, row.name) for row in conn.execute(query)]


def count_sources(conn: Connection, *, workspace_id: str) -> int:
    """How many data sources a workspace has."""
    query = select(func.count()).select_from(data_sources).where(data_sources.c.workspace_id == workspace_id)
    return conn.scalar(query) or 0


def contents_of(conn: Connection, source_ids: Collection[str]) -> Mapping[str, Contents]:
    """What is in each of these data sources; nothing for those that are empty."""

    def counted(status: str) -> Any:  # noqa: ANN401 - an expression
        return func.sum(case((documents.c.status == status, 1), else_=0))

    query = (
        select(documents.c.source_id, func.count(), counted("ready"), counted("failed"), func.sum(documents.c.passages))
        .where(documents.c.source_id.in_(source_ids))
        .group_by(documents.c.source_id)
    )
    return {row[0]: Contents(*(int(number) for number in row[1:])) for row in conn.execute(query)}


def _of(workspace_id: str) -> Select[Any]:
    return select(*_COLUMNS).where(data_sources.c.workspace_id == workspace_id)


def _row(found: Row[Any]) -> DataSourceRow:
    return DataSourceRow(*found[: len(_COLUMNS)])
