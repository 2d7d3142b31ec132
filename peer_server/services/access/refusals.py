"""Records who was refused to share, publish or schedule: the workspace wants to know who tried."""

from typing import Final

from flow_runtime.clock import Clock
from flow_runtime.store import Store, Transaction
from peer_server.access import PERMISSIONS, Forbidden, Principal
from peer_server.services.oversight.audit_trail import AuditTrail

_QUIET_S: Final = 60.0
"""The same refusal is recorded once in this time, so that nobody can flood the log."""
_KEPT: Final = 10_000


class RefusalLog:
    """Writes an audit record for refusals of permissions that the workspace can switch off."""

    def __init__(self, store: Store, *, clock: Clock, trail: AuditTrail) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._last: dict[tuple[str, str, str], float] = {}

    async def record(self, principal: Principal, refusal: Forbidden, *, of: tuple[str, str]) -> None:
        """Record it if it is one of those, and not just the same again. Raises `StoreUnavailable`."""
        named = refusal.details.get("permission", "") if isinstance(refusal.details, dict) else ""
        permission = PERMISSIONS.get(named)
        if permission is None or permission.switch is None or not self._is_news((principal.id, named, of[1])):
            return

        def write(tx: Transaction) -> None:
            description = f"was refused to {permission.switch}: {refusal.message}"
            details = {"permission": named, "code": refusal.code}
            self._trail.record(tx, "access.refused", by=principal, of=of, description=description, details=details)

        await self._store.write(write)

    def _is_news(self, what: tuple[str, str, str]) -> bool:
        now = self._clock.monotonic()
        if now - self._last.get(what, -_QUIET_S) < _QUIET_S:
            return False
        if len(self._last) >= _KEPT:
            self._last.clear()
        self._last[what] = now
        return True
