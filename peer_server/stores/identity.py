"""Workspaces, users and credentials as rows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, or_, select, update

from flow_runtime.store import Transaction
from peer_server.access import WorkspaceRole
from peer_server.stores.identity_tables import credentials, users, workspaces


@dataclass(frozen=True, slots=True)
class UserRow:
    """A person who may sign in."""

    id: str
    workspace_id: str
    name: str
    role: WorkspaceRole


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A credential to store: only its digest, never the token."""

    id: str
    kind: str
    digest: str
    user: UserRow
    created_at: datetime
    expires_at: datetime | None
    parent_id: str | None = None


_USER = [users.c.id, users.c.workspace_id, users.c.name, users.c.role]
_parents = credentials.alias("parents")


def first_owner(conn: Connection) -> UserRow | None:
    """The owner who was made on the first start."""
    found = conn.execute(select(*_USER).where(users.c.role == "owner").order_by(users.c.id).limit(1)).first()
    return None if found is None else UserRow(*found)


def insert_workspace(tx: Transaction, *, id: str, name: str, kek_id: str, wrapped_key: bytes, now: datetime) -> None:
    """Make a workspace with its wrapped data key."""
    row = {"id": id, "name": name, "kek_id": kek_id, "wrapped_key": wrapped_key, "created_at": now}
    tx.conn.execute(insert(workspaces).values(row))


def insert_user(tx: Transaction, user: UserRow, *, now: datetime) -> UserRow:
    """Make a user."""
    row = {"id": user.id, "workspace_id": user.workspace_id, "name": user.name, "role": user.role, "created_at": now}
    tx.conn.execute(insert(users).values(row))
    return user


def data_key_of(conn: Connection, workspace_id: str) -> tuple[str, bytes]:
    """The id of the wrapping key, and the wrapped data key of a workspace."""
    query = select(workspaces.c.kek_id, workspaces.c.wrapped_key).where(workspaces.c.id == workspace_id)
    kek_id, wrapped = conn.execute(query).one()
    return kek_id, wrapped


def insert_credential(tx: Transaction, new: NewCredential) -> None:
    """Store a credential, and clear away what expired long before (it could not be used any more)."""
    tx.conn.execute(
        delete(credentials).where(credentials.c.expires_at < new.created_at, credentials.c.kind != "session")
    )
    row = {
        "id": new.id,
        "workspace_id": new.user.workspace_id,
        "user_id": new.user.id,
        "kind": new.kind,
        "digest": new.digest,
        "parent_id": new.parent_id,
        "created_at": new.created_at,
        "expires_at": new.expires_at,
    }
    tx.conn.execute(insert(credentials).values(row))


def _valid(now: datetime) -> tuple[ColumnElement[bool], ...]:
    ended_parent = exists().where(_parents.c.id == credentials.c.parent_id, _parents.c.ended_at.is_not(None))
    return (
        credentials.c.ended_at.is_(None),
        or_(credentials.c.expires_at.is_(None), credentials.c.expires_at > now),
        ~ended_parent,
    )


def user_of(conn: Connection, digest: str, *, kinds: tuple[str, ...], now: datetime) -> tuple[UserRow, str] | None:
    """Whose valid credential of one of these kinds this is, and the credential's id."""
    query = (
        select(*_USER, credentials.c.id)
        .join(credentials, credentials.c.user_id == users.c.id)
        .where(
            credentials.c.digest == digest, credentials.c.kind.in_(kinds), users.c.disabled_at.is_(None), *_valid(now)
        )
    )
    found = conn.execute(query).first()
    return None if found is None else (UserRow(*found[:4]), found[4])


def use_once(tx: Transaction, digest: str, *, kind: str, now: datetime) -> tuple[UserRow, str] | None:
    """End a one-use credential and answer whose it was; None if it is unknown, over or used already."""
    found = user_of(tx.conn, digest, kinds=(kind,), now=now)
    if found is None:
        return None
    used = update(credentials).where(credentials.c.id == found[1], credentials.c.ended_at.is_(None))
    return found if tx.conn.execute(used.values(ended_at=now)).rowcount == 1 else None


def is_valid(conn: Connection, credential_id: str, *, now: datetime) -> bool:
    """Whether a session or token may still be used."""
    query = select(credentials.c.id).where(credentials.c.id == credential_id, *_valid(now))
    return conn.execute(query).first() is not None


def end_credential(tx: Transaction, credential_id: str, *, now: datetime) -> None:
    """End a session or token, and with it everything that was made from it. Idempotent."""
    query = update(credentials).where(credentials.c.id == credential_id, credentials.c.ended_at.is_(None))
    tx.conn.execute(query.values(ended_at=now))


def parent_of(conn: Connection, credential_id: str) -> str | None:
    """The credential that this one was made from."""
    parent: str | None = conn.scalar(select(credentials.c.parent_id).where(credentials.c.id == credential_id))
    return parent


def has_session(conn: Connection, *, now: datetime) -> bool:
    """Whether anybody is signed in."""
    query = select(credentials.c.id).where(credentials.c.kind == "session", *_valid(now)).limit(1)
    return conn.execute(query).first() is not None
