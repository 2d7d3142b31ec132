"""What is asked of people: lists of open requests, and the names that stand beside conversations."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from flow_runtime.run import ASKED_KINDS, Interrupt, InterruptStatus
from flow_runtime.store import Store
from flow_runtime.stores.interrupts import list_interrupts
from flow_runtime.stores.paging import Page
from flow_runtime.stores.tables import interrupts
from peer_server.access import Principal
from peer_server.stores.conversation_rows import Conversation
from peer_server.stores.inbox import answerable, concerns, open_count, open_counts
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
    ) -> tuple[Page[Interrupt], Mapping[str, bool]]:
        """A page of what this principal may answer or is close to, newest first; and by id whether it may answer."""

        def find(conn: Connection) -> tuple[Page[Interrupt], Mapping[str, bool]]:
            only = concerns(conn, principal, interrupts.c.id)
            if principal.run_id is not None:
                only &= interrupts.c.root_run_id == principal.run_id
            page = list_interrupts(
                conn,
                workspace_id=principal.workspace_id,
                run_id=run_id,
                conversation_id=conversation_id,
                status=status,
                kinds=sorted(ASKED_KINDS),
                only=only,
                cursor=cursor,
                limit=limit,
            )
            mine = answerable(conn, principal, [one.id for one in page.items])
            return page, {one.id: one.id in mine for one in page.items}

        return await self._store.read(find)

    async def waiting(self, principals: Sequence[Principal]) -> list[int]:
        """How much each of these principals may answer now, counted up to `MOST_COUNTED`."""

        def count(conn: Connection) -> list[int]:
            return [open_count(conn, principal) for principal in principals]

        return await self._store.read(count)

    async def beside(
        self, principal: Principal, conversations: Sequence[Conversation]
    ) -> tuple[Mapping[str, str], Mapping[str, int]]:
        """The names of the Peers by id, and the number of open requests by conversation."""

        def find(conn: Connection) -> tuple[Mapping[str, str], Mapping[str, int]]:
            workspace_id = principal.workspace_id
            names = peer_names(conn, {one.peer_id for one in conversations}, workspace_id=workspace_id)
            return names, open_counts(conn, [one.id for one in conversations], workspace_id=workspace_id)

        return await self._store.read(find)
