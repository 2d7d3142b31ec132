"""Indexes documents: reads their text, cuts it into passages, embeds and stores them. Done once, also after a crash.

What a document was indexed to before stays to be found until the new passages are whole.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Final

from flow_runtime.clock import Clock
from flow_runtime.errors import FlowError, Json, StepFailed, StoreUnavailable
from flow_runtime.failpoints import hit
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from peer_server.document_apart import KINDS, read_apart
from peer_server.document_text import Unreadable, kind_of, read_blocks
from peer_server.passage_ranking import signature
from peer_server.passages import Block, cut
from peer_server.search_words import Analyzer
from peer_server.services.files.files import FileService
from peer_server.services.knowledge.embedding import embed
from peer_server.services.models.metered_models import MeteredModels
from peer_server.stores import documents as rows
from peer_server.stores.data_sources import DataSourceRow, get_source
from peer_server.stores.documents import DocumentRow
from peer_server.stores.passages import NewPassage, add_passages, drop_passages

_log = logging.getLogger(__name__)

MOST_PASSAGES: Final = 10_000
"""Passages of one document."""
_DELAYS_S: Final = (10, 60, 300, 1800)
"""Between attempts after what may pass; then the document has failed, until somebody asks for another attempt."""
_MOST_ATTEMPTS: Final = 1 + len(_DELAYS_S)
"""More than these were all cut off by the end of the process, which the document may have brought about."""
_LEASE: Final = timedelta(seconds=180)
"""After so long without progress a document is taken over: whoever held it is gone."""
_BATCH: Final = 64
_POLL_S: Final = 2.0
"""How late the indexing may begin of a document that another process was given."""
_LONGEST_SLEEP_S: Final = 30.0


class DocumentIndexer:
    """Any number of processes may run the loop: each document is indexed by one of them."""

    def __init__(self, store: Store, *, files: FileService, models: MeteredModels, clock: Clock) -> None:
        self._store = store
        self._files = files
        self._models = models
        self._clock = clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """A document is due."""
        self._woken.set()

    async def run(self) -> None:
        """Index what is due until cancelled. Survives a database restart."""
        if self._store.dialect == "sqlite":  # Nobody else works on it, so what is held was left behind.
            await self._store.write(rows.release_documents, now=self._clock.now())
        while True:
            self._woken.clear()
            try:
                await self.index_due()
                wait_s = self._until(await self._store.read(rows.next_due))
            except StoreUnavailable:
                wait_s = _POLL_S
            except Exception:  # noqa: BLE001 - without this loop nothing would ever be indexed again
                _log.exception("indexing documents failed; trying again")
                wait_s = _POLL_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), wait_s)

    async def index_due(self) -> None:
        """Index everything that is due now, one document after the other."""
        while True:
            now = self._clock.now()
            row = await self._store.write(rows.claim_document, new_id(), now=now, until=now + _LEASE)
            if row is None:
                return
            hit("document.claimed")
            await self._attend(row)

    def _until(self, due_at: datetime | None) -> float:
        longest = _POLL_S if self._store.dialect == "postgresql" else _LONGEST_SLEEP_S
        if due_at is None:
            return longest
        return min(max((due_at - self._clock.now()).total_seconds(), 0.0), longest)

    async def _attend(self, row: DocumentRow) -> None:
        """One attempt, and what it came to."""
        try:
            await self._index(row)
        except _Lost:
            return
        except asyncio.CancelledError:
            undone = {"status": "pending", "attempts": row.attempts - 1, "due_at": self._clock.now(), "claim": None}
            await self._store.write(partial(_if_held, row=row), undone)
            raise
        except StoreUnavailable:
            raise
        except FlowError as error:
            await self._store.write(partial(_if_held, row=row), self._failed(row, error))
        except Exception:  # noqa: BLE001 - one document that is read wrongly must not stop the others
            _log.exception("indexing the document %s failed", row.id)
            internal = StepFailed("internal_error", "reading this document failed; the log of the server says why")
            await self._store.write(partial(_if_held, row=row), self._failed(row, internal))

    def _failed(self, row: DocumentRow, error: FlowError) -> dict[str, Json]:
        """The columns after a failed attempt."""
        may_pass = getattr(error, "retryable", False) and row.attempts <= len(_DELAYS_S)
        delay_s = _DELAYS_S[row.attempts - 1] if may_pass else 0
        return {
            "status": "pending" if may_pass else "failed",
            "error": error.as_json(),
            "due_at": self._clock.now() + timedelta(seconds=delay_s) if may_pass else None,
            "claim": None,
        }

    async def _index(self, row: DocumentRow) -> None:
        if row.attempts > _MOST_ATTEMPTS:
            message = f"indexing {row.name!r} was begun {_MOST_ATTEMPTS} times and never came to an end"
            raise StepFailed("document_interrupted", message, remedy="split it or save it anew; then index it again")
        source = await self._store.read(get_source, row.source_id, workspace_id=row.workspace_id)
        found = await self._passages(row, source)
        await self._store.write(self._begin, row, total=len(found))
        hit("document.begun")
        waiting = iter(found)
        while batch := list(islice(waiting, _BATCH)):
            await self._store.write(self._add, row, await self._embedded(batch, source))
            hit("document.added")
        await self._store.write(self._finish, row, count=len(found))
        hit("document.finished")

    async def _passages(self, row: DocumentRow, source: DataSourceRow) -> list[NewPassage]:
        """What the document says, cut. Raises `Unreadable`, `NotFound`."""
        file = await self._files.find(row.workspace_id, row.file_id)
        kind = kind_of(file.mime, file.name)
        data = await self._files.read(row.workspace_id, row.file_id)
        blocks = await read_apart(data, kind) if kind in KINDS else None
        found = await asyncio.to_thread(_cut, blocks, data, kind=kind, source=source)
        if not found:
            remedy = "scanned pages must be recognised as text first"
            raise Unreadable("document_empty", f"there is no text in {file.name!r}", remedy=remedy)
        if len(found) > MOST_PASSAGES:
            message = f"{file.name!r} has more than {MOST_PASSAGES:,} passages"
            raise Unreadable("document_too_long", message, remedy="split it, or choose larger passages")
        return found

    async def _embedded(self, batch: Sequence[NewPassage], source: DataSourceRow) -> Sequence[NewPassage]:
        if source.embedding_model is None:
            return batch
        texts = [f"{one.place}\n{one.text}" if one.place else one.text for one in batch]
        got = await embed(self._models, texts, model=source.embedding_model, workspace_id=source.workspace_id)
        return [
            replace(one, embedding=vector, signature=signature(vector))
            for one, vector in zip(batch, got.vectors, strict=True)
        ]

    def _begin(self, tx: Transaction, row: DocumentRow, *, total: int) -> None:
        """Clear away what an attempt before this one has written."""
        _require_held(tx, row)
        drop_passages(tx, row.id, but=row.rev)
        rows.change_document(tx, row.id, done=0, total=total)

    def _add(self, tx: Transaction, row: DocumentRow, batch: Sequence[NewPassage]) -> None:
        done = _require_held(tx, row).done + len(batch)
        add_passages(tx, batch, source_id=row.source_id, document_id=row.id, rev=row.rev + 1)
        rows.change_document(tx, row.id, done=done, due_at=self._clock.now() + _LEASE)

    def _finish(self, tx: Transaction, row: DocumentRow, *, count: int) -> None:
        _require_held(tx, row)
        drop_passages(tx, row.id, but=row.rev + 1)
        ready = {"status": "ready", "error": None, "attempts": 0, "due_at": None, "claim": None}
        rows.change_document(
            tx, row.id, **ready, rev=row.rev + 1, passages=count, done=count, indexed_at=self._clock.now()
        )


class _Lost(Exception):
    """The document was removed, is to be indexed anew, or was taken over."""


def _require_held(tx: Transaction, row: DocumentRow) -> DocumentRow:
    held = rows.held(tx.conn, row.id, row.claim or "")
    if held is None:
        raise _Lost(row.id)
    return held


def _if_held(tx: Transaction, values: dict[str, Json], *, row: DocumentRow) -> None:
    if rows.held(tx.conn, row.id, row.claim or "") is not None:
        rows.change_document(tx, row.id, **values)


def _cut(blocks: Iterable[Block] | None, data: bytes, *, kind: str, source: DataSourceRow) -> list[NewPassage]:
    """Passages with their words; one more than is allowed tells that there are too many."""
    read = read_blocks(data, kind) if blocks is None else blocks
    pieces = islice(cut(read, size=source.passage_size, overlap=source.passage_overlap), MOST_PASSAGES + 1)
    analyzer = Analyzer(source.language)
    return [
        NewPassage(number, piece.place, piece.text, analyzer.words(piece.searched))
        for number, piece in enumerate(pieces, start=1)
    ]
