"""Removes one conversation or one run for good, a bounded piece in each transaction, and then its files."""

from collections.abc import Callable
from typing import Final

from flow_runtime.store import Store, Transaction
from peer_server.services.files.file_sweep import FileSweep
from peer_server.stores.purging import Purged, purge_conversation, purge_run

_ROWS: Final = 500
"""Rows in one transaction: a few milliseconds in which nobody else writes."""


class Erasure:
    """The work itself; whoever calls has seen to it that nothing needs what goes."""

    def __init__(self, store: Store, *, files: FileSweep) -> None:
        self._store = store
        self._files = files

    async def conversation(self, workspace_id: str, conversation_id: str) -> int:
        """A conversation that was marked, with messages, events, runs and drafts; answers how many files went with it.

        If this process dies in between, the sweep goes on with it.
        """
        return await self._all(workspace_id, conversation_id, purge_conversation)

    async def run(self, workspace_id: str, run_id: str) -> int:
        """An ended run outside conversations, with everything that it started; answers how many files went with it."""
        return await self._all(workspace_id, run_id, purge_run)

    async def _all(self, workspace_id: str, identifier: str, purge: Callable[..., Purged]) -> int:
        def piece(tx: Transaction) -> Purged:
            return purge(tx, identifier, limit=_ROWS)

        files = 0
        while True:
            purged = await self._store.write(piece)
            files += await self._files.release(workspace_id, purged.file_ids)
            if purged.rows < _ROWS:
                return files
