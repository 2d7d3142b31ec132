"""Deleting a conversation now and for good: for whoever takes part in it. The audit log keeps the fact, no content."""

from collections.abc import Callable

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.retention.erasure import Erasure
from peer_server.stores.conversation_rows import find_own
from peer_server.stores.purging import is_needed, mark_purged, runs_of


class ConversationRemoval:
    """`forget` lets go of what this process remembers of a conversation."""

    def __init__(
        self, store: Store, *, erasure: Erasure, trail: AuditTrail, clock: Clock, forget: Callable[[str], None]
    ) -> None:
        self._store = store
        self._erasure = erasure
        self._trail = trail
        self._clock = clock
        self._forget = forget

    async def remove(self, principal: Principal, conversation_id: str) -> None:
        """Delete it with its messages, events, runs, drafts and files; also one that was deleted and can be restored.

        From the first moment on nobody sees it any more. Raises `NotFound`; `Conflict` ``conversation_in_use`` while
        something in it runs or waits for somebody.
        """
        await self._store.write(self._mark, principal, conversation_id)
        self._forget(conversation_id)
        await self._erasure.conversation(principal.workspace_id, conversation_id)

    def _mark(self, tx: Transaction, principal: Principal, conversation_id: str) -> None:
        row = find_own(tx.conn, conversation_id, principal=principal, lock=True)
        if is_needed(tx.conn, runs_of(row.id)):
            raise Conflict(
                "conversation_in_use",
                "something in this conversation runs, or waits for an answer",
                remedy="stop what runs, and answer or withdraw what is open; then delete it",
            )
        mark_purged(tx, row.id, now=self._clock.now())
        record_deletion(self._trail, tx, by=principal, conversation_id=row.id, events=row.last_seq)


def record_deletion(trail: AuditTrail, tx: Transaction, *, by: Principal, conversation_id: str, events: int) -> None:
    """Write down that a conversation went for good, and nothing of what was in it."""
    of, words = ("conversation", conversation_id), "deleted a conversation for good"
    trail.record(tx, "conversation.deleted", by=by, of=of, description=words, details={"events": events})
