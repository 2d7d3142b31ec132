"""Removes one conversation or one run for good, a bounded piece in each transaction, and then its files."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement

from flow_runtime.failpoints import hit
from flow_runtime.store import Store, Transaction
from peer_server.services.files.file_sweep import FileSweep
from peer_server.services.retention.report import Note
from peer_server.stores.file_usage import held_files, remove_unheld
from peer_server.stores.purging import Purged, purge_conversation, purge_run, uses_of_conversation, uses_of_run

_ROWS: Final = 500
"""Rows in one transaction: a few milliseconds in which nobody else writes."""


class Erasure:
    """The work itself; whoever calls has seen to it that nothing needs what goes."""

    def __init__(self, store: Store, *, files: FileSweep) -> None:
        self._store = store
        self._files = files

    async def conversation(self, workspace_id: str, conversation_id: str, *, note: Note | None = None) -> int:
        """A conversation that was marked, with messages, events, runs and drafts; answers how many files went with it.

        If this process dies in between, the sweep goes on with it.
        """
        uses = uses_of_conversation(conversation_id)
        purge = partial(purge_conversation, conversation_id=conversation_id)
        return await self._all(workspace_id, purge, uses, note=note)

    async def run(self, workspace_id: str, run_id: str, *, note: Note) -> int:
        """An ended run outside conversations, with everything that it started; answers how many files went with it."""

        def purge(tx: Transaction, *, limit: int) -> Purged:
            purged = purge_run(tx, run_id, limit=limit)
            if purged.rows < limit:
                note(tx, "runs", 1)
            return purged

        return await self._all(workspace_id, purge, uses_of_run(run_id), note=note)

    async def _all(
        self, workspace_id: str, purge: Callable[..., Purged], uses: ColumnElement[bool], *, note: Note | None
    ) -> int:
        files = 0
        while True:
            held = await self._store.read(held_files, uses)
            free = frozenset(await self._files.unnamed(workspace_id, held))
            rows, removed = await self._store.write(_piece, purge, free, note=note)
            hit("erasure.piece")
            await self._files.drop(removed)
            files += len(removed)
            if rows < _ROWS:
                return files


def _piece(
    tx: Transaction, purge: Callable[..., Purged], free: Collection[str], *, note: Note | None
) -> tuple[int, Sequence[str]]:
    """Some rows, and the files that go with them: nobody else would know of these if the process died in between."""
    purged = purge(tx, limit=_ROWS)
    removed = remove_unheld(tx, [one for one in purged.file_ids if one in free])
    if note is not None:
        note(tx, "files", len(removed))
    return purged.rows, removed
