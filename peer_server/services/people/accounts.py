"""One's own account: the name, the password, sessions and personal tokens; and a new password for who forgot it."""

import asyncio
from datetime import timedelta

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, InvalidDefinition, NotFound
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal, Unauthenticated
from peer_server.secrets import Keyring, Secret
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.people.credentials import Issued, make_credential
from peer_server.services.people.invitations import is_address
from peer_server.services.people.mail import Letter, Mailer
from peer_server.services.people.passwords import Passwords
from peer_server.services.people.sign_in import Browser, SignInService, issue_to, unproven, user_of_member
from peer_server.stores import credentials as rows
from peer_server.stores import people
from peer_server.stores.credentials import CredentialRow
from peer_server.stores.people import MemberRow

_ENDED_BY_A_NEW_PASSWORD = ("link", "reset", "session", "ticket")


class AccountService:
    """What somebody does with their own account."""

    def __init__(
        self,
        store: Store,
        *,
        keyring: Keyring,
        clock: Clock,
        trail: AuditTrail,
        sign_in: SignInService,
        passwords: Passwords,
        mailer: Mailer,
        base_url: str,
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._trail = trail
        self._sign_in = sign_in
        self._passwords = passwords
        self._mailer = mailer
        self._base_url = base_url
        self._tasks: set[asyncio.Task[None]] = set()

    async def rename(self, principal: Principal, name: str) -> MemberRow:
        """Take another name; decisions that were made keep the old one. Raises `Conflict` ``name_taken``."""

        def rename(tx: Transaction) -> MemberRow:
            member = people.get_member(tx.conn, principal.id, workspace_id=principal.workspace_id, lock=True)
            if people.has_namesake(tx.conn, name, workspace_id=member.workspace_id, but=member.id):
                # Flows may name approvers by their names: nobody slips into another one's.
                raise Conflict("name_taken", f"somebody here is called {name!r}", remedy="take another name")
            people.update_member(tx, member.id, name=name)
            of, description = ("user", member.id), f"is now called {name}"
            self._trail.record(tx, "user.edited", by=principal, of=of, description=description)
            return people.get_member(tx.conn, member.id, workspace_id=member.workspace_id)

        renamed = await self._store.write(rename)
        self._sign_in.forget()
        return renamed

    async def change_password(self, principal: Principal, *, current: Secret | None, new: Secret) -> None:
        """Set another password; every other session ends.

        Whoever came by a one-time link and has none yet needs no current one. Raises `Unauthenticated`
        ``wrong_password``, `InvalidDefinition` ``weak_password``, `Conflict` ``no_address``.
        """
        member = await self._store.read(people.get_member, principal.id, workspace_id=principal.workspace_id)
        if member.email is None:
            raise Conflict("no_address", "you have no address to sign in with", remedy="set your address first")
        if member.password is not None and not await self._passwords.matches(member.password, current or Secret("")):
            raise Unauthenticated(
                "wrong_password", "the current password is wrong", remedy="try again, or sign in anew"
            )
        hashed = await self._passwords.hash(new)

        def store(tx: Transaction) -> None:
            self._set_password(tx, member, hashed, by=principal, keep=principal.credential_id)

        await self._store.write(store)
        self._sign_in.forget()

    async def set_address(self, principal: Principal, email: str) -> MemberRow:
        """Give oneself an address to sign in with, if one has none yet.

        Raises `InvalidDefinition` ``invalid_address``; `Conflict` ``address_taken``.
        """
        email = email.strip().lower()
        if not is_address(email):
            remedy = "send one address, such as ada@example.com"
            raise InvalidDefinition("invalid_address", f"{email!r} is no address", path="/email", remedy=remedy)

        def store(tx: Transaction) -> MemberRow:
            member = people.get_member(tx.conn, principal.id, workspace_id=principal.workspace_id, lock=True)
            if member.email is not None or people.find_by_email(tx.conn, email, workspace_id=member.workspace_id):
                raise Conflict("address_taken", "this address cannot be set", remedy="ask an admin of the workspace")
            people.update_member(tx, member.id, email=email)
            of, description = ("user", member.id), f"signs in as {email} from now on"
            self._trail.record(tx, "user.edited", by=principal, of=of, description=description)
            return people.get_member(tx.conn, member.id, workspace_id=member.workspace_id)

        member = await self._store.write(store)
        self._sign_in.forget()
        return member

    def ask_reset(self, email: str, *, browser: Browser) -> None:
        """Send a link to set a new password, if the address is known and mail can be sent, and record it.

        In the background: neither the answer nor the time it takes tells whether anybody has this address.
        """
        if self._mailer.is_on:
            task = asyncio.get_running_loop().create_task(self._ask_reset(email, browser))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _ask_reset(self, email: str, browser: Browser) -> None:
        for member in await self._store.read(people.find_by_email, email.strip().lower()):
            if member.disabled_at is None:
                await self.send_reset(member, await self._store.write(self._issue_reset, member, browser))

    async def send_reset(self, member: MemberRow, issued: Issued) -> str | None:
        """Send the link to its owner; answer the link if no letter could bring it."""
        link = f"{self._base_url}/#/password={issued.token.reveal()}"
        text = (
            f"Hello {member.name},\n\nset a new password here, within a day:\n\n{link}\n\n"
            "If you did not ask for this, do nothing.\n"
        )
        is_sent = await self._mailer.send(Letter(member.email or "", "A new password for Peer Server", text))
        return None if is_sent else link

    async def reset(self, code: Secret, *, password: Secret, browser: Browser) -> tuple[Principal, Issued]:
        """Set a new password by a one-time code, and sign in; every session there was ends.

        Raises `NotFound` ``link_over``, the same for unknown, used and expired codes; `InvalidDefinition`.
        """
        digest = self._keyring.digest(code.reveal())
        if await self._store.read(rows.user_of, digest, kinds=("reset",), now=self._clock.now()) is None:
            raise _over()  # Guesses must not cost a hash each.
        hashed = await self._passwords.hash(password)

        def store(tx: Transaction) -> tuple[Principal, Issued]:
            found = rows.use_once(tx, digest, kind="reset", now=self._clock.now())
            if found is None:
                raise _over()
            user = found.user
            member = people.get_member(tx.conn, user.id, workspace_id=user.workspace_id, lock=True)
            principal, issued = self._sign_in.open_session(tx, user, browser=browser, how="by setting a new password")
            self._set_password(tx, member, hashed, by=principal, keep=issued.id)
            return principal, issued

        entered = await self._store.write(store)
        self._sign_in.forget()
        return entered

    async def credentials(self, principal: Principal, kind: str) -> list[CredentialRow]:
        """One's valid sessions or tokens, newest first."""
        return await self._store.read(rows.list_credentials, principal.id, kind=kind, now=self._clock.now())

    async def make_token(self, principal: Principal, *, name: str, days: int | None) -> Issued:
        """A bearer token that acts as its owner, for so many days or until it is ended; shown this once."""

        def make(tx: Transaction) -> Issued:
            now = self._clock.now()
            member = people.get_member(tx.conn, principal.id, workspace_id=principal.workspace_id)
            issued, new = make_credential(
                "token",
                user_of_member(member),
                keyring=self._keyring,
                now=now,
                name=name,
                expires_at=None if days is None else now + timedelta(days=days),
            )
            rows.insert_credential(tx, new)
            of, description = ("token", issued.id), f"made the token {name!r}"
            self._trail.record(tx, "token.created", by=principal, of=of, description=description)
            return issued

        return await self._store.write(make)

    async def end(self, principal: Principal, kind: str, credential_id: str) -> None:
        """End one of one's own sessions or tokens. Raises `NotFound`."""

        def end(tx: Transaction) -> None:
            rows.end_own_credential(tx, principal.id, credential_id, kind=kind, now=self._clock.now())
            event = "token.revoked" if kind == "token" else "session.ended"
            self._trail.record(tx, event, by=principal, of=(kind, credential_id), description=f"ended a {kind}")

        await self._store.write(end)
        self._sign_in.forget()

    async def end_other_sessions(self, principal: Principal) -> None:
        """Sign out everywhere but here."""

        def end(tx: Transaction) -> None:
            now, keep = self._clock.now(), principal.credential_id
            ended = rows.end_credentials_of(tx, principal.id, kinds=("session", "ticket"), now=now, keep=keep)
            of, description = ("user", principal.id), f"ended {ended} other sessions"
            self._trail.record(tx, "session.ended", by=principal, of=of, description=description)

        await self._store.write(end)
        self._sign_in.forget()

    def _issue_reset(self, tx: Transaction, member: MemberRow, browser: Browser) -> Issued:
        now = self._clock.now()
        by, of = browser.brings(unproven(member)), ("user", member.id)
        self._trail.record(tx, "password.reset_asked", by=by, of=of, description="asked for a link by letter")
        rows.end_credentials_of(tx, member.id, kinds=("reset",), now=now)
        return issue_to(tx, user_of_member(member), kind="reset", keyring=self._keyring, now=now)

    def _set_password(
        self, tx: Transaction, member: MemberRow, hashed: str, *, by: Principal, keep: str | None
    ) -> None:
        people.update_member(tx, member.id, password=hashed)
        rows.end_credentials_of(tx, member.id, kinds=_ENDED_BY_A_NEW_PASSWORD, now=self._clock.now(), keep=keep)
        of = ("user", member.id)
        self._trail.record(tx, "password.changed", by=by, of=of, description="set a new password")


def _over() -> NotFound:
    return NotFound("link_over", "this link is not valid any more", remedy="ask for a new one")
