"""The members of a workspace as rows. Every function takes the workspace and answers nothing of another one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, or_, select, update

from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from flow_runtime.stores.paging import Page, read_page
from peer_server.access import Switch, WorkspaceRole, unknown
from peer_server.stores.access_tables import grants, group_members, groups
from peer_server.stores.definition_tables import flows, peers
from peer_server.stores.identity_tables import identities, users, workspaces


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A person as a workspace knows them."""

    id: str
    workspace_id: str
    name: str
    email: str | None
    role: WorkspaceRole
    switches: Sequence[Switch] | None
    created_at: datetime
    disabled_at: datetime | None
    password: str | None
    """Its hash; the wire never sees it."""


@dataclass(frozen=True, slots=True)
class Membership:
    """One group that a person is in."""

    user_id: str
    group_id: str
    group_name: str


_COLUMNS = [users.c[name] for name in MemberRow.__slots__]


def get_member(conn: Connection, user_id: str, *, workspace_id: str, lock: bool = False) -> MemberRow:
    """The person. Raises `NotFound` for strangers and for those who were removed."""
    query = _members_of(workspace_id).where(users.c.id == user_id)
    found = conn.execute(query.with_for_update() if lock else query).first()
    if found is None:
        raise unknown("member", user_id)
    return _member(found)


def somebody_has_a_password(conn: Connection) -> bool:
    """Whether anybody in any workspace can sign in by password."""
    able = select(users.c.id).where(users.c.password.is_not(None), users.c.removed_at.is_(None))
    return conn.execute(able.limit(1)).first() is not None


def find_by_email(conn: Connection, email: str, *, workspace_id: str | None = None) -> list[MemberRow]:
    """Who signs in by this address, in one workspace or in all of them."""
    query = select(*_COLUMNS).where(users.c.email == email, users.c.removed_at.is_(None))
    if workspace_id is not None:
        query = query.where(users.c.workspace_id == workspace_id)
    return [_member(row) for row in conn.execute(query.order_by(users.c.id))]


def members_by_email(conn: Connection, emails: Collection[str], *, workspace_id: str) -> dict[str, MemberRow]:
    """The members with these addresses, by address."""
    query = _members_of(workspace_id).where(users.c.email.in_(emails))
    return {member.email or "": member for member in map(_member, conn.execute(query))}


def list_members(
    conn: Connection, workspace_id: str, *, search: str, cursor: str | None, limit: int
) -> Page[MemberRow]:
    """A page of the members, newest first; `search` looks into names and addresses."""
    query = _members_of(workspace_id)
    if search:
        query = query.where(
            or_(users.c.name.icontains(search, autoescape=True), users.c.email.icontains(search, autoescape=True))
        )
    return read_page(conn, query, at=users.c.created_at, id=users.c.id, convert=_member, cursor=cursor, limit=limit)


def has_namesake(conn: Connection, name: str, *, workspace_id: str, but: str) -> bool:
    """Whether somebody else here has this name, whatever its case, or has it for an address or an id."""
    text = name.lower()
    is_theirs = or_(func.lower(users.c.name) == func.lower(name), users.c.email == text, users.c.id == text)
    query = _members_of(workspace_id).where(is_theirs, users.c.id != but)
    return conn.execute(query.limit(1)).first() is not None


def update_member(tx: Transaction, user_id: str, **values: Json) -> None:
    """Set columns of a member that the caller has locked."""
    tx.conn.execute(update(users).where(users.c.id == user_id).values(values))


def other_owners(tx: Transaction, workspace_id: str, user_id: str) -> int:
    """How many other owners can act. Locks the workspace, so that two owners cannot leave it at once."""
    tx.conn.execute(select(workspaces.c.id).where(workspaces.c.id == workspace_id).with_for_update())
    query = select(func.count()).where(
        users.c.workspace_id == workspace_id,
        users.c.role == "owner",
        users.c.id != user_id,
        users.c.disabled_at.is_(None),
        users.c.removed_at.is_(None),
    )
    return tx.conn.execute(query).scalar_one()


def first_owner_but(conn: Connection, user_id: str, *, workspace_id: str) -> str:
    """The id of the oldest other owner; the caller knows that there is one, or that this is not the last."""
    query = _members_of(workspace_id).where(users.c.role == "owner", users.c.id != user_id)
    return _member(conn.execute(query.order_by(users.c.id).limit(1)).one()).id


def remove_member(tx: Transaction, member: MemberRow, *, heir_id: str, now: datetime) -> int:
    """Take a locked member out: their rights end, and what they own goes to the heir. Answers how many things that was.

    The caller ends their credentials.
    """
    tx.conn.execute(delete(group_members).where(group_members.c.user_id == member.id))
    tx.conn.execute(delete(grants).where(grants.c.subject_kind == "user", grants.c.subject_id == member.id))
    tx.conn.execute(delete(identities).where(identities.c.user_id == member.id))
    handed = 0
    for table in (flows, peers):
        theirs = update(table).where(table.c.workspace_id == member.workspace_id, table.c.owner_id == member.id)
        handed += tx.conn.execute(theirs.values(owner_id=heir_id)).rowcount
    update_member(tx, member.id, removed_at=now, email=None, password=None)
    return handed


def memberships(conn: Connection, user_ids: Collection[str]) -> list[Membership]:
    """The groups of these people."""
    query = (
        select(group_members.c.user_id, groups.c.id, groups.c.name)
        .join(groups, groups.c.id == group_members.c.group_id)
        .where(group_members.c.user_id.in_(user_ids))
        .order_by(groups.c.name)
    )
    return [Membership(*row) for row in conn.execute(query)]


def _members_of(workspace_id: str) -> Select[Any]:
    return select(*_COLUMNS).where(users.c.workspace_id == workspace_id, users.c.removed_at.is_(None))


def _member(found: Row[Any]) -> MemberRow:
    return MemberRow(*found[: len(_COLUMNS)])
