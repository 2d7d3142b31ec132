"""Documents of data sources as rows, and which of them somebody should work on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from flow_runtime.stores.paging import Page, read_page
from peer_server.access import unknown
from peer_server.stores.knowledge_tables import documents, passages
from peer_server.stores.statements import set_columns

DocumentStatus = Literal["pending", "indexing", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as stored."""

    id: str
    source_id: str
    workspace_id: str
    file_id: str
    name: str
    mime: str
    size: int
    status: DocumentStatus
    error: Mapping[str, Json] | None
    attempts: int
    due_at: datetime | None
    claim: str | None
    rev: int
    passages: int
    done: int
    total: int
    created_by: str
    created_at: datetime
    indexed_at: datetime | None


_COLUMNS: Final = [documents.c[name] for name in DocumentRow.__slots__]


def insert_document(tx: Transaction, row: DocumentRow) -> None:
    """Store a new document."""
    tx.conn.execute(insert(documents).values({name: getattr(row, name) for name in DocumentRow.__slots__}))


def change_document(tx: Transaction, document_id: str, **values: Json) -> None:
    """Set these columns."""
    set_columns(tx, documents, row_id=document_id, values=values)


def delete_document(tx: Transaction, document_id: str) -> None:
    """Remove a document and what was found in it."""
    tx.conn.execute(delete(passages).where(passages.c.document_id == document_id))
    tx.conn.execute(delete(documents).where(documents.c.id == document_id))


def get_document(conn: Connection, document_id: str, *, source_id: str, lock: bool = False) -> DocumentRow:
    """A document of that data source. Raises `NotFound`."""
    query = select(*_COLUMNS).where(documents.c.id == document_id, documents.c.source_id == source_id)
    found = conn.execute(query.with_for_update() if lock else query).first()
    if found is None:
        raise unknown("document", document_id)
    return _row(found)


def holds_file(conn: Connection, source_id: str, file_id: str) -> bool:
    """Whether that file is a document of the data source."""
    query = select(documents.c.id).where(documents.c.source_id == source_id, documents.c.file_id == file_id)
    return conn.execute(query).first() is not None


def count_documents(conn: Connection, source_id: str) -> int:
    """How many documents a data source has."""
    query = select(func.count()).select_from(documents).where(documents.c.source_id == source_id)
    return conn.scalar(query) or 0


def list_documents(
    conn: Connection, source_id: str, *, status: DocumentStatus | None, cursor: str | None, limit: int
) -> Page[DocumentRow]:
    """A page of the documents of a data source, newest first."""
    query = select(*_COLUMNS).where(documents.c.source_id == source_id)
    if status is not None:
        query = query.where(documents.c.status == status)
    at, identifier = documents.c.created_at, documents.c.id
    return read_page(conn, query, at=at, id=identifier, convert=_row, cursor=cursor, limit=limit)


def index_again(tx: Transaction, *, source_id: str, document_id: str | None = None, now: datetime) -> None:
    """Have one document, or all of a data source, indexed anew. What was found stays to be found until then."""
    values = {"status": "pending", "error": None, "attempts": 0, "due_at": now, "claim": None, "done": 0, "total": 0}
    change = update(documents).where(documents.c.source_id == source_id)
    if document_id is not None:
        change = change.where(documents.c.id == document_id)
    tx.conn.execute(change.values(values))


def next_due(conn: Connection) -> datetime | None:
    """When somebody should next work on a document."""
    due_at: datetime | None = conn.scalar(select(func.min(documents.c.due_at)))
    return due_at


def claim_document(tx: Transaction, claim: str, *, now: datetime, until: datetime) -> DocumentRow | None:
    """Take the document that has been due longest, up to that time; None if there is none."""
    query = select(*_COLUMNS).where(documents.c.due_at <= now).order_by(documents.c.due_at).limit(1)
    found = tx.conn.execute(query.with_for_update(skip_locked=True)).first()
    if found is None:
        return None
    row = _row(found)
    change_document(tx, row.id, status="indexing", claim=claim, due_at=until, attempts=row.attempts + 1)
    return get_document(tx.conn, row.id, source_id=row.source_id)


def release_documents(tx: Transaction, *, now: datetime) -> None:
    """Have everything that somebody holds taken up at once; only for whoever knows that all of them are gone."""
    change = update(documents).where(documents.c.status == "indexing")
    tx.conn.execute(change.values(status="pending", due_at=now, claim=None))


def held(conn: Connection, document_id: str, claim: str) -> DocumentRow | None:
    """The document, if that claim on it still holds; the caller writes in the same transaction."""
    query = select(*_COLUMNS).where(documents.c.id == document_id, documents.c.claim == claim).with_for_update()
    found = conn.execute(query).first()
    return None if found is None else _row(found)


def _row(found: Row[Any]) -> DocumentRow:
    return DocumentRow(*found[: len(_COLUMNS)])
