"""Changes of flows, written down as they happen: every save of a draft goes through here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.access import Principal
from peer_server.flow_changes import Change, changes
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores import flows as rows
from peer_server.stores.flows import FlowRow

_MOVES_TRIGGERS: Final = frozenset(
    {
        "flow.created",
        "flow.cloned",
        "flow.imported",
        "flow.published",
        "flow.deployed",
        "flow.undeployed",
        "flow.deleted",
        "flow.trigger_added",
        "flow.trigger_edited",
        "flow.trigger_removed",
    }
)
"""After these the flow may need other webhooks. Record them once the change itself is made."""


class Follow(Protocol):
    """Lets webhooks follow the triggers of a flow."""

    def __call__(self, tx: Transaction, flow_id: str, *, workspace_id: str, refresh: bool = False) -> None:
        """Plan what changed in this transaction. With `refresh`, what is not well is set up anew."""
        ...


class FlowLog:
    """The audit trail, as far as flows are concerned."""

    def __init__(self, trail: AuditTrail, follow: Follow) -> None:
        self._trail = trail
        self._follow = follow

    def record(self, tx: Transaction, principal: Principal, flow_id: str, *, change: Change) -> None:
        """Record one change in the transaction that makes it."""
        of, details = ("flow", flow_id), change.details or None
        self._trail.record(tx, change.event, by=principal, of=of, description=change.description, details=details)
        if change.event in _MOVES_TRIGGERS:
            is_fresh = change.event == "flow.deployed"
            self._follow(tx, flow_id, workspace_id=principal.workspace_id, refresh=is_fresh)

    def save(
        self,
        tx: Transaction,
        flow: FlowRow,
        draft: Mapping[str, Json],
        *,
        principal: Principal,
        draft_rev: int | None,
        now: datetime,
    ) -> FlowRow:
        """Replace the draft of a locked flow, and record what that changed. Raises `Conflict` ``stale_draft``."""
        saved = rows.update_draft(tx, flow, dict(draft), draft_rev=draft_rev, now=now)
        for change in changes(flow.draft, saved.draft):
            self.record(tx, principal, flow.id, change=change)
        return saved
