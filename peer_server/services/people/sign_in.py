"""Who comes in: one-time links, passwords, sessions, bearer tokens and socket tickets. Only HMACs are ever stored."""

import asyncio
import hmac
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, StoreUnavailable
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from peer_server.access import PEER_VISITOR_PERMISSIONS, SWITCHES, Principal, Unauthenticated, permissions_of
from peer_server.secrets import Keyring, Secret
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.people.credentials import Issued, make_credential, make_visitor_credential, not_valid
from peer_server.services.people.passwords import Passwords
from peer_server.stores import credentials as rows
from peer_server.stores import identity
from peer_server.stores.credentials import Held
from peer_server.stores.identity import UserRow
from peer_server.stores.peer_links import VisitorRow, use_ticket, visitor_holding, visitor_of
from peer_server.stores.people import MemberRow, find_by_email, somebody_has_a_password, update_member

RECHECK_S: Final = 1.0
"""How long a credential that was found valid is trusted without looking again. Changes made here count at once."""
FIXED: Final = "fixed"
"""The credential id of the token that the settings fix."""
_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Browser:
    """Where somebody comes in: what the program calls itself, and its address. Both are only ever shown."""

    agent: str = ""
    address: str | None = None

    def brings(self, principal: Principal) -> Principal:
        """Whoever comes in here, with where they come from, as audit records keep it."""
        return replace(principal, address=self.address, door="rest")


UNKNOWN: Final = Browser()


@dataclass(frozen=True, slots=True)
class Ways:
    """How people can come in. A one-time link always works: whoever runs the server can print one."""

    password: bool
    """Whether anybody here has one."""
    owner_token: bool
    """Whether the settings fix a token for the owner."""


