"""Invitations to a workspace: several addresses in one request, one role, a link each that is good once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Json, NotFound, invalid
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from peer_server.access import WORKSPACE_ROLES, Forbidden, Principal, WorkspaceRole
from peer_server.secrets import Keyring, Secret, new_token
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.people.credentials import INVITATION_LIFE, Issued
from peer_server.services.people.mail import Letter, Mailer
from peer_server.services.people.passwords import Passwords
from peer_server.services.people.sign_in import Browser, SignInService, principal_of
from peer_server.stores import identity
from peer_server.stores import invitations as rows
from peer_server.stores.identity import UserRow
from peer_server.stores.invitations import InvitationRow
from peer_server.stores.people import find_by_email, members_by_email

MOST_AT_ONCE: Final = 100
_EMAIL: Final = re.compile(r"^[^\s@<>\"',;:()\[\]\\]{1,64}@[^\s@<>\"',;:()\[\]\\]{1,250}$")


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation, and its link unless a letter has brought it."""

    row: InvitationRow
    link: str | None
    is_sent: bool


@dataclass(frozen=True, slots=True)
class Welcome:
    """What somebody who holds a link may know before they accept."""

    workspace: str
    email: str
    role: WorkspaceRole
    invited_by: str
    expires_at: datetime


class InvitationService:
    """Makes invitations, and people of those who accept."""

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

    async def invite(self, principal: Principal, emails: Sequence[str], role: WorkspaceRole) -> list[Invited]:
        """Invite these people; earlier invitations to them are over.

        All or none: raises `InvalidDefinition` ``invalid_invitation`` listing each address that is none or belongs to a
        member; `Forbidden` for a role above one's own.
        """
        _require_rank(principal, role)
        addresses = read_emails(emails)

        def make(tx: Transaction) -> list[tuple[InvitationRow, Secret]]:
            known = members_by_email(tx.conn, addresses, workspace_id=principal.workspace_id)
            _refuse([_fault(index, one, "is a member already") for index, one in enumerate(addresses) if one in known])
            return [self._make(tx, principal, email, role) for email in addresses]

        return [await self._send(principal, *made) for made in await self._store.write(make)]

    async def renew(self, principal: Principal, invitation_id: str) -> Invited:
        """A new link for an invitation; the old one is over. Raises `NotFound`."""

        def make(tx: Transaction) -> tuple[InvitationRow, Secret]:
            old = rows.get_invitation(tx.conn, invitation_id, workspace_id=principal.workspace_id)
            _require_rank(principal, old.role)
            return self._make(tx, principal, old.email, old.role)

        return await self._send(principal, *await self._store.write(make))

    async def list(self, principal: Principal) -> list[InvitationRow]:
        """Those that nobody has accepted yet, newest first."""
        return await self._store.read(rows.list_invitations, principal.workspace_id)

    async def withdraw(self, principal: Principal, invitation_id: str) -> None:
        """Take an invitation back. Raises `NotFound`."""

        def withdraw(tx: Transaction) -> None:
            workspace_id = principal.workspace_id
            found = rows.get_invitation(tx.conn, invitation_id, workspace_id=workspace_id)
            rows.withdraw_invitations(tx, [found.email], workspace_id=workspace_id, now=self._clock.now())
            of = ("invitation", found.id)
            description = f"withdrew the invitation of {found.email}"
            self._trail.record(tx, "invitation.withdrawn", by=principal, of=of, description=description)

        await self._store.write(withdraw)

    async def look(self, code: Secret) -> Welcome:
        """What the link invites to. Raises `NotFound`, the same for unknown, used, withdrawn and expired ones."""

        def read(conn: Connection) -> Welcome:
            found = self._find(conn, code)
            inviter = identity.get_user(conn, found.invited_by)
            return Welcome(
                workspace=identity.get_workspace(conn, found.workspace_id).name,
                email=found.email,
                role=found.role,
                invited_by=inviter.name if inviter else "",
                expires_at=found.expires_at,
            )

        return await self._store.read(read)

    async def accept(self, code: Secret, *, name: str, password: Secret, browser: Browser) -> tuple[Principal, Issued]:
        """Become a member, with a password, and sign in.

        Raises `NotFound` as `look`; `InvalidDefinition` ``weak_password``.
        """
        await self._store.read(self._find, code)  # Guesses must not cost a hash each.
        hashed = await self._passwords.hash(password)

        def join(tx: Transaction) -> tuple[Principal, Issued]:
            user = self.join_in(tx, self._find(tx.conn, code), name=name, password=hashed, browser=browser)
            return self._sign_in.open_session(tx, user, browser=browser, how="by accepting an invitation")

        return await self._store.write(join)

    def join_in(
        self, tx: Transaction, invitation: InvitationRow, *, name: str, password: str | None, browser: Browser
    ) -> UserRow:
        """Make the person whom this open invitation is for. Raises `NotFound` if somebody was faster."""
        now = self._clock.now()
        is_taken = find_by_email(tx.conn, invitation.email, workspace_id=invitation.workspace_id)
        if is_taken or not rows.accept_invitation(tx, invitation.id, now=now):
            raise _over()
        user = UserRow(new_id(), invitation.workspace_id, name, invitation.role, invitation.email)
        return self.take_in(tx, user, password=password, browser=browser)

    def take_in(self, tx: Transaction, user: UserRow, *, password: str | None, browser: Browser) -> UserRow:
        """Make this person a member; the caller has found them entitled to it."""
        identity.insert_user(tx, user, now=self._clock.now(), password=password)
        by, of = browser.brings(principal_of(user, None)), ("user", user.id)
        description = f"{user.name} ({user.email}) joined as {user.role}"
        self._trail.record(tx, "user.joined", by=by, of=of, description=description)
        return user

    def _make(
        self, tx: Transaction, principal: Principal, email: str, role: WorkspaceRole
    ) -> tuple[InvitationRow, Secret]:
        code, now = new_token("psi"), self._clock.now()
        row = InvitationRow(new_id(), principal.workspace_id, email, role, principal.id, now, now + INVITATION_LIFE)
        rows.insert_invitation(tx, row, digest=self._keyring.digest(code.reveal()))
        of, description = ("invitation", row.id), f"invited {email} as {role}"
        self._trail.record(tx, "user.invited", by=principal, of=of, description=description)
        return row, code

    async def _send(self, principal: Principal, row: InvitationRow, code: Secret) -> Invited:
        link = f"{self._base_url}/#/invitation={code.reveal()}"
        workspace = await self._store.read(identity.get_workspace, principal.workspace_id)
        text = (
            f"{principal.name} invites you to {workspace.name} on Peer Server.\n\n"
            f"Choose a name and a password here, within seven days:\n\n{link}\n"
        )
        is_sent = await self._mailer.send(Letter(row.email, f"{principal.name} invites you to {workspace.name}", text))
        return Invited(row, None if is_sent else link, is_sent)

    def _find(self, conn: Connection, code: Secret) -> InvitationRow:
        found = rows.find_invitation(conn, self._keyring.digest(code.reveal()), now=self._clock.now())
        if found is None:
            raise _over()
        return found


