"""API keys: made and withdrawn by people, shown once, and turned into principals that reach flows and own runs."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import InvalidDefinition
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from peer_server.access import KEY_SCOPES, Principal, Unauthenticated, permissions_of_key
from peer_server.secrets import Keyring, Secret, new_token
from peer_server.services.access.reach import reach_flow
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.people.sign_in import RECHECK_S
from peer_server.stores import api_keys as rows
from peer_server.stores.api_keys import ApiKeyRow

PREFIX: Final = "pak"
_SHOWN_PREFIX: Final = 8
_SHOWN_END: Final = 4
_USE_NOTED_EVERY: Final = timedelta(minutes=1)
_KEPT: Final = 10_000


class ApiKeyService:
    """Keys of flows (`flow_id`) and of the workspace (None). Only an HMAC is stored."""

    def __init__(self, store: Store, *, keyring: Keyring, trail: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._keyring = keyring
        self._trail = trail
        self._clock = clock
        self._known: dict[str, tuple[float, Principal]] = {}

    async def create(
        self,
        principal: Principal,
        flow_id: str | None,
        *,
        name: str,
        expires_at: datetime | None = None,
        scopes: Collection[str] | None = None,
    ) -> tuple[ApiKeyRow, Secret]:
        """Make a key and answer it in clear, this once. Raises `NotFound`, `Forbidden`, `InvalidDefinition`."""
        now = self._clock.now()
        require_future(expires_at, now=now)
        key = new_token(PREFIX)
        shown = key.reveal()
        row = ApiKeyRow(
            id=new_id(),
            workspace_id=principal.workspace_id,
            flow_id=flow_id,
            name=name,
            prefix=shown[:_SHOWN_PREFIX],
            last_characters=shown[-_SHOWN_END:],
            scopes=sorted(KEY_SCOPES if scopes is None else scopes),
            created_by=principal.id,
            created_at=now,
            expires_at=expires_at,
            last_used_at=None,
        )

        def store(tx: Transaction) -> ApiKeyRow:
            self._admit(tx.conn, principal, flow_id)
            self._record(tx, row, "key_created", by=principal, description=f"made the API key {name!r}")
            return rows.insert_key(tx, row, digest=self._keyring.digest(shown))

        return await self._store.write(store), key

    async def all(self, principal: Principal, flow_id: str | None) -> Sequence[ApiKeyRow]:
        """The keys of a flow, or those of the workspace, newest first; never the keys themselves."""

        def find(conn: Connection) -> Sequence[ApiKeyRow]:
            self._admit(conn, principal, flow_id)
            return rows.list_keys(conn, flow_id, workspace_id=principal.workspace_id)

        return await self._store.read(find)

    async def delete(self, principal: Principal, flow_id: str | None, key_id: str) -> None:
        """Withdraw a key: at once here, within `RECHECK_S` in other processes. Raises `NotFound`."""

        def remove(tx: Transaction) -> None:
            self._admit(tx.conn, principal, flow_id)
            row = rows.delete_key(tx, key_id, flow_id=flow_id, workspace_id=principal.workspace_id)
            self._record(tx, row, "key_deleted", by=principal, description=f"withdrew the API key {row.name!r}")

        await self._store.write(remove)
        self._known.clear()

    async def authenticate(self, key: Secret) -> Principal:
        """Who acts by this key. Raises `Unauthenticated`, the same for unknown, withdrawn and expired ones."""
        digest = self._keyring.digest(key.reveal())
        known = self._known.get(digest)
        if known is not None and known[0] > self._clock.monotonic():
            return known[1]
        looked_at = self._clock.monotonic()
        now = self._clock.now()
        row = await self._store.read(rows.find_key, digest, now=now)
        if row is None:
            raise Unauthenticated("unauthenticated", "the API key is wrong or over", remedy="make a new API key")
        if row.last_used_at is None or row.last_used_at < now - _USE_NOTED_EVERY:
            await self._store.write(rows.note_use, row.id, now=now)
        if len(self._known) > _KEPT:
            self._known.clear()
        principal = _principal(row)
        self._known[digest] = (looked_at + RECHECK_S, principal)
        return principal

    def _admit(self, conn: Connection, principal: Principal, flow_id: str | None) -> None:
        if flow_id is None:
            principal.require("workspace.key")
        else:
            reach_flow(conn, principal, flow_id, "flow.key")

    def _record(self, tx: Transaction, row: ApiKeyRow, event: str, *, by: Principal, description: str) -> None:
        of = "workspace" if row.flow_id is None else "flow"
        self._trail.record(
            tx, f"{of}.{event}", by=by, of=("api_key", row.id), flow_id=row.flow_id, description=description
        )


def require_future(expires_at: datetime | None, *, now: datetime) -> None:
    """Raises `InvalidDefinition` for an expiry without a time zone or in the past."""
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= now):
        raise InvalidDefinition(
            "invalid_expiry",
            f"{expires_at.isoformat()} is no time to come",
            path="/expiresAt",
            remedy="send an instant of the future with its time zone, such as 2030-01-31T12:00:00Z",
        )


def _principal(row: ApiKeyRow) -> Principal:
    held = permissions_of_key(row.scopes)
    return Principal("key", row.id, row.name, row.workspace_id, held, row.id, flow_id=row.flow_id)
