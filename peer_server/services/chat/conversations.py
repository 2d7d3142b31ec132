"""Conversations of one's own: start, list, name, pin, archive, delete and take back, read."""

from collections.abc import Sequence
from dataclasses import replace

import orjson

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.paging import Page
from peer_server.access import Principal
from peer_server.bus import Frame
from peer_server.conversation import ConversationView
from peer_server.conversation_log import ConversationLog, LoggedEvent, read_events, rfc3339
from peer_server.peers.directory import PeerDirectory
from peer_server.peers.live import LiveMessages
from peer_server.stores import conversation_rows as rows
from peer_server.stores.conversation_rows import Conversation
from peer_server.views import ConversationViews
from peer_server.wire import EVENTS, ConversationUpdated, EventFrame, StreamState

LONGEST_TITLE = 200
_MOST_EVENTS = 5000


class Conversations:
    """The conversations of a principal; every method answers `NotFound` for those of others."""

    def __init__(
        self,
        store: Store,
        *,
        log: ConversationLog,
        views: ConversationViews,
        live: LiveMessages,
        directory: PeerDirectory,
        clock: Clock,
    ) -> None:
        self._store = store
        self._log = log
        self._views = views
        self._live = live
        self._directory = directory
        self._clock = clock

    async def create(self, principal: Principal, *, peer_id: str, preview: bool = False) -> Conversation:
        """Start a conversation with a Peer; `preview` talks to its draft and needs the right to edit it.

        Raises `NotFound`, `Conflict` if nothing is published, `Forbidden`.
        """
        return await self._store.write(self._create, principal, peer_id=peer_id, preview=preview)

    async def get(self, principal: Principal, conversation_id: str) -> Conversation:
        """One conversation."""
        return await self._store.read(rows.get_conversation, conversation_id, principal=principal)

    async def list(
        self,
        principal: Principal,
        *,
        search: str = "",
        archived: bool = False,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Conversation]:
        """A page of conversations: pinned ones first, then the last used. `search` looks into titles and messages.

        Raises `InvalidDefinition` ``invalid_cursor``.
        """
        return await self._store.read(
            rows.list_conversations, principal=principal, search=search, archived=archived, cursor=cursor, limit=limit
        )

    async def update(
        self,
        principal: Principal,
        conversation_id: str,
        *,
        title: str | None = None,
        pinned: bool | None = None,
        archived: bool | None = None,
    ) -> Conversation:
        """Change what is given; the others who have it open are told."""
        values = {"title": title and title.strip()[:LONGEST_TITLE], "pinned": pinned, "archived": archived}
        given = {name: value for name, value in values.items() if value is not None}

        def change(tx: Transaction) -> Conversation:
            rows.get_conversation(tx.conn, conversation_id, principal=principal, lock=True)
            if given:
                rows.update_conversation(tx, conversation_id, **given)
                self._log.append(tx, conversation_id, [ConversationUpdated.model_validate(given)], touch=False)
            return rows.get_conversation(tx.conn, conversation_id, principal=principal)

        return await self._store.write(change)

    async def delete(self, principal: Principal, conversation_id: str) -> None:
        """Take the conversation away; `restore` brings it back whole. What runs in it goes on, unseen."""

        def mark(tx: Transaction) -> None:
            rows.get_conversation(tx.conn, conversation_id, principal=principal, lock=True)
            rows.update_conversation(tx, conversation_id, deleted_at=self._clock.now())

        await self._store.write(mark)

    async def restore(self, principal: Principal, conversation_id: str) -> Conversation:
        """Undo `delete`. Raises `NotFound` if it was not deleted."""

        def unmark(tx: Transaction) -> Conversation:
            found = rows.get_conversation(tx.conn, conversation_id, principal=principal, lock=True, deleted=True)
            rows.update_conversation(tx, conversation_id, deleted_at=None)
            return replace(found, deleted_at=None)

        return await self._store.write(unmark)

    async def events(
        self, principal: Principal, conversation_id: str, *, after_seq: int, limit: int = 1000
    ) -> Sequence[EventFrame]:
        """At most `limit` events after that seq, in order, as models. A replay wants `frames`: it decodes nothing."""
        return [_event_frame(entry) for entry in await self._read(principal, conversation_id, after_seq, limit=limit)]

    async def frames(
        self, principal: Principal, conversation_id: str, *, after_seq: int, limit: int = 1000
    ) -> Sequence[Frame]:
        """At most `limit` events after that seq, in order, encoded."""
        return [entry.frame() for entry in await self._read(principal, conversation_id, after_seq, limit=limit)]

    async def view(self, principal: Principal, conversation_id: str) -> ConversationView:
        """The fold of all events so far. Shared and live: read it without awaiting in between, and do not change it."""
        await self.get(principal, conversation_id)
        return await self._views.get(conversation_id)

    def stream_state(self, conversation_id: str) -> Sequence[StreamState]:
        """The text so far of the messages in flight. The caller has checked the right to see it."""
        return self._live.state(conversation_id)

    async def _read(
        self, principal: Principal, conversation_id: str, after_seq: int, *, limit: int
    ) -> Sequence[LoggedEvent]:
        await self.get(principal, conversation_id)
        return await self._store.read(read_events, conversation_id, after_seq=after_seq, limit=min(limit, _MOST_EVENTS))

    def _create(self, tx: Transaction, principal: Principal, *, peer_id: str, preview: bool) -> Conversation:
        self._directory.admit(tx.conn, principal, peer_id, permission="peer.edit" if preview else "peer.chat")
        self._directory.load_peer(tx.conn, principal.workspace_id, peer_id, preview=preview)
        now = self._clock.now()
        conversation = Conversation(
            id=new_id(),
            workspace_id=principal.workspace_id,
            peer_id=peer_id,
            is_preview=preview,
            owner_kind=principal.kind,
            owner_id=principal.id,
            owner_name=principal.name,
            epoch=new_id(),
            last_seq=0,
            head_message_id=None,
            active_turn_id=None,
            title=None,
            pinned=False,
            archived=False,
            created_at=now,
            updated_at=now,
            ended_at=None,
            deleted_at=None,
        )
        rows.insert_conversation(tx, conversation)
        return conversation


def require_running(conversation: Conversation) -> None:
    """Raise `Conflict` ``session_ended`` if the session is over: the transcript stays readable, nothing is added."""
    if conversation.ended_at is not None:
        raise Conflict(
            "session_ended", "this session has ended", remedy="start a new conversation; this one stays readable"
        )


def _event_frame(entry: LoggedEvent) -> EventFrame:
    event = EVENTS.validate_python(orjson.loads(entry.event))
    return EventFrame(conversation_id=entry.conversation_id, seq=entry.seq, at=rfc3339(entry.at), event=event)
