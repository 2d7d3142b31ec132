"""Removes files that nothing needs, uploads that broke off, bytes without a record; marks records without bytes."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from flow_runtime.clock import Clock
from flow_runtime.failpoints import hit
from flow_runtime.store import Store, Transaction
from peer_server.blobs import Blobs
from peer_server.stores import file_usage as usage
from peer_server.stores import files as rows

STUCK: Final = timedelta(days=1)
"""How long an upload may take, and how old bytes without a record must be before they are removed."""
_AT_ONCE: Final = 100


class FileSweep:
    """Each method does one kind of clearing, a few files at a time, and may be called again at any time."""

    def __init__(self, store: Store, *, blobs: Blobs, clock: Clock) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock

    async def unneeded(self, workspace_id: str, *, since: datetime, after: str) -> tuple[Sequence[str], str | None]:
        """Some files of before then that nothing holds or names, and behind which id to go on; None: that was all."""
        found = await self._store.read(usage.unheld_files, workspace_id, since=since, after=after, limit=_AT_ONCE)
        return await self.unnamed(workspace_id, found), found[-1] if len(found) == _AT_ONCE else None

    async def unnamed(self, workspace_id: str, file_ids: Sequence[str]) -> Sequence[str]:
        """Those of these files that nothing names which may be used later. Slow: not for within a transaction."""
        if not file_ids:
            return ()
        named = await self._store.read(usage.named_among, workspace_id, file_ids)
        return [one for one in file_ids if one not in named]

    async def release(
        self, workspace_id: str, file_ids: Sequence[str], *, note: Callable[[Transaction, int], None]
    ) -> int:
        """Remove those of these files that nothing holds or names any more, and their bytes; answers how many.

        `note` is told in the same transaction.
        """

        def remove(tx: Transaction, unnamed: Sequence[str]) -> Sequence[str]:
            removed = usage.remove_unheld(tx, unnamed)
            note(tx, len(removed))
            return removed

        free = await self._store.write(remove, await self.unnamed(workspace_id, file_ids))
        await self.drop(free)
        return len(free)

    async def stuck(self, *, after: str) -> Sequence[str]:
        """Some uploads that broke off a day ago, and removed files whose bytes may still be there, behind that id."""
        since = self._clock.now() - STUCK
        return await self._store.read(usage.stuck_files, since=since, after=after, limit=_AT_ONCE)

    async def drop(self, file_ids: Sequence[str]) -> None:
        """Forget these files: first their bytes, then their records."""
        for file_id in file_ids:
            await self._store.write(rows.remove_file, file_id)
            hit("file.removed")
            await self._blobs.delete(file_id)
            hit("file.emptied")
            await self._store.write(rows.forget_file, file_id)

    async def stray_bytes(self, *, dry_run: bool) -> int:
        """Remove bytes that are older than a day and have no record; answers how many keys that were."""
        count = 0
        async for keys in self._blobs.keys(older_than=self._clock.now() - STUCK):
            known = await self._store.read(usage.known_files, keys)
            stray = [key for key in keys if key not in known]
            count += len(stray)
            for key in stray if not dry_run else ():
                await self._blobs.delete(key)
        return count

    async def missing_bytes(self, *, after: str, dry_run: bool) -> tuple[int, str | None]:
        """Look for the bytes of some files and mark those that have none; answers how many, and where to go on."""
        found = await self._store.read(usage.kept_files, after=after, limit=_AT_ONCE)
        lost = [file_id for file_id in found if not await self._blobs.exists(file_id)]
        for file_id in lost if not dry_run else ():
            await self._store.write(usage.mark_lost, file_id)
        return len(lost), found[-1] if len(found) == _AT_ONCE else None
