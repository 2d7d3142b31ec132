"""The audience that a version recorded: offered when it is restored, given again only when asked for."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import Conflict, Json
from flow_runtime.store import Transaction
from peer_server.access import ROLES, Forbidden, Principal, Role, forbidden, suffices
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.stores.audience import audience_of, recorded_grants, subject_in_words
from peer_server.stores.flows import FlowRow
from peer_server.stores.grants import ObjectKind, SubjectKind, drop_all_grants, grants_on, put_grants, role_of
from peer_server.stores.peers import PeerRow

Shared = FlowRow | PeerRow
Subject = tuple[SubjectKind, str]


@dataclass(frozen=True, slots=True)
class Offer:
    """Who could reach the flow or Peer when the version was published, and who can now."""

    recorded: Mapping[str, Json] | None
    current: Mapping[str, Json]

    @property
    def differs(self) -> bool:
        """Whether bringing the recorded audience back would change anything."""
        return self.recorded is not None and _shares(self.recorded) != _shares(self.current)


class Audiences:
    """Brings audiences back."""

    def __init__(self, trail: AuditTrail, clock: Clock) -> None:
        self._trail = trail
        self._clock = clock

    def give_again(
        self,
        tx: Transaction,
        kind: ObjectKind,
        thing: Shared,
        *,
        recorded: Mapping[str, Json] | None,
        principal: Principal,
    ) -> None:
        """Put the recorded grants in place of those of now; people and groups that are gone stay out.

        The caller has locked the thing. Raises `Conflict` ``no_audience``; `Forbidden` if the principal may not share
        it, or would give or take a role above its own.
        """
        own = _require_sharing(tx.conn, kind, thing, principal)
        if recorded is None:
            remedy = "restore it without its audience"
            raise Conflict("no_audience", "that version recorded no audience", remedy=remedy)
        wanted = recorded_grants(
            tx.conn,
            recorded,
            kind=kind,
            object_id=thing.id,
            workspace_id=thing.workspace_id,
            by=principal.id,
            now=self._clock.now(),
        )
        before = {(one.subject_kind, one.subject_id): one.role for one in grants_on(tx.conn, kind, thing.id)}
        after = {(one.subject_kind, one.subject_id): one.role for one in wanted}
        if any(ROLES.index(role) > ROLES.index(own) for _subject, role in before.items() ^ after.items()):
            raise Forbidden(
                "role_too_high",
                f"as {own!r} you may not give or take a role above your own",
                remedy="ask an admin or the owner of it",
                details={"permission": f"{kind}.share", "role": own},
            )
        drop_all_grants(tx, kind, thing.id)
        put_grants(tx, wanted)
        for subject in sorted({*before, *after}):
            self._record(tx, principal, (kind, thing.id), subject, roles=(before.get(subject), after.get(subject)))

    def _record(
        self,
        tx: Transaction,
        principal: Principal,
        of: tuple[ObjectKind, str],
        subject: Subject,
        *,
        roles: tuple[Role | None, Role | None],
    ) -> None:
        before, after = roles
        if before == after:
            return
        event = "invited" if before is None else "removed" if after is None else "role_changed"
        whom = subject_in_words(tx.conn, *subject)
        words = f"took the role {before} from {whom}" if after is None else f"made {whom} its {after}"
        details = {"subjectKind": subject[0], "subjectId": subject[1], "before": before, "after": after}
        self._trail.record(tx, f"{of[0]}.{event}", by=principal, of=of, description=words, details=details)


def offer(conn: Connection, kind: ObjectKind, thing: Shared, *, recorded: Mapping[str, Json] | None) -> Offer:
    """What restoring the audience would change."""
    return Offer(recorded, audience_of(conn, kind, thing.id, owner_id=thing.owner_id))


def _require_sharing(conn: Connection, kind: ObjectKind, thing: Shared, principal: Principal) -> Role:
    """The principal's own role on the thing. Raises `Forbidden` if that is not enough to share it."""
    permission = f"{kind}.share"
    principal.require(permission)
    role = role_of(conn, principal, kind=kind, object_id=thing.id, owner_id=thing.owner_id)
    if role is None or not suffices(role, permission):
        raise forbidden(permission, role=role)
    return role


def _shares(audience: Mapping[str, Json]) -> set[tuple[str, str, str]]:
    return {(one["subjectKind"], one["subjectId"], one["role"]) for one in audience["grants"]}