def is_address(text: str) -> bool:
    """Whether a text in lower case can be an address: one, without a name or anything else beside it."""
    return _EMAIL.match(text) is not None


def read_emails(emails: Sequence[str]) -> list[str]:
    """The addresses, each once and in lower case. Raises `InvalidDefinition` listing each that is none."""
    addresses = list(dict.fromkeys(email.strip().lower() for email in emails))
    _refuse([_fault(index, one, "is no address") for index, one in enumerate(addresses) if not is_address(one)])
    return addresses


def _refuse(faults: list[dict[str, Json]]) -> None:
    if faults:
        raise invalid("nobody was invited", faults, code="invalid_invitation")


def _fault(index: int, email: str, message: str) -> dict[str, Json]:
    return {"code": "invalid_address", "message": f"{email!r} {message}", "path": f"/emails/{index}"}


def _over() -> NotFound:
    return NotFound(
        "invitation_over", "this invitation is not valid any more", remedy="ask whoever sent it for a new one"
    )


def _require_rank(principal: Principal, role: WorkspaceRole) -> None:
    if WORKSPACE_ROLES.index(role) > WORKSPACE_ROLES.index(principal.role or "member"):
        raise Forbidden(
            "role_too_high",
            f"your own role is {principal.role!r}, so you cannot make an {role!r}",
            remedy="invite with a lower role, or ask an owner",
            details={"permission": "people.manage"},
        )
