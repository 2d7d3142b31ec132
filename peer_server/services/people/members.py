"""The people of a workspace: who is in it, what they may do there, and letting them go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, InvalidDefinition, Json
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.paging import Page
from peer_server.access import WORKSPACE_ROLES, Forbidden, Principal, Switch, WorkspaceRole
from peer_server.secrets import Keyring
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.people.credentials import Issued
from peer_server.services.people.sign_in import SignInService, issue_to, user_of_member
from peer_server.stores import identity
from peer_server.stores import people as rows
from peer_server.stores.credentials import end_credentials_of
from peer_server.stores.identity import WorkspaceRow
from peer_server.stores.people import MemberRow, Membership

EVERYTHING = ("link", "reset", "session", "token", "ticket")


@dataclass(frozen=True, slots=True)
class MemberChange:
    """What to change of a member; None stays."""

    name: str | None = None
    role: WorkspaceRole | None = None
    switches: Sequence[Switch] | None = None
    disabled: bool | None = None


class MemberService:
    """Members of one's workspace; every method answers `NotFound` for those of another."""

    def __init__(
        self, store: Store, *, keyring: Keyring, clock: Clock, trail: AuditTrail, sign_in: SignInService
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._trail = trail
        self._sign_in = sign_in

    async def workspace(self, principal: Principal) -> WorkspaceRow:
        """The workspace that the principal is in."""
        return await self._store.read(identity.get_workspace, principal.workspace_id)

    async def rename_workspace(self, principal: Principal, name: str) -> WorkspaceRow:
        """Give it another name."""

        def rename(tx: Transaction) -> WorkspaceRow:
            identity.rename_workspace(tx, principal.workspace_id, name)
            of = ("workspace", principal.workspace_id)
            self._trail.record(tx, "workspace.edited", by=principal, of=of, description=f"named the workspace {name!r}")
            return identity.get_workspace(tx.conn, principal.workspace_id)

        return await self._store.write(rename)

    async def page(self, principal: Principal, *, search: str, cursor: str | None, limit: int) -> Page[MemberRow]:
        """A page of the members, newest first."""
        workspace_id = principal.workspace_id
        return await self._store.read(rows.list_members, workspace_id, search=search, cursor=cursor, limit=limit)

    async def get(self, principal: Principal, user_id: str) -> MemberRow:
        """One member."""
        return await self._store.read(rows.get_member, user_id, workspace_id=principal.workspace_id)

    async def groups_of(self, user_ids: Sequence[str]) -> Mapping[str, list[Membership]]:
        """The groups of these people, by person. The caller has checked the right to see them."""
        found: dict[str, list[Membership]] = {user_id: [] for user_id in user_ids}
        for one in await self._store.read(rows.memberships, user_ids):
            found[one.user_id].append(one)
        return found

    async def change(self, principal: Principal, user_id: str, wanted: MemberChange) -> MemberRow:
        """Change a member; it counts from their next request on, and for their open sockets within five seconds.

        Raises `NotFound`; `Forbidden` (admins cannot change owners or make them); `Conflict` ``last_owner``.
        """

        def change(tx: Transaction) -> MemberRow:
            member = rows.get_member(tx.conn, user_id, workspace_id=principal.workspace_id, lock=True)
            _require_authority(principal, member, wanted.role)
            if (wanted.role not in (None, "owner")) or wanted.disabled:
                _require_another_owner(tx, member)
            self._apply(tx, principal, member, wanted)
            return rows.get_member(tx.conn, user_id, workspace_id=principal.workspace_id)

        changed = await self._store.write(change)
        self._sign_in.forget()
        return changed

    async def remove(self, principal: Principal, user_id: str, *, heir_id: str | None) -> None:
        """Take somebody out of the workspace: they are signed out, their rights end, what they own goes to the heir.

        Without an heir it goes to the first owner. Raises as `change`; `InvalidDefinition` for an heir who is leaving.
        """

        def remove(tx: Transaction) -> None:
            workspace_id, now = principal.workspace_id, self._clock.now()
            member = rows.get_member(tx.conn, user_id, workspace_id=workspace_id, lock=True)
            _require_authority(principal, member, None)
            _require_another_owner(tx, member)
            heir = self._heir(tx.conn, principal, member, heir_id)
            handed = rows.remove_member(tx, member, heir_id=heir.id, now=now)
            end_credentials_of(tx, user_id, kinds=EVERYTHING, now=now)
            self._trail.record(
                tx,
                "user.deleted",
                by=principal,
                of=("user", user_id),
                description=f"removed {member.name}; {handed} of their things went to {heir.name}",
                details={"heirId": heir.id, "handedOver": handed},
            )

        await self._store.write(remove)
        self._sign_in.forget()

    async def reset_password(self, principal: Principal, user_id: str) -> tuple[MemberRow, Issued]:
        """A one-time code with which a member sets a new password. Raises as `change`; `Conflict` ``no_address``."""

        def make(tx: Transaction) -> tuple[MemberRow, Issued]:
            member = rows.get_member(tx.conn, user_id, workspace_id=principal.workspace_id)
            _require_authority(principal, member, None)
            if member.email is None:
                raise Conflict("no_address", f"{member.name} has no address to sign in with")
            now = self._clock.now()
            end_credentials_of(tx, member.id, kinds=("reset",), now=now)
            issued = issue_to(tx, user_of_member(member), kind="reset", keyring=self._keyring, now=now)
            of, description = ("user", member.id), f"asked for a link to set the password of {member.name}"
            self._trail.record(tx, "password.reset_asked", by=principal, of=of, description=description)
            return member, issued

        return await self._store.write(make)

    def _apply(self, tx: Transaction, principal: Principal, member: MemberRow, wanted: MemberChange) -> None:
        of = ("user", member.id)
        if wanted.name is not None and wanted.name != member.name:
            rows.update_member(tx, member.id, name=wanted.name)
            description = f"renamed {member.name} to {wanted.name}"
            self._trail.record(tx, "user.edited", by=principal, of=of, description=description)
        before = {"role": member.role, "switches": list(member.switches) if member.switches is not None else None}
        after: dict[str, Json] = {
            "role": wanted.role or member.role,
            "switches": before["switches"] if wanted.switches is None else sorted(set(wanted.switches)),
        }
        if after != before:
            rows.update_member(tx, member.id, **after)
            self._trail.record(
                tx,
                "role.changed",
                by=principal,
                of=of,
                description=f"changed what {member.name} may do in the workspace",
                details={"before": before, "after": after},
            )
        if wanted.disabled is not None and wanted.disabled != (member.disabled_at is not None):
            self._lock_out(tx, principal, member, is_out=wanted.disabled)

    def _lock_out(self, tx: Transaction, principal: Principal, member: MemberRow, *, is_out: bool) -> None:
        now = self._clock.now()
        rows.update_member(tx, member.id, disabled_at=now if is_out else None)
        if is_out:
            end_credentials_of(tx, member.id, kinds=("link", "reset", "session", "ticket"), now=now)
        event, word = ("user.disabled", "locked out") if is_out else ("user.enabled", "let in again")
        self._trail.record(tx, event, by=principal, of=("user", member.id), description=f"{word} {member.name}")

    def _heir(self, conn: Connection, principal: Principal, member: MemberRow, heir_id: str | None) -> MemberRow:
        chosen = heir_id or rows.first_owner_but(conn, member.id, workspace_id=principal.workspace_id)
        if chosen == member.id:
            raise InvalidDefinition("invalid_heir", "who leaves cannot inherit", path="/heirId")
        return rows.get_member(conn, chosen, workspace_id=principal.workspace_id)


def _require_authority(principal: Principal, member: MemberRow, new_role: WorkspaceRole | None) -> None:
    """Only owners decide about owners; nobody gives a role above their own."""
    own = WORKSPACE_ROLES.index(principal.role or "member")
    if max(WORKSPACE_ROLES.index(member.role), WORKSPACE_ROLES.index(new_role or "member")) > own:
        raise Forbidden(
            "owners_only",
            "only an owner decides about owners",
            remedy="ask an owner of the workspace",
            details={"permission": "people.manage"},
        )


def _require_another_owner(tx: Transaction, member: MemberRow) -> None:
    """A workspace always has an owner who can act."""
    if member.role == "owner" and rows.other_owners(tx, member.workspace_id, member.id) == 0:
        raise Conflict("last_owner", f"{member.name} is the only owner", remedy="make somebody else an owner first")
