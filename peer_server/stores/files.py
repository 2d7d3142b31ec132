"""Uploaded files as rows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from flow_runtime.store import Transaction
from peer_server.access import unknown
from peer_server.stores.definition_tables import files


@dataclass(frozen=True, slots=True)
class FileRow:
    """What is known of a file; its bytes are in the blob store under `id`."""

    id: str
    workspace_id: str
    owner_id: str | None
    name: str
    mime: str
    size: int
    sha256: str
    created_at: datetime


_COLUMNS = [files.c[name] for name in FileRow.__slots__]


def insert_file(tx: Transaction, row: FileRow) -> FileRow:
    """Record an uploaded file."""
    tx.conn.execute(insert(files).values({name: getattr(row, name) for name in FileRow.__slots__}))
    return row


def get_file(conn: Connection, file_id: str, *, workspace_id: str) -> FileRow:
    """One file. Raises `NotFound`."""
    query = select(*_COLUMNS).where(files.c.id == file_id, files.c.workspace_id == workspace_id)
    found = conn.execute(query).first()
    if found is None:
        raise unknown("file", file_id)
    return FileRow(*found)
