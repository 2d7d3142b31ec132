"""What is asked of people: lists of open requests, and the names that stand beside conversations."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from flow_runtime.run import ASKED_KINDS, Interrupt, InterruptStatus
from flow_runtime.store import Store
from flow_runtime.stores.interrupts import list_interrupts
from flow_runtime.stores.paging import Page
from peer_server.access import Principal
from peer_server.stores.conversation_rows import Conversation
from peer_server.stores.inbox import open_count, open_counts
from peer_server.stores.peers import peer_names


class InboxService:
    """Lists for one principal."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def interrupts(
        self,
        principal: Principal,
        *,
        status: InterruptStatus | None,
        run_id: str | None,
        conversation_id: str | None,
        cursor: str | None,
        limit: int,
    ) -> Page[Interrupt]:
        """A page of requests, newest first."""
        return await self._store.read(
            list_interrupts,
            workspace_id=principal.workspace_id,
            run_id=run_id,
            conversation_id=conversation_id,
            status=status,
            kinds=sorted(ASKED_KINDS),
            cursor=cursor,
            limit=limit,
        )

    async def waiting(self, principal: Principal) -> int:
        """How many requests are open in this person's workspace, counted up to `MOST_COUNTED`."""
        return await self._store.read(open_count, principal.workspace_id)

    async def beside(
        self, principal: Principal, conversations: Sequence[Conversation]
    ) -> tuple[Mapping[str, str], Mapping[str, int]]:
        """The names of the Peers by id, and the number of open requests by conversation."""

        def find(conn: Connection) -> tuple[Mapping[str, str], Mapping[str, int]]:
            workspace_id = principal.workspace_id
            names = peer_names(conn, {one.peer_id for one in conversations}, workspace_id=workspace_id)
            return names, open_counts(conn, [one.id for one in conversations], workspace_id=workspace_id)

        return await self._store.read(find)
