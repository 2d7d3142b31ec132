"""Half-typed forms: kept on the server, so that they travel between devices and survive a closed tab."""

from collections.abc import Mapping, Sequence

import orjson

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, Json
from flow_runtime.run import InterruptKind
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.runs import lock_run
from peer_server.access import Principal, unknown
from peer_server.conversation_log import ConversationLog
from peer_server.errors import TooLarge
from peer_server.services.runs.decisions import load_asked, require_open
from peer_server.stores.drafts import Draft, drafts_of, find_draft, put_draft
from peer_server.wire import DraftSaved, DraftState

MOST_BYTES = 256 * 1024
_WITH_FIELDS = {InterruptKind.FORM, InterruptKind.APPROVAL}


class DraftService:
    """Drafts of open forms (and of the fields of open approvals)."""

    def __init__(self, store: Store, *, log: ConversationLog, clock: Clock) -> None:
        self._store = store
        self._log = log
        self._clock = clock

    async def save(
        self, principal: Principal, interrupt_id: str, *, values: Mapping[str, Json], rev: int, page: int | None = None
    ) -> int:
        """Replace the draft and answer its new revision; the other sockets of the conversation are told.

        Raises `NotFound`; `Conflict` ``stale_draft`` with the current draft if `rev` is not the last one; `Conflict`
        ``already_settled`` or `Gone` for a closed form; `TooLarge`.
        """
        size = len(orjson.dumps(values))
        if size > MOST_BYTES:
            raise TooLarge("draft_too_large", f"a draft may have {MOST_BYTES:,} bytes, this one has {size:,}")
        return await self._store.write(self._save, principal, interrupt_id, values=values, rev=rev, page=page)

    async def get(self, principal: Principal, interrupt_id: str) -> DraftState | None:
        """The draft of a form, if there is one. Raises `NotFound`."""
        await self._store.read(load_asked, interrupt_id, principal=principal)
        draft = await self._store.read(find_draft, interrupt_id)
        return None if draft is None else draft_state(draft)

    async def of_conversation(self, conversation_id: str) -> Sequence[DraftState]:
        """All drafts of a conversation, for its snapshot. The caller has checked the right to see it."""
        return [draft_state(draft) for draft in await self._store.read(drafts_of, conversation_id)]

    def _save(
        self,
        tx: Transaction,
        principal: Principal,
        interrupt_id: str,
        *,
        values: Mapping[str, Json],
        rev: int,
        page: int | None,
    ) -> int:
        asked = load_asked(tx.conn, interrupt_id, principal=principal)
        if asked.interrupt.kind not in _WITH_FIELDS or not asked.may_be_answered:
            raise unknown("form", interrupt_id)
        # The run's lock orders saves against each other and against the answer.
        lock_run(tx, asked.interrupt.run_id)
        require_open(load_asked(tx.conn, interrupt_id, principal=principal).interrupt)
        last = find_draft(tx.conn, interrupt_id)
        if rev != (last.rev if last else 0):
            raise Conflict(
                "stale_draft",
                "somebody has saved this form meanwhile",
                remedy="take over the current draft and save again",
                details=draft_state(last).model_dump(by_alias=True, exclude_none=True) if last else {"rev": 0},
            )
        conversation_id = asked.interrupt.conversation_id
        draft = Draft(
            interrupt_id=interrupt_id,
            conversation_id=conversation_id,
            workspace_id=principal.workspace_id,
            values=values,
            rev=rev + 1,
            page=page,
            saved_by=principal.subject(),
            saved_at=self._clock.now(),
        )
        put_draft(tx, draft)
        if conversation_id is not None:
            self._log.tell(tx, conversation_id, DraftSaved(conversation_id=conversation_id, draft=draft_state(draft)))
        return draft.rev


def draft_state(draft: Draft) -> DraftState:
    """A draft as clients get it."""
    return DraftState(interrupt_id=draft.interrupt_id, values=dict(draft.values), rev=draft.rev, page=draft.page)