class SignInService:
    """Turns credentials into principals, and makes new ones."""

    def __init__(
        self,
        store: Store,
        *,
        keyring: Keyring,
        clock: Clock,
        trail: AuditTrail,
        passwords: Passwords,
        owner_token: Secret | None = None,
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._trail = trail
        self._passwords = passwords
        self._owner_digest = keyring.digest(owner_token.reveal()) if owner_token else None
        self._known: dict[tuple[str, str], tuple[float, Principal]] = {}
        self._checked: dict[str, tuple[float, Principal | None]] = {}
        self._recording: set[asyncio.Task[None]] = set()

    async def ensure_owner(self, name: str) -> UserRow:
        """The owner and their workspace, made on the first start. Idempotent."""
        return await self._store.write(create_owner, name=name, keyring=self._keyring, now=self._clock.now())

    async def link(self) -> Issued:
        """A new one-time sign-in code for the owner, good for 24 hours."""
        return await self._store.write(issue_to_owner, kind="link", keyring=self._keyring, now=self._clock.now())

    async def sign_in(self, code: Secret, *, browser: Browser = UNKNOWN) -> tuple[Principal, Issued]:
        """Exchange a one-time code for a session. Raises `Unauthenticated`, the same for unknown, used and expired."""
        digest = self._keyring.digest(code.reveal())

        def exchange(tx: Transaction) -> tuple[Principal, Issued]:
            found = rows.use_once(tx, digest, kind="link", now=self._clock.now())
            if found is None:
                raise not_valid("this sign-in link is not valid any more")
            return self.open_session(tx, found.user, browser=browser, how="by a one-time link")

        return await self._store.write(exchange)

    async def sign_in_by_password(
        self, email: str, password: Secret, *, workspace_id: str | None = None, browser: Browser = UNKNOWN
    ) -> tuple[Principal, Issued]:
        """A session for who knows the password.

        Raises `Unauthenticated`, the same for unknown people and wrong passwords; `Conflict` ``choose_workspace`` with
        the candidates if address and password fit in several.
        """
        members = await self._store.read(find_by_email, email.strip().lower(), workspace_id=workspace_id)
        if not members:
            await self._passwords.matches(None, password)  # It must take as long as for somebody.
        able = [
            member
            for member in members
            if await self._passwords.matches(member.password, password) and member.disabled_at is None
        ]
        if not able:
            self._refused(members, browser)
            raise Unauthenticated(
                "unauthenticated", "the address or the password is wrong", remedy="try again, or ask for a new password"
            )
        if len(able) > 1:
            choices = [{"workspaceId": member.workspace_id, "name": member.name} for member in able]
            raise Conflict("choose_workspace", "you belong to several workspaces", remedy="name one", details=choices)
        return await self._enter(able[0], password, browser=browser)

    async def sign_in_by_owner_token(self, token: Secret, *, browser: Browser = UNKNOWN) -> tuple[Principal, Issued]:
        """A session for who holds the token that the settings fix. Raises `Unauthenticated`."""
        given = self._keyring.digest(token.reveal())
        if self._owner_digest is None or not hmac.compare_digest(given, self._owner_digest):
            raise not_valid("this is not the token of the owner")

        def enter(tx: Transaction) -> tuple[Principal, Issued]:
            owner = identity.acting_owner(tx.conn)
            if owner is None:
                raise not_valid("there is no owner yet")
            return self.open_session(tx, owner, browser=browser, how="by the token of the owner")

        return await self._store.write(enter)

    async def ways(self) -> Ways:
        """How people can come in, besides an identity provider."""
        has_password = await self._store.read(somebody_has_a_password)
        return Ways(password=has_password, owner_token=self._owner_digest is not None)

    def _refused(self, members: Sequence[MemberRow], browser: Browser) -> None:
        """Record the attempt beside the answer: how long that takes must not tell who is known here."""
        task = asyncio.get_running_loop().create_task(self._record_refusal(members, browser))
        self._recording.add(task)
        task.add_done_callback(self._recording.discard)

    async def _record_refusal(self, members: Sequence[MemberRow], browser: Browser) -> None:
        def write(tx: Transaction) -> None:
            for member in members:
                why = "locked out" if member.disabled_at else "wrong password"
                somebody = unproven(member)
                by, of = browser.brings(somebody), ("user", member.id)
                self._trail.record(tx, "session.refused", by=by, of=of, description=f"was refused to sign in: {why}")

        with suppress(StoreUnavailable):  # Nobody waits for it, and the log of the server says it.
            await self._store.write(write)

    def open_session(self, tx: Transaction, user: UserRow, *, browser: Browser, how: str) -> tuple[Principal, Issued]:
        """Sign a person in, within the transaction that found them entitled to it."""
        name = browser.agent.strip()[:200] or None
        issued, new = make_credential("session", user, keyring=self._keyring, now=self._clock.now(), name=name)
        rows.insert_credential(tx, new)
        principal = browser.brings(principal_of(user, new.id))
        self._trail.record(tx, "session.started", by=principal, of=("user", user.id), description=f"signed in {how}")
        return principal, issued

    async def sign_out(self, principal: Principal) -> None:
        """End the session that this principal came with, and every ticket made from it. Idempotent."""

        def end(tx: Transaction) -> None:
            rows.end_credential(tx, principal.credential_id or "", now=self._clock.now())
            of = ("user", principal.id)
            self._trail.record(tx, "session.ended", by=principal, of=of, description="signed out")

        if principal.credential_id and principal.credential_id != FIXED:
            await self._store.write(end)
        self.forget()

    def forget(self) -> None:
        """Look at every credential again: somebody's rights have changed."""
        self._known.clear()
        self._checked.clear()

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
        parent = None if principal.credential_id == FIXED else principal.credential_id
        keyring, now = self._keyring, self._clock.now()
        if principal.kind == "visitor":
            issued, new = make_visitor_credential(
                "ticket",
                principal.id,
                workspace_id=principal.workspace_id,
                keyring=keyring,
                now=now,
                parent_id=parent,
            )
        else:
            user = UserRow(principal.id, principal.workspace_id, principal.name, principal.role or "member")
            issued, new = make_credential("ticket", user, keyring=keyring, now=now, parent_id=parent)
        await self._store.write(rows.insert_credential, new)
        return issued

    async def redeem_ticket(self, ticket: Secret) -> Principal:
        """Use a socket ticket up. Raises `Unauthenticated`, the same for unknown, used and expired."""
        digest = self._keyring.digest(ticket.reveal())
        found = await self._store.write(rows.use_once, digest, kind="ticket", now=self._clock.now())
        if found is not None:
            return principal_of(found.user, await self._store.read(rows.parent_of, found.credential_id) or FIXED)
        visit = await self._store.write(use_ticket, digest, now=self._clock.now())
        if visit is None:
            raise not_valid("this ticket is not valid any more")
        return visitor_principal(visit[0], await self._store.read(rows.parent_of, visit[1]))

    async def renewed(self, principal: Principal) -> Principal | None:
        """The principal behind an open socket as they are now; None once the credential is over."""
        credential_id = principal.credential_id
        if credential_id is None:
            return principal
        checked = self._checked.get(credential_id)
        if checked is None or checked[0] < self._clock.monotonic():
            if len(self._checked) > _KEPT:
                self._checked.clear()
            found = await self._renew(credential_id)
            checked = self._checked[credential_id] = (self._clock.monotonic() + RECHECK_S, found)
        return checked[1]

    async def nobody_signed_in_yet(self) -> bool:
        """Whether no session exists, so that the start should print a link."""
        return self._owner_digest is None and not await self._store.read(rows.has_session, now=self._clock.now())

    async def _enter(self, member: MemberRow, password: Secret, *, browser: Browser) -> tuple[Principal, Issued]:
        stored = member.password or ""
        renewed = await self._passwords.hash(password) if self._passwords.is_outdated(stored) else None

        def enter(tx: Transaction) -> tuple[Principal, Issued]:
            if renewed is not None:
                update_member(tx, member.id, password=renewed)
            return self.open_session(tx, user_of_member(member), browser=browser, how="by password")

        return await self._store.write(enter)

    async def _renew(self, credential_id: str) -> Principal | None:
        if credential_id == FIXED:
            user = await self._store.read(identity.acting_owner)
        else:
            user = await self._store.read(rows.holder_of, credential_id, now=self._clock.now())
        if user is not None:
            return principal_of(user, credential_id)
        visitor = await self._store.read(visitor_holding, credential_id, now=self._clock.now())
        return None if visitor is None else visitor_principal(visitor, credential_id)

    async def _look_up(self, digest: str, *, kinds: tuple[str, ...]) -> Principal:
        if self._owner_digest is not None and "token" in kinds and hmac.compare_digest(digest, self._owner_digest):
            owner = await self._store.read(identity.acting_owner)
            if owner is not None:
                return principal_of(owner, FIXED)
        found = await self._store.read(rows.user_of, digest, kinds=kinds, now=self._clock.now())
        if found is None:
            visit = await self._store.read(visitor_of, digest, kinds=("session",), now=self._clock.now())
            if visit is None:
                raise not_valid("the credential is missing, wrong or over")
            return visitor_principal(*visit)
        await self._mark_used(found)
        return principal_of(found.user, found.credential_id)

    async def _mark_used(self, found: Held) -> None:
        now = self._clock.now()
        if found.used_at is None or now - found.used_at > rows.USED_EVERY:
            with suppress(StoreUnavailable):  # While nothing can be written, people can still read.
                await self._store.write(rows.touch_credential, found.credential_id, now=now)


def create_owner(tx: Transaction, *, name: str, keyring: Keyring, now: datetime) -> UserRow:
    """The first owner; makes the workspace and the owner if there is none. Idempotent."""
    owner = identity.first_owner(tx.conn)
    return owner or create_workspace(tx, name="Workspace", owner_name=name, keyring=keyring, now=now)


def create_workspace(
    tx: Transaction, *, name: str, owner_name: str, keyring: Keyring, now: datetime, email: str | None = None
) -> UserRow:
    """A new workspace with a data key of its own, and its owner."""
    workspace_id = new_id()
    key = keyring.new_data_key(workspace_id)
    identity.insert_workspace(tx, id=workspace_id, name=name, kek_id=key.kek_id, wrapped_key=key.data, now=now)
    return identity.insert_user(tx, UserRow(new_id(), workspace_id, owner_name, "owner", email), now=now)


def issue_to_owner(
    tx: Transaction, *, kind: str, keyring: Keyring, now: datetime, expires_at: datetime | None = None
) -> Issued:
    """A new link or token for the owner, who must exist; a token is good until that time, or until it is ended."""
    owner = identity.first_owner(tx.conn)
    if owner is None:
        raise Unauthenticated("no_owner", "this database has no owner yet", remedy="start the server once")
    return issue_to(tx, owner, kind=kind, keyring=keyring, now=now, expires_at=expires_at)


def issue_to(
    tx: Transaction,
    user: UserRow,
    *,
    kind: str,
    keyring: Keyring,
    now: datetime,
    expires_at: datetime | None = None,
) -> Issued:
    """A new link or token for somebody."""
    issued, new = make_credential(kind, user, keyring=keyring, now=now, expires_at=expires_at)
    rows.insert_credential(tx, new)
    return issued


def unproven(member: MemberRow) -> Principal:
    """Whoever says to be this member and has shown nothing for it."""
    return Principal("visitor", member.id, member.name, member.workspace_id, frozenset())


def principal_of(user: UserRow, credential_id: str | None) -> Principal:
    """A signed-in user as a principal."""
    switches = SWITCHES if user.switches is None else user.switches
    held = permissions_of(user.role, switches)
    return Principal(
        "user", user.id, user.name, user.workspace_id, held, credential_id, role=user.role, email=user.email
    )


def visitor_principal(visitor: VisitorRow, credential_id: str | None) -> Principal:
    """Somebody who came by the public link of a Peer."""
    return Principal(
        "visitor",
        visitor.id,
        visitor.name,
        visitor.workspace_id,
        PEER_VISITOR_PERMISSIONS,
        credential_id,
        peer_id=visitor.peer_id,
    )


def user_of_member(member: MemberRow) -> UserRow:
    """The person of a member."""
    return UserRow(member.id, member.workspace_id, member.name, member.role, member.email, member.switches)
