"""Groups of people as rows. Every function takes the workspace and answers nothing of another one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from flow_runtime.store import Transaction
from peer_server.access import unknown
from peer_server.stores.access_tables import grants, group_members, groups
from peer_server.stores.identity_tables import users


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group."""

    id: str
    workspace_id: str
    name: str
    created_at: datetime


_COLUMNS = [groups.c[name] for name in GroupRow.__slots__]


def insert_group(tx: Transaction, group: GroupRow) -> None:
    """Make a group whose name is free."""
    tx.conn.execute(insert(groups).values({name: getattr(group, name) for name in GroupRow.__slots__}))


def get_group(conn: Connection, group_id: str, *, workspace_id: str, lock: bool = False) -> GroupRow:
    """The group. Raises `NotFound`."""
    query = select(*_COLUMNS).where(groups.c.id == group_id, groups.c.workspace_id == workspace_id)
    found = conn.execute(query.with_for_update() if lock else query).first()
    if found is None:
        raise unknown("group", group_id)
    return GroupRow(*found)


def list_groups(conn: Connection, workspace_id: str) -> list[GroupRow]:
    """All groups by name."""
    query = select(*_COLUMNS).where(groups.c.workspace_id == workspace_id).order_by(groups.c.name, groups.c.id)
    return [GroupRow(*row) for row in conn.execute(query)]


def has_group_named(conn: Connection, name: str, *, workspace_id: str, but: str | None = None) -> bool:
    """Whether another group than `but` bears this name, whatever its case."""
    query = select(groups.c.id).where(
        groups.c.workspace_id == workspace_id, func.lower(groups.c.name) == func.lower(name), groups.c.id != (but or "")
    )
    return conn.execute(query).first() is not None


def rename_group(tx: Transaction, group_id: str, name: str) -> None:
    """Give a locked group another name."""
    tx.conn.execute(update(groups).where(groups.c.id == group_id).values(name=name))


def delete_group(tx: Transaction, group_id: str) -> None:
    """Take a locked group away, with every right that it gave."""
    tx.conn.execute(delete(grants).where(grants.c.subject_kind == "group", grants.c.subject_id == group_id))
    tx.conn.execute(delete(group_members).where(group_members.c.group_id == group_id))
    tx.conn.execute(delete(groups).where(groups.c.id == group_id))


def members_of(conn: Connection, group_ids: Collection[str]) -> dict[str, list[tuple[str, str, str | None]]]:
    """Id, name and address of the people in each of these groups, by name."""
    query = (
        select(group_members.c.group_id, users.c.id, users.c.name, users.c.email)
        .join(users, users.c.id == group_members.c.user_id)
        .where(group_members.c.group_id.in_(group_ids))
        .order_by(users.c.name, users.c.id)
    )
    found: dict[str, list[tuple[str, str, str | None]]] = {group_id: [] for group_id in group_ids}
    for group_id, *person in conn.execute(query):
        found[group_id].append((person[0], person[1], person[2]))
    return found


def add_members(tx: Transaction, group_id: str, user_ids: Sequence[str]) -> None:
    """Put people into a locked group. Idempotent."""
    known = set(tx.conn.scalars(select(group_members.c.user_id).where(group_members.c.group_id == group_id)))
    new = [{"group_id": group_id, "user_id": one} for one in dict.fromkeys(user_ids) if one not in known]
    if new:
        tx.conn.execute(insert(group_members), new)


def drop_member(tx: Transaction, group_id: str, user_id: str) -> bool:
    """Take somebody out of a group. False if they were not in it."""
    gone = delete(group_members).where(group_members.c.group_id == group_id, group_members.c.user_id == user_id)
    return tx.conn.execute(gone).rowcount > 0
