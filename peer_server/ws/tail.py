"""What other processes write reaches the sockets of this one by looking: twice a second, for all open conversations."""

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Final

from sqlalchemy import Connection, select

from flow_runtime.errors import FlowError
from flow_runtime.store import Store
from peer_server.stores.conversation_tables import conversations
from peer_server.ws.feed import Feed

log = logging.getLogger(__name__)

EVERY_S: Final = 0.5
_MOST_IDS: Final = 1000
"""Ids in one query."""


class StoreTail:
    """Tells feeds how far the store is. Without other processes (SQLite) it does nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._feeds: dict[str, set[Feed]] = {}
        self._task: asyncio.Task[None] | None = None

    def follow(self, feed: Feed) -> Callable[[], None]:
        """Look after this feed; the answer stops it (idempotent)."""
        self._feeds.setdefault(feed.conversation_id, set()).add(feed)

        def stop() -> None:
            feeds = self._feeds.get(feed.conversation_id, set())
            feeds.discard(feed)
            if not feeds:
                self._feeds.pop(feed.conversation_id, None)

        return stop

    def start(self) -> None:
        """Begin to look, if other processes may write."""
        if self._store.dialect == "postgresql":
            self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """Stop looking. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def look(self) -> None:
        """Look once, and wake every feed that is behind."""
        ids = list(self._feeds)
        for start in range(0, len(ids), _MOST_IDS):
            found = await self._store.read(last_seqs, ids[start : start + _MOST_IDS])
            for conversation_id, last_seq in found.items():
                for feed in tuple(self._feeds.get(conversation_id, ())):
                    feed.check(last_seq)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.look()
            except FlowError as error:  # the database is away; looking again is all that helps
                log.warning("cannot look for events of other processes: %s", error.message)
            except Exception:  # without this loop no socket would hear of other processes again
                log.exception("looking for events of other processes failed; trying again")


def last_seqs(conn: Connection, conversation_ids: Collection[str]) -> dict[str, int]:
    """How far the log of each of these conversations is."""
    query = select(conversations.c.id, conversations.c.last_seq).where(conversations.c.id.in_(conversation_ids))
    return {row.id: row.last_seq for row in conn.execute(query)}
