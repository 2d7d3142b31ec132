"""Who has which role on a flow or Peer, as rows: looked up afresh each time, so that a change counts at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, cast

from sqlalchemy import Column, ColumnElement, Connection, Select, delete, insert, literal, or_, select

from flow_runtime.store import Transaction
from peer_server.access import ROLES, Principal, Role, highest
from peer_server.stores.access_tables import grants, group_members

ObjectKind = Literal["flow", "peer"]
SubjectKind = Literal["user", "group", "workspace"]


@dataclass(frozen=True, slots=True)
class Grant:
    """One subject's role on one thing."""

    object_kind: ObjectKind
    object_id: str
    subject_kind: SubjectKind
    subject_id: str
    workspace_id: str
    role: Role
    granted_by: str
    granted_at: datetime


_COLUMNS: Final = [grants.c[name] for name in Grant.__slots__]


def role_of(
    conn: Connection, principal: Principal, *, kind: ObjectKind, object_id: str, owner_id: str | None
) -> Role | None:
    """What this principal is to a flow or Peer of its own workspace; None if nothing."""
    match principal.kind:
        case "system":
            return "admin"
        case "key":
            return "runner" if kind == "flow" and principal.flow_id in (None, object_id) else None
        case "visitor":
            return "runner" if kind == "peer" and principal.peer_id == object_id else None
        case "user" if principal.role == "owner" or principal.id == owner_id:
            return "admin"
        case "user":
            query = select(grants.c.role).where(_is_on(kind, object_id), *_is_for(principal))
            return highest([cast("Role", role) for role in conn.scalars(query)])


def reached(
    principal: Principal, kind: ObjectKind, *, id: Column[str], owner_id: Column[Any], least: Role = "viewer"
) -> ColumnElement[bool]:
    """The condition that a row of `flows` or `peers` is one on which this principal has at least that role."""
    if principal.kind == "system" or principal.role == "owner":
        return literal(value=True)
    if principal.kind == "key":
        is_its = literal(principal.flow_id is None) if principal.flow_id is None else id == principal.flow_id
        return is_its if kind == "flow" and ROLES.index(least) <= ROLES.index("runner") else literal(value=False)
    if principal.kind == "visitor":
        may_run = kind == "peer" and ROLES.index(least) <= ROLES.index("runner")
        return id == principal.peer_id if may_run and principal.peer_id else literal(value=False)
    enough = ROLES[ROLES.index(least) :]
    granted = select(grants.c.object_id).where(
        grants.c.object_kind == kind, grants.c.role.in_(enough), *_is_for(principal)
    )
    return or_(owner_id == principal.id, id.in_(granted))


def roles_among(
    conn: Connection, principal: Principal, kind: ObjectKind, owners: Mapping[str, str | None]
) -> dict[str, Role]:
    """What this principal is to each of these things, given their owners by id; what it is nothing to is absent."""
    if principal.kind != "user" or principal.role == "owner":
        found = {
            one: role_of(conn, principal, kind=kind, object_id=one, owner_id=owner) for one, owner in owners.items()
        }
        return {one: role for one, role in found.items() if role is not None}
    query = select(grants.c.object_id, grants.c.role).where(
        grants.c.object_kind == kind, grants.c.object_id.in_(owners), *_is_for(principal)
    )
    given: dict[str, list[Role]] = {one: ["admin"] for one, owner in owners.items() if owner == principal.id}
    for object_id, role in conn.execute(query):
        given.setdefault(object_id, []).append(cast("Role", role))
    return {one: max(roles, key=ROLES.index) for one, roles in given.items()}


def grants_on(conn: Connection, kind: ObjectKind, object_id: str) -> list[Grant]:
    """Every grant on one thing, the oldest first."""
    query = select(*_COLUMNS).where(_is_on(kind, object_id)).order_by(grants.c.granted_at, grants.c.subject_id)
    return [Grant(*row) for row in conn.execute(query)]


def shared_among(conn: Connection, kind: ObjectKind, object_ids: Collection[str]) -> frozenset[str]:
    """Which of these things have any grant."""
    query = select(grants.c.object_id).where(grants.c.object_kind == kind, grants.c.object_id.in_(object_ids))
    return frozenset(conn.scalars(query.distinct()))


def put_grants(tx: Transaction, new: Sequence[Grant]) -> None:
    """Give roles; a subject that has one already gets this one instead."""
    for grant in new:
        drop_grant(tx, grant.object_kind, grant.object_id, subject_kind=grant.subject_kind, subject_id=grant.subject_id)
        tx.conn.execute(insert(grants).values({name: getattr(grant, name) for name in Grant.__slots__}))


def drop_grant(
    tx: Transaction, kind: ObjectKind, object_id: str, *, subject_kind: SubjectKind, subject_id: str
) -> bool:
    """Take a role away. False if there was none."""
    gone = delete(grants).where(
        _is_on(kind, object_id), grants.c.subject_kind == subject_kind, grants.c.subject_id == subject_id
    )
    return tx.conn.execute(gone).rowcount > 0


def drop_all_grants(tx: Transaction, kind: ObjectKind, object_id: str) -> None:
    """Make a thing private. Idempotent."""
    tx.conn.execute(delete(grants).where(_is_on(kind, object_id)))


def _is_on(kind: ObjectKind, object_id: str) -> ColumnElement[bool]:
    return (grants.c.object_kind == kind) & (grants.c.object_id == object_id)


def _is_for(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    """The grants that this person has: by name, by a group, or with everybody in the workspace."""
    in_groups: Select[Any] = select(group_members.c.group_id).where(group_members.c.user_id == principal.id)
    subject = grants.c.subject_kind
    return (
        grants.c.workspace_id == principal.workspace_id,
        or_(
            (subject == "user") & (grants.c.subject_id == principal.id),
            (subject == "workspace") & (grants.c.subject_id == principal.workspace_id),
            (subject == "group") & grants.c.subject_id.in_(in_groups),
        ),
    )
