"""Who comes in: one-time links, sessions, bearer tokens and socket tickets. Only their HMACs are ever stored."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flow_runtime.clock import Clock
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal, Unauthenticated, permissions_of
from peer_server.secrets import Keyring, Secret, new_token
from peer_server.stores import identity as rows
from peer_server.stores.identity import NewCredential, UserRow

LINK_LIFE: Final = timedelta(hours=24)
SESSION_LIFE: Final = timedelta(days=30)
TICKET_LIFE: Final = timedelta(seconds=60)
RECHECK_S: Final = 1.0
"""How long a credential that was found valid is trusted without looking again."""
_FIXED: Final = "fixed"
"""The credential id of the token that the settings fix."""
_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential in clear: shown or sent once, never stored."""

    token: Secret
    expires_at: datetime | None


class SignInService:
    """Turns credentials into principals, and makes new ones."""

    def __init__(self, store: Store, *, keyring: Keyring, clock: Clock, owner_token: Secret | None = None) -> None:
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._owner_digest = keyring.digest(owner_token.reveal()) if owner_token else None
        self._known: dict[tuple[str, str], tuple[float, Principal]] = {}
        self._checked: dict[str, tuple[float, bool]] = {}

    async def ensure_owner(self, name: str) -> UserRow:
        """The owner and their workspace, made on the first start. Idempotent."""
        return await self._store.write(create_owner, name=name, keyring=self._keyring, now=self._clock.now())

    async def link(self) -> Issued:
        """A new one-time sign-in code for the owner, good for 24 hours."""
        return await self._store.write(issue_to_owner, kind="link", keyring=self._keyring, now=self._clock.now())

    async def sign_in(self, code: Secret) -> tuple[Principal, Issued]:
        """Exchange a one-time code for a session. Raises `Unauthenticated`, the same for unknown, used and expired."""
        digest = self._keyring.digest(code.reveal())

        def exchange(tx: Transaction) -> tuple[UserRow, NewCredential, Secret]:
            now = self._clock.now()
            found = rows.use_once(tx, digest, kind="link", now=now)
            if found is None:
                raise _refused("this sign-in link is not valid any more")
            token, new = _new("session", found[0], keyring=self._keyring, now=now, parent_id=None)
            rows.insert_credential(tx, new)
            return found[0], new, token

        user, new, token = await self._store.write(exchange)
        return principal_of(user, new.id), Issued(token, new.expires_at)

    async def sign_out(self, principal: Principal) -> None:
        """End the session that this principal came with, and every ticket made from it. Idempotent."""
        self._known.clear()
        self._checked.clear()
        if principal.credential_id and principal.credential_id != _FIXED:
            await self._store.write(rows.end_credential, principal.credential_id, now=self._clock.now())

    async def authenticate(self, token: Secret, *, session: bool) -> Principal:
        """Whose bearer token (or, with `session`, whose session cookie) this is. Raises `Unauthenticated`."""
        digest = self._keyring.digest(token.reveal())
        kind = "session" if session else "token"
        known = self._known.get((kind, digest))
        if known is not None and known[0] > self._clock.monotonic():
            return known[1]
        principal = await self._look_up(digest, kinds=(kind,))
        if len(self._known) > _KEPT:
            self._known.clear()
        self._known[kind, digest] = (self._clock.monotonic() + RECHECK_S, principal)
        return principal

    async def ticket(self, principal: Principal) -> Issued:
        """A ticket that opens one socket within 60 seconds."""
        user = UserRow(principal.id, principal.workspace_id, principal.name, principal.role or "member")
        now = self._clock.now()
        parent = None if principal.credential_id == _FIXED else principal.credential_id
        token, new = _new("ticket", user, keyring=self._keyring, now=now, parent_id=parent)
        await self._store.write(rows.insert_credential, new)
        return Issued(token, new.expires_at)

    async def redeem_ticket(self, ticket: Secret) -> Principal:
        """Use a socket ticket up. Raises `Unauthenticated`, the same for unknown, used and expired."""
        digest = self._keyring.digest(ticket.reveal())
        found = await self._store.write(rows.use_once, digest, kind="ticket", now=self._clock.now())
        if found is None:
            raise _refused("this ticket is not valid any more")
        user, credential_id = found
        return principal_of(user, await self._store.read(rows.parent_of, credential_id))

    async def still_valid(self, principal: Principal) -> bool:
        """Whether the credential behind an open socket may still be used."""
        credential_id = principal.credential_id
        if credential_id is None or credential_id == _FIXED:
            return True
        checked = self._checked.get(credential_id)
        if checked is None or checked[0] < self._clock.monotonic():
            is_valid = await self._store.read(rows.is_valid, credential_id, now=self._clock.now())
            checked = self._checked[credential_id] = (self._clock.monotonic() + RECHECK_S, is_valid)
        return checked[1]

    async def nobody_signed_in_yet(self) -> bool:
        """Whether no session exists, so that the start should print a link."""
        return self._owner_digest is None and not await self._store.read(rows.has_session, now=self._clock.now())

    async def _look_up(self, digest: str, *, kinds: tuple[str, ...]) -> Principal:
        if self._owner_digest is not None and "token" in kinds and hmac.compare_digest(digest, self._owner_digest):
            owner = await self._store.read(rows.first_owner)
            if owner is not None:
                return principal_of(owner, _FIXED)
        found = await self._store.read(rows.user_of, digest, kinds=kinds, now=self._clock.now())
        if found is None:
            raise _refused("the credential is missing, wrong or over")
        return principal_of(*found)


def create_owner(tx: Transaction, *, name: str, keyring: Keyring, now: datetime) -> UserRow:
    """The first owner; makes the workspace and the owner if there is none. Idempotent."""
    owner = rows.first_owner(tx.conn)
    if owner is not None:
        return owner
    workspace_id = new_id()
    key = keyring.new_data_key(workspace_id)
    rows.insert_workspace(tx, id=workspace_id, name="Workspace", kek_id=key.kek_id, wrapped_key=key.data, now=now)
    return rows.insert_user(tx, UserRow(new_id(), workspace_id, name, "owner"), now=now)


def issue_to_owner(tx: Transaction, *, kind: str, keyring: Keyring, now: datetime) -> Issued:
    """A new link or token for the owner, who must exist."""
    owner = rows.first_owner(tx.conn)
    if owner is None:
        raise Unauthenticated("no_owner", "this database has no owner yet", remedy="start the server once")
    token, new = _new(kind, owner, keyring=keyring, now=now, parent_id=None)
    rows.insert_credential(tx, new)
    return Issued(token, new.expires_at)


def principal_of(user: UserRow, credential_id: str | None) -> Principal:
    """A signed-in user as a principal."""
    held = permissions_of(user.role)
    return Principal("user", user.id, user.name, user.workspace_id, held, credential_id, role=user.role)


_LIVES: Final = {"link": LINK_LIFE, "session": SESSION_LIFE, "ticket": TICKET_LIFE}
_PREFIXES: Final = {"link": "psl", "session": "pss", "ticket": "pst", "token": "psk"}


def _new(
    kind: str, user: UserRow, *, keyring: Keyring, now: datetime, parent_id: str | None
) -> tuple[Secret, NewCredential]:
    token = new_token(_PREFIXES[kind])
    life = _LIVES.get(kind)
    expires_at = None if life is None else now + life
    return token, NewCredential(new_id(), kind, keyring.digest(token.reveal()), user, now, expires_at, parent_id)


def _refused(message: str) -> Unauthenticated:
    return Unauthenticated("unauthenticated", message, remedy="sign in again, or send Authorization: Bearer <token>")
