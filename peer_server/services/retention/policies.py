"""What a workspace has set: how long things are kept, how much may be stored; and how much is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from sqlalchemy import Connection

from flow_runtime.errors import Json
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal
from peer_server.retention import FileQuota, Retention
from peer_server.services.files.file_quotas import own_limit
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores.file_usage import PersonUsage, Usage, largest_users, usage_of
from peer_server.stores.workspace_settings import get_file_quota, get_retention, lock_settings, put_settings

Kept = TypeVar("Kept", Retention, FileQuota)
_MOST_PEOPLE: Final = 20


@dataclass(frozen=True, slots=True)
class FileUsage:
    """What is stored, by everybody and by oneself, and what may be. `people` is told to who may change the limits."""

    all: Usage
    own: Usage
    quota: FileQuota
    own_limit: int | None
    people: Sequence[PersonUsage] | None


class PolicyService:
    """The settings of one's workspace; the doors have checked the right to see or change them."""

    def __init__(self, store: Store, *, trail: AuditTrail) -> None:
        self._store = store
        self._trail = trail

    async def retention(self, principal: Principal) -> Retention:
        """How long things are kept."""
        return await self._store.read(get_retention, principal.workspace_id)

    async def change_retention(self, principal: Principal, wanted: Mapping[str, int | None]) -> Retention:
        """Change what is given. It counts from the next sweep on."""

        def change(tx: Transaction) -> Retention:
            lock_settings(tx, principal.workspace_id)
            before = get_retention(tx.conn, principal.workspace_id)
            return self._put(tx, principal, before, before.changed(**wanted), what="how long things are kept")

        return await self._store.write(change)

    async def file_quota(self, principal: Principal) -> FileQuota:
        """How much may be stored."""
        return await self._store.read(get_file_quota, principal.workspace_id)

    async def change_file_quota(self, principal: Principal, wanted: Mapping[str, int | None]) -> FileQuota:
        """Change what is given. It counts from the next upload on; what is stored already stays."""

        def change(tx: Transaction) -> FileQuota:
            lock_settings(tx, principal.workspace_id)
            before = get_file_quota(tx.conn, principal.workspace_id)
            return self._put(tx, principal, before, before.changed(**wanted), what="how much may be stored")

        return await self._store.write(change)

    async def usage(self, principal: Principal) -> FileUsage:
        """What is stored now, counted."""
        return await self._store.read(_usage, principal)

    def _put(self, tx: Transaction, principal: Principal, before: Kept, after: Kept, *, what: str) -> Kept:
        changed = _changes(before.as_json(), after.as_json())
        if changed:
            put_settings(tx, principal.workspace_id, after)
            of, words = ("workspace", principal.workspace_id), f"changed {what}"
            self._trail.record(tx, "workspace.edited", by=principal, of=of, description=words, details=changed)
        return after


def _changes(before: Mapping[str, Json], after: Mapping[str, Json]) -> dict[str, Json]:
    changed = [name for name in after if after[name] != before[name]]
    return {name: {"before": before[name], "after": after[name]} for name in changed}


def _usage(conn: Connection, principal: Principal) -> FileUsage:
    workspace_id = principal.workspace_id
    quota = get_file_quota(conn, workspace_id)
    is_admin = principal.may("workspace.edit")
    people = largest_users(conn, workspace_id, limit=_MOST_PEOPLE) if is_admin else None
    return FileUsage(
        all=usage_of(conn, workspace_id),
        own=usage_of(conn, workspace_id, owner_id=principal.id),
        quota=quota,
        own_limit=own_limit(principal, quota)[1],
        people=people,
    )
