"""Documents of data sources: uploaded files that are indexed, and can be indexed again."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, InvalidDefinition, NotFound
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.paging import Page
from peer_server.access import Principal
from peer_server.document_text import kind_of
from peer_server.errors import TooLarge
from peer_server.services.files.file_access import reach_file
from peer_server.services.knowledge.indexer import DocumentIndexer
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores import documents as rows
from peer_server.stores.data_sources import DataSourceRow, get_source
from peer_server.stores.documents import DocumentRow, DocumentStatus
from peer_server.stores.files import FileRow, add_uses, drop_uses

MOST_DOCUMENTS: Final = 2_000
LARGEST_DOCUMENT: Final = 25 << 20


class DocumentService:
    """Documents of the data sources of one's workspace; the caller has been let in."""

    def __init__(self, store: Store, *, indexer: DocumentIndexer, trail: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._indexer = indexer
        self._trail = trail
        self._clock = clock

    async def add(self, principal: Principal, source_id: str, *, file_id: str, name: str | None = None) -> DocumentRow:
        """Make an uploaded file a document, to be indexed soon.

        Whoever may see the data source may read the file from now on. Raises `NotFound` for the data source;
        `InvalidDefinition` ``unknown_file``; `Unreadable` ``document_type``; `TooLarge`; `Conflict`
        ``document_exists``, ``too_many_documents``.
        """

        def make(tx: Transaction) -> DocumentRow:
            source = get_source(tx.conn, source_id, workspace_id=principal.workspace_id, lock=True)
            file = _reached(tx.conn, principal, file_id)
            kind_of(file.mime, file.name)
            if file.size > LARGEST_DOCUMENT:
                details = {"limit": LARGEST_DOCUMENT}
                message = f"a document may have {LARGEST_DOCUMENT:,} bytes"
                raise TooLarge("document_too_large", message, path="/fileId", remedy="split it", details=details)
            self._check_room(tx.conn, source, file.id)
            now = self._clock.now()
            row = DocumentRow(
                id=new_id(),
                source_id=source.id,
                workspace_id=source.workspace_id,
                file_id=file.id,
                name=name or file.name,
                mime=file.mime,
                size=file.size,
                status="pending",
                error=None,
                attempts=0,
                due_at=now,
                claim=None,
                rev=0,
                passages=0,
                done=0,
                total=0,
                created_by=principal.id,
                created_at=now,
                indexed_at=None,
            )
            rows.insert_document(tx, row)
            add_uses(tx, [file.id], kind="source", object_id=source.id)
            self._record(tx, principal, row, "added")
            tx.after_commit(self._indexer.wake)
            return row

        return await self._store.write(make)

    async def page(
        self, principal: Principal, source_id: str, *, status: DocumentStatus | None, cursor: str | None, limit: int
    ) -> Page[DocumentRow]:
        """A page of the documents, newest first. Raises `NotFound`."""

        def find(conn: Connection) -> Page[DocumentRow]:
            source = get_source(conn, source_id, workspace_id=principal.workspace_id)
            return rows.list_documents(conn, source.id, status=status, cursor=cursor, limit=limit)

        return await self._store.read(find)

    async def get(self, principal: Principal, source_id: str, document_id: str) -> DocumentRow:
        """One document, and how far its indexing is. Raises `NotFound`."""

        def find(conn: Connection) -> DocumentRow:
            source = get_source(conn, source_id, workspace_id=principal.workspace_id)
            return rows.get_document(conn, document_id, source_id=source.id)

        return await self._store.read(find)

    async def delete(self, principal: Principal, source_id: str, document_id: str) -> None:
        """Take a document out; its file stays with whoever uploaded it. Raises `NotFound`."""

        def remove(tx: Transaction, row: DocumentRow) -> None:
            rows.delete_document(tx, row.id)
            drop_uses(tx, kind="source", object_id=row.source_id, file_id=row.file_id)
            self._record(tx, principal, row, "removed")

        await self._change(principal, source_id, document_id, remove)

    async def index_again(self, principal: Principal, source_id: str, document_id: str) -> DocumentRow:
        """Have it indexed anew, also after a failure; what was found stays until then. Raises `NotFound`."""

        def again(tx: Transaction, row: DocumentRow) -> None:
            rows.index_again(tx, source_id=row.source_id, document_id=row.id, now=self._clock.now())
            self._record(tx, principal, row, "reindexed")
            tx.after_commit(self._indexer.wake)

        await self._change(principal, source_id, document_id, again)
        return await self.get(principal, source_id, document_id)

    async def _change(
        self, principal: Principal, source_id: str, document_id: str, change: Callable[[Transaction, DocumentRow], None]
    ) -> None:
        def in_order(tx: Transaction) -> None:
            source = get_source(tx.conn, source_id, workspace_id=principal.workspace_id)
            change(tx, rows.get_document(tx.conn, document_id, source_id=source.id, lock=True))

        await self._store.write(in_order)

    def _check_room(self, conn: Connection, source: DataSourceRow, file_id: str) -> None:
        if rows.holds_file(conn, source.id, file_id):
            remedy = "have it indexed again, or upload the new file"
            message = "that file is a document of this data source already"
            raise Conflict("document_exists", message, path="/fileId", remedy=remedy)
        if rows.count_documents(conn, source.id) >= MOST_DOCUMENTS:
            remedy = "make another data source, or remove a document"
            message = f"a data source has {MOST_DOCUMENTS:,} documents at most"
            raise Conflict("too_many_documents", message, remedy=remedy, details={"limit": MOST_DOCUMENTS})

    def _record(self, tx: Transaction, principal: Principal, row: DocumentRow, word: str) -> None:
        self._trail.record(
            tx,
            f"data.document_{word}",
            by=principal,
            of=("data-source", row.source_id),
            description=f"{word} the document {row.name!r}",
            details={"documentId": row.id, "fileId": row.file_id},
        )


def _reached(conn: Connection, principal: Principal, file_id: str) -> FileRow:
    try:
        return reach_file(conn, principal, file_id)
    except NotFound as error:
        raise InvalidDefinition(
            "unknown_file", error.message, path="/fileId", remedy="upload it to /v1/file"
        ) from error
