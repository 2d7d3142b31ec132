"""Workspaces and the people in them as rows. Core functions for `Store.write` and `Store.read`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from flow_runtime.store import Transaction
from peer_server.access import Switch, WorkspaceRole
from peer_server.stores.identity_tables import users, workspaces


@dataclass(frozen=True, slots=True)
class UserRow:
    """A person who may sign in. `switches` are those that the workspace left them; None is all of them."""

    id: str
    workspace_id: str
    name: str
    role: WorkspaceRole
    email: str | None = None
    switches: Sequence[Switch] | None = None


@dataclass(frozen=True, slots=True)
class WorkspaceRow:
    """A tenant."""

    id: str
    name: str
    created_at: datetime


USER_COLUMNS = [users.c[name] for name in UserRow.__slots__]


def user_from(row: Sequence[Any]) -> UserRow:
    """The person of a row that begins with `USER_COLUMNS`."""
    return UserRow(*row[: len(USER_COLUMNS)])


_FIRST_WORKSPACE = select(workspaces.c.id).order_by(workspaces.c.id).limit(1).scalar_subquery()
_OWNERS: Select[Any] = select(*USER_COLUMNS).where(
    users.c.workspace_id == _FIRST_WORKSPACE, users.c.role == "owner", users.c.removed_at.is_(None)
)


def first_owner(conn: Connection) -> UserRow | None:
    """The oldest owner of the first workspace, whom the first start made, locked out or not."""
    return _oldest(conn, _OWNERS)


def acting_owner(conn: Connection) -> UserRow | None:
    """Whom the token of the settings stands for: the oldest owner of the first workspace who is not locked out."""
    return _oldest(conn, _OWNERS.where(users.c.disabled_at.is_(None)))


def _oldest(conn: Connection, owners: Select[Any]) -> UserRow | None:
    found = conn.execute(owners.order_by(users.c.id).limit(1)).first()
    return None if found is None else user_from(found)


def insert_workspace(tx: Transaction, *, id: str, name: str, kek_id: str, wrapped_key: bytes, now: datetime) -> None:
    """Make a workspace with its wrapped data key."""
    row = {"id": id, "name": name, "kek_id": kek_id, "wrapped_key": wrapped_key, "created_at": now}
    tx.conn.execute(insert(workspaces).values(row))


def get_workspace(conn: Connection, workspace_id: str) -> WorkspaceRow:
    """The workspace of somebody who is signed in, so it exists."""
    query = select(workspaces.c.id, workspaces.c.name, workspaces.c.created_at).where(workspaces.c.id == workspace_id)
    return WorkspaceRow(*conn.execute(query).one())


def rename_workspace(tx: Transaction, workspace_id: str, name: str) -> None:
    """Give a workspace another name."""
    tx.conn.execute(update(workspaces).where(workspaces.c.id == workspace_id).values(name=name))


def insert_user(tx: Transaction, user: UserRow, *, now: datetime, password: str | None = None) -> UserRow:
    """Make a person; `password` is its hash. Raises `sqlalchemy.exc.IntegrityError` if the address is taken."""
    row = {name: getattr(user, name) for name in UserRow.__slots__}
    tx.conn.execute(insert(users).values(row | {"created_at": now, "password": password}))
    return user


def get_user(conn: Connection, user_id: str) -> UserRow | None:
    """The person of any workspace and state, for showing their name."""
    found = conn.execute(select(*USER_COLUMNS).where(users.c.id == user_id)).first()
    return None if found is None else user_from(found)


def data_key_of(conn: Connection, workspace_id: str) -> tuple[str, bytes]:
    """The id of the wrapping key, and the wrapped data key of a workspace."""
    query = select(workspaces.c.kek_id, workspaces.c.wrapped_key).where(workspaces.c.id == workspace_id)
    kek_id, wrapped = conn.execute(query).one()
    return kek_id, wrapped


def wrapped_keys(conn: Connection) -> list[tuple[str, str, bytes]]:
    """Every workspace with the id of its wrapping key and its wrapped data key."""
    query = select(workspaces.c.id, workspaces.c.kek_id, workspaces.c.wrapped_key).order_by(workspaces.c.id)
    return [(row[0], row[1], row[2]) for row in conn.execute(query)]


def replace_data_key(tx: Transaction, workspace_id: str, *, before: str, kek_id: str, wrapped_key: bytes) -> None:
    """Keep the same data key under another key, unless somebody has done so meanwhile."""
    found = update(workspaces).where(workspaces.c.id == workspace_id, workspaces.c.kek_id == before)
    tx.conn.execute(found.values(kek_id=kek_id, wrapped_key=wrapped_key))
