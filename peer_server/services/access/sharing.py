"""Who may reach a flow or a Peer: roles of people, groups and the whole workspace, visibility, and ownership."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import InvalidDefinition, Json, invalid
from flow_runtime.store import Store, Transaction
from peer_server.access import ROLES, Forbidden, Principal, Role, unknown
from peer_server.services.access.reach import reach_flow, reach_peer
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.people.mail import Letter, Mailer
from peer_server.stores import grants as rows
from peer_server.stores.audience import audience_of, subject_in_words
from peer_server.stores.flows import FlowRow, set_flow_owner
from peer_server.stores.grants import Grant, ObjectKind, SubjectKind
from peer_server.stores.groups import get_group
from peer_server.stores.peers import PeerRow, set_peer_owner
from peer_server.stores.people import MemberRow, get_member, members_by_email

Visibility = Literal["private", "shared"]


@dataclass(frozen=True, slots=True)
class Share:
    """A role for somebody; of a person either the id or the address is given, of the workspace neither."""

    subject_kind: SubjectKind
    role: Role
    subject_id: str | None = None
    email: str | None = None
    path: str = ""
    """Where the request names the address."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a thing is shared, and what the reader is to it."""

    visibility: Visibility
    role: Role


class SharingService:
    """Grants on flows and Peers; every method answers `NotFound` for what one may not see. Changes count at once."""

    def __init__(self, store: Store, *, clock: Clock, trail: AuditTrail, mailer: Mailer, base_url: str) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._mailer = mailer
        self._base_url = base_url

    async def standings(
        self, principal: Principal, kind: ObjectKind, things: Sequence[FlowRow | PeerRow]
    ) -> Mapping[str, Standing]:
        """How these things stand, by id. The caller has found that the principal may see them."""

        def read(conn: Connection) -> Mapping[str, Standing]:
            ids = [thing.id for thing in things]
            shared = rows.shared_among(conn, kind, ids)
            roles = rows.roles_among(conn, principal, kind, {thing.id: thing.owner_id for thing in things})
            return {one: Standing("shared" if one in shared else "private", roles.get(one, "viewer")) for one in ids}

        return await self._store.read(read)

    async def look(self, principal: Principal, kind: ObjectKind, object_id: str) -> dict[str, Json]:
        """``{ownerId, visibility, grants}``, names as they are now, for whoever may change the thing."""

        def read(conn: Connection) -> dict[str, Json]:
            return _audience(conn, kind, _reach(conn, principal, kind, object_id, "edit"))

        return await self._store.read(read)

    async def give(
        self, principal: Principal, kind: ObjectKind, object_id: str, *, shares: Sequence[Share]
    ) -> dict[str, Json]:
        """Give these roles; who has one already gets this one instead. All or none.

        Raises `InvalidDefinition` ``unknown_people`` listing each address that belongs to no member; `NotFound` for a
        person or group of elsewhere; `Forbidden` for roles above one's own.
        """

        def give(tx: Transaction) -> tuple[dict[str, Json], list[MemberRow]]:
            thing = _reach(tx.conn, principal, kind, object_id, "share", lock=True)
            named, invited = _identified(tx.conn, principal, shares)
            before = {(one.subject_kind, one.subject_id): one.role for one in rows.grants_on(tx.conn, kind, object_id)}
            new = [self._grant(principal, kind, thing, share=share) for share in named]
            touched = [before.get((grant.subject_kind, grant.subject_id), grant.role) for grant in new]
            self._require_rank(tx.conn, principal, kind, thing, [*touched, *(grant.role for grant in new)])
            rows.put_grants(tx, new)
            for grant in new:
                self._record_given(tx, principal, grant, before.get((grant.subject_kind, grant.subject_id)))
            return _audience(tx.conn, kind, thing), invited

        audience, invited = await self._store.write(give)
        for member in invited:
            self._tell(principal, kind, member)
        return audience

    async def take(
        self, principal: Principal, kind: ObjectKind, object_id: str, *, subject_kind: SubjectKind, subject_id: str
    ) -> None:
        """Take a role away. Raises `NotFound` if there is none; `Forbidden` for one above one's own."""

        def take(tx: Transaction) -> None:
            thing = _reach(tx.conn, principal, kind, object_id, "share", lock=True)
            for grant in rows.grants_on(tx.conn, kind, object_id):
                if (grant.subject_kind, grant.subject_id) == (subject_kind, subject_id):
                    self._require_rank(tx.conn, principal, kind, thing, [grant.role])
                    self._take(tx, principal, grant)
                    return
            raise unknown("grant", subject_id)

        await self._store.write(take)

    async def require(self, principal: Principal, kind: ObjectKind, object_id: str) -> None:
        """Raises `NotFound` or `Forbidden` unless this principal may share it: the role and the switch."""
        await self._store.read(_reach, principal, kind, object_id, "share")
        principal.require(f"{kind}.share")

    async def set_visibility(
        self, principal: Principal, kind: ObjectKind, object_id: str, *, visibility: Visibility
    ) -> None:
        """`private` takes every role away; `shared` lets the whole workspace run it, unless it is shared already.

        Raises as `require`; `Forbidden` if somebody has a role above one's own.
        """
        principal.require(f"{kind}.share")

        def change(tx: Transaction) -> None:
            thing = _reach(tx.conn, principal, kind, object_id, "share", lock=True)
            found = rows.grants_on(tx.conn, kind, object_id)
            if visibility == "private":
                self._require_rank(tx.conn, principal, kind, thing, [grant.role for grant in found])
                for grant in found:
                    self._take(tx, principal, grant)
            elif not found:
                share = Share("workspace", "runner", thing.workspace_id)
                grant = self._grant(principal, kind, thing, share=share)
                rows.put_grants(tx, [grant])
                self._record_given(tx, principal, grant, None)

        await self._store.write(change)

    async def hand_over(
        self, principal: Principal, kind: ObjectKind, object_id: str, *, user_id: str, keep: Role | None
    ) -> dict[str, Json]:
        """Give a thing to another owner; who had it keeps the role `keep`, or none. Raises `NotFound`, `Forbidden`."""

        def hand_over(tx: Transaction) -> dict[str, Json]:
            thing = _reach(tx.conn, principal, kind, object_id, "delete", lock=True)
            heir = get_member(tx.conn, user_id, workspace_id=principal.workspace_id)
            if heir.disabled_at is not None:
                raise InvalidDefinition("invalid_owner", f"{heir.name} is locked out", path="/userId")
            before = thing.owner_id
            (set_flow_owner if kind == "flow" else set_peer_owner)(tx, thing.id, heir.id)
            rows.drop_grant(tx, kind, object_id, subject_kind="user", subject_id=heir.id)
            if keep is not None and before not in (None, heir.id):
                rows.put_grants(tx, [self._grant(principal, kind, thing, share=Share("user", keep, before))])
            self._trail.record(
                tx,
                f"{kind}.owner_changed",
                by=principal,
                of=(kind, object_id),
                description=f"handed it to {heir.name}",
                details={"before": before, "after": heir.id, "kept": keep},
            )
            return _audience(tx.conn, kind, replace(thing, owner_id=heir.id))

        return await self._store.write(hand_over)

    def _grant(self, principal: Principal, kind: ObjectKind, thing: FlowRow | PeerRow, *, share: Share) -> Grant:
        return Grant(
            object_kind=kind,
            object_id=thing.id,
            subject_kind=share.subject_kind,
            subject_id=share.subject_id or "",
            workspace_id=thing.workspace_id,
            role=share.role,
            granted_by=principal.id,
            granted_at=self._clock.now(),
        )

    def _require_rank(
        self, conn: Connection, principal: Principal, kind: ObjectKind, thing: FlowRow | PeerRow, roles: Sequence[Role]
    ) -> None:
        """Nobody gives or takes more than they have themselves."""
        own = rows.role_of(conn, principal, kind=kind, object_id=thing.id, owner_id=thing.owner_id) or "viewer"
        if any(ROLES.index(role) > ROLES.index(own) for role in roles):
            raise Forbidden(
                "role_too_high",
                f"as {own!r} you may not give or take a role above your own",
                remedy="ask an admin or the owner of it",
                details={"permission": f"{kind}.share", "role": own},
            )

    def _record_given(self, tx: Transaction, principal: Principal, grant: Grant, before: Role | None) -> None:
        if grant.role == before:
            return
        event = "invited" if before is None else "role_changed"
        self._trail.record(
            tx,
            f"{grant.object_kind}.{event}",
            by=principal,
            of=(grant.object_kind, grant.object_id),
            description=f"made {subject_in_words(tx.conn, grant.subject_kind, grant.subject_id)} its {grant.role}",
            details={
                "subjectKind": grant.subject_kind,
                "subjectId": grant.subject_id,
                "before": before,
                "after": grant.role,
            },
        )

    def _take(self, tx: Transaction, principal: Principal, grant: Grant) -> None:
        kind, object_id = grant.object_kind, grant.object_id
        rows.drop_grant(tx, kind, object_id, subject_kind=grant.subject_kind, subject_id=grant.subject_id)
        whom = subject_in_words(tx.conn, grant.subject_kind, grant.subject_id)
        self._trail.record(
            tx,
            f"{kind}.removed",
            by=principal,
            of=(kind, object_id),
            description=f"took the role {grant.role} from {whom}",
            details={"subjectKind": grant.subject_kind, "subjectId": grant.subject_id, "before": grant.role},
        )

    def _tell(self, principal: Principal, kind: ObjectKind, member: MemberRow) -> None:
        word = "a flow" if kind == "flow" else "a Peer"
        subject = f"{principal.name} shared {word} with you"
        self._mailer.post(Letter(member.email or "", subject, f"{subject}. You find it here:\n\n{self._base_url}/\n"))


