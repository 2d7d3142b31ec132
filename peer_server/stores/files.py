"""Uploaded files as rows, and what holds them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import Connection, delete, insert, select, update

from flow_runtime.store import Transaction
from peer_server.access import unknown
from peer_server.stores.columns import insert_new
from peer_server.stores.definition_tables import files
from peer_server.stores.file_tables import file_uses

FileStatus = Literal["arriving", "kept", "removed", "lost"]
UseKind = Literal["conversation", "run", "source"]


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
    status: FileStatus = "kept"


_SEEN: Final = ("kept", "lost")
_COLUMNS = [files.c[name] for name in FileRow.__slots__]


def insert_file(tx: Transaction, row: FileRow) -> FileRow:
    """Record a file."""
    tx.conn.execute(insert(files).values({name: getattr(row, name) for name in FileRow.__slots__}))
    return row


def keep_file(tx: Transaction, row: FileRow) -> FileRow:
    """The bytes of this file have arrived: it is what the row says by now."""
    arrived = {"size": row.size, "sha256": row.sha256, "status": "kept"}
    tx.conn.execute(update(files).where(files.c.id == row.id, files.c.status == "arriving").values(arrived))
    return row


def remove_file(tx: Transaction, file_id: str) -> None:
    """Nobody sees the file any more; its bytes go next. Idempotent."""
    tx.conn.execute(update(files).where(files.c.id == file_id).values(status="removed"))


def forget_file(tx: Transaction, file_id: str) -> None:
    """The bytes of a removed file are gone: so is its row."""
    tx.conn.execute(delete(files).where(files.c.id == file_id, files.c.status == "removed"))


def get_file(conn: Connection, file_id: str, *, workspace_id: str) -> FileRow:
    """One file. Raises `NotFound`."""
    found = find_files(conn, [file_id], workspace_id=workspace_id)
    if not found:
        raise unknown("file", file_id)
    return found[0]


def find_files(conn: Connection, file_ids: Collection[str], *, workspace_id: str) -> list[FileRow]:
    """Those of these ids that are files of the workspace."""
    query = select(*_COLUMNS).where(
        files.c.id.in_(file_ids), files.c.workspace_id == workspace_id, files.c.status.in_(_SEEN)
    )
    return [FileRow(*row) for row in conn.execute(query)]


def find_linked(conn: Connection, file_id: str) -> FileRow | None:
    """A file of any workspace; the caller has checked a signature for exactly this id."""
    found = conn.execute(select(*_COLUMNS).where(files.c.id == file_id, files.c.status.in_(_SEEN))).first()
    return None if found is None else FileRow(*found)


def add_uses(tx: Transaction, file_ids: Iterable[str], *, kind: UseKind, object_id: str) -> None:
    """This holds these files from now on. Idempotent. Raises `NotFound` for one that was swept away just now."""
    wanted = sorted(set(file_ids))
    if not wanted:
        return
    here = select(files.c.id).where(files.c.id.in_(wanted), files.c.status.in_(_SEEN))
    gone = set(wanted).difference(tx.conn.scalars(here.with_for_update(read=True, key_share=True)))
    if gone:
        raise unknown("file", min(gone))
    for file_id in wanted:
        use = {"file_id": file_id, "kind": kind, "object_id": object_id}
        tx.conn.execute(insert_new(tx.conn, file_uses, file_uses.c.file_id), use)


def drop_uses(tx: Transaction, *, kind: UseKind, object_id: str, file_id: str | None = None) -> None:
    """This holds that file no longer, or none at all. Idempotent."""
    gone = delete(file_uses).where(file_uses.c.kind == kind, file_uses.c.object_id == object_id)
    tx.conn.execute(gone if file_id is None else gone.where(file_uses.c.file_id == file_id))


def uses_of(conn: Connection, file_id: str) -> Sequence[tuple[UseKind, str]]:
    """What holds a file."""
    query = select(file_uses.c.kind, file_uses.c.object_id).where(file_uses.c.file_id == file_id)
    return [(row.kind, row.object_id) for row in conn.execute(query)]
