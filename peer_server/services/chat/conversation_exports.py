"""Conversations as files: a document for people, or the list of events for programs."""

from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy import Connection

from flow_runtime.store import Store, Transaction
from peer_server.access import Principal
from peer_server.bus import Frame
from peer_server.services.chat.conversations import Conversations
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores.conversation_rows import Conversation
from peer_server.stores.peers import peer_names
from peer_server.transcript import transcript

_PAGE: Final = 500


class ConversationExports:
    """For those who take part in a conversation; each export is recorded."""

    def __init__(self, store: Store, *, conversations: Conversations, trail: AuditTrail) -> None:
        self._store = store
        self._conversations = conversations
        self._trail = trail

    async def markdown(self, principal: Principal, conversation_id: str) -> str:
        """The shown branch as a document. Raises `NotFound`."""
        row = await self._begin(principal, conversation_id, kind="markdown")
        view = await self._conversations.view(principal, conversation_id)
        names = await self._store.read(_names, row)
        name = names.get(row.peer_id, "a Peer that was deleted")
        return transcript(view, title=view.title or row.title or "Conversation", peer_name=name)

    async def events(self, principal: Principal, conversation_id: str) -> AsyncIterator[Frame]:
        """Every event so far, in order, read page by page. Raises `NotFound` before the first one."""
        row = await self._begin(principal, conversation_id, kind="json")
        return self._pages(principal, conversation_id, until=row.last_seq)

    async def _pages(self, principal: Principal, conversation_id: str, *, until: int) -> AsyncIterator[Frame]:
        seq = 0
        while seq < until:
            limit = min(_PAGE, until - seq)
            page = await self._conversations.frames(principal, conversation_id, after_seq=seq, limit=limit)
            for frame in page:
                yield frame
            if not page:
                return
            seq += len(page)

    async def _begin(self, principal: Principal, conversation_id: str, *, kind: str) -> Conversation:
        row = await self._conversations.get(principal, conversation_id)

        def record(tx: Transaction) -> None:
            of, description = ("conversation", conversation_id), f"exported a conversation as {kind}"
            self._trail.record(tx, "conversation.exported", by=principal, of=of, description=description)

        await self._store.write(record)
        return row


def _names(conn: Connection, row: Conversation) -> dict[str, str]:
    return dict(peer_names(conn, [row.peer_id], workspace_id=row.workspace_id))