def _reach(
    conn: Connection, principal: Principal, kind: ObjectKind, object_id: str, verb: str, *, lock: bool = False
) -> FlowRow | PeerRow:
    reach = reach_flow if kind == "flow" else reach_peer
    return reach(conn, principal, object_id, f"{kind}.{verb}", lock=lock)


def _audience(conn: Connection, kind: ObjectKind, thing: FlowRow | PeerRow) -> dict[str, Json]:
    return audience_of(conn, kind, thing.id, owner_id=thing.owner_id)


def _identified(conn: Connection, principal: Principal, shares: Sequence[Share]) -> tuple[list[Share], list[MemberRow]]:
    """The shares with the ids of their subjects, each subject once, and who was named by address."""
    workspace_id = principal.workspace_id
    addresses = {index: share.email.strip().lower() for index, share in enumerate(shares) if share.email is not None}
    known = members_by_email(conn, set(addresses.values()), workspace_id=workspace_id)
    faults: list[dict[str, Json]] = [
        {"code": "unknown_person", "message": f"nobody here has the address {email!r}", "path": shares[index].path}
        for index, email in addresses.items()
        if email not in known
    ]
    if faults:
        raise invalid("only members of the workspace can be invited; nobody was", faults, code="unknown_people")
    named: dict[tuple[SubjectKind, str], Share] = {}
    for index, share in enumerate(shares):
        subject_id = known[addresses[index]].id if index in addresses else share.subject_id or workspace_id
        _require_subject(conn, share.subject_kind, subject_id, workspace_id=workspace_id)
        named[share.subject_kind, subject_id] = replace(share, subject_id=subject_id)
    return list(named.values()), list(known.values())


def _require_subject(conn: Connection, kind: SubjectKind, subject_id: str, *, workspace_id: str) -> None:
    """Raises `NotFound` unless that person, group or workspace is here."""
    if kind == "user":
        get_member(conn, subject_id, workspace_id=workspace_id)
    elif kind == "group":
        get_group(conn, subject_id, workspace_id=workspace_id)
    elif subject_id != workspace_id:
        raise unknown("workspace", subject_id)
