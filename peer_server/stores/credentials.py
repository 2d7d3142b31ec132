"""Links, sessions, tokens and tickets as rows; of a credential only the digest is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, or_, select, update

from flow_runtime.store import Transaction
from peer_server.access import unknown
from peer_server.stores.identity import USER_COLUMNS, UserRow, user_from
from peer_server.stores.identity_tables import credentials, users

USED_EVERY: Final = timedelta(minutes=5)
"""How exact the last use of a credential is kept."""


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A credential to store: only its digest, never the token."""

    id: str
    kind: str
    digest: str
    workspace_id: str
    user_id: str | None
    created_at: datetime
    expires_at: datetime | None
    parent_id: str | None = None
    name: str | None = None
    visitor_id: str | None = None


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """A session or token as its owner sees it."""

    id: str
    name: str | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """A valid credential and whose it is."""

    user: UserRow
    credential_id: str
    used_at: datetime | None


_LISTED = [credentials.c[name] for name in CredentialRow.__slots__]
_parents = credentials.alias("parents")


def insert_credential(tx: Transaction, new: NewCredential) -> None:
    """Store a credential, and clear away what expired long before (it could not be used any more)."""
    tx.conn.execute(
        delete(credentials).where(credentials.c.expires_at < new.created_at, credentials.c.kind != "session")
    )
    tx.conn.execute(insert(credentials).values({name: getattr(new, name) for name in NewCredential.__slots__}))


def user_of(conn: Connection, digest: str, *, kinds: tuple[str, ...], now: datetime) -> Held | None:
    """Whose valid credential of one of these kinds this is."""
    query = (
        select(*USER_COLUMNS, credentials.c.id, credentials.c.used_at)
        .join(credentials, credentials.c.user_id == users.c.id)
        .where(credentials.c.digest == digest, credentials.c.kind.in_(kinds), *_may_enter(), *is_valid(now))
    )
    found = conn.execute(query).first()
    return None if found is None else Held(user_from(found), found[-2], found[-1])


def holder_of(conn: Connection, credential_id: str, *, now: datetime) -> UserRow | None:
    """Who holds this credential now, as they are now; None once it is over."""
    query = (
        select(*USER_COLUMNS)
        .join(credentials, credentials.c.user_id == users.c.id)
        .where(credentials.c.id == credential_id, *_may_enter(), *is_valid(now))
    )
    found = conn.execute(query).first()
    return None if found is None else user_from(found)


def use_once(tx: Transaction, digest: str, *, kind: str, now: datetime) -> Held | None:
    """End a one-use credential and answer whose it was; None if it is unknown, over or used already."""
    found = user_of(tx.conn, digest, kinds=(kind,), now=now)
    if found is None:
        return None
    used = update(credentials).where(credentials.c.id == found.credential_id, credentials.c.ended_at.is_(None))
    return found if tx.conn.execute(used.values(ended_at=now)).rowcount == 1 else None


def touch_credential(tx: Transaction, credential_id: str, *, now: datetime) -> None:
    """Remember that it was used."""
    tx.conn.execute(update(credentials).where(credentials.c.id == credential_id).values(used_at=now))


def list_credentials(conn: Connection, user_id: str, *, kind: str, now: datetime) -> list[CredentialRow]:
    """The valid credentials of one kind that a person has, newest first."""
    query = select(*_LISTED).where(credentials.c.user_id == user_id, credentials.c.kind == kind, *is_valid(now))
    rows = conn.execute(query.order_by(credentials.c.created_at.desc(), credentials.c.id.desc()))
    return [CredentialRow(*row) for row in rows]


def end_own_credential(tx: Transaction, user_id: str, credential_id: str, *, kind: str, now: datetime) -> None:
    """End one of a person's own. Raises `NotFound` for others' and for those that are over."""
    own = update(credentials).where(
        credentials.c.id == credential_id,
        credentials.c.user_id == user_id,
        credentials.c.kind == kind,
        credentials.c.ended_at.is_(None),
    )
    if tx.conn.execute(own.values(ended_at=now)).rowcount == 0:
        raise unknown(kind, credential_id)


def end_credential(tx: Transaction, credential_id: str, *, now: datetime) -> None:
    """End a session or token, and with it everything that was made from it. Idempotent."""
    query = update(credentials).where(credentials.c.id == credential_id, credentials.c.ended_at.is_(None))
    tx.conn.execute(query.values(ended_at=now))


def end_credentials_of(
    tx: Transaction, user_id: str, *, kinds: Sequence[str], now: datetime, keep: str | None = None
) -> int:
    """End every credential of these kinds that a person has, except `keep`; answer how many."""
    query = update(credentials).where(
        credentials.c.user_id == user_id,
        credentials.c.kind.in_(kinds),
        credentials.c.ended_at.is_(None),
        credentials.c.id != (keep or ""),
    )
    return tx.conn.execute(query.values(ended_at=now)).rowcount


def parent_of(conn: Connection, credential_id: str) -> str | None:
    """The credential that this one was made from."""
    parent: str | None = conn.scalar(select(credentials.c.parent_id).where(credentials.c.id == credential_id))
    return parent


def has_session(conn: Connection, *, now: datetime) -> bool:
    """Whether anybody is signed in."""
    query = select(credentials.c.id).where(credentials.c.kind == "session", *is_valid(now)).limit(1)
    return conn.execute(query).first() is not None


def _may_enter() -> tuple[ColumnElement[bool], ...]:
    return users.c.disabled_at.is_(None), users.c.removed_at.is_(None)


def is_valid(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions that a credential may be used: neither it nor what it was made from is over."""
    ended_parent = exists().where(_parents.c.id == credentials.c.parent_id, _parents.c.ended_at.is_not(None))
    return (
        credentials.c.ended_at.is_(None),
        or_(credentials.c.expires_at.is_(None), credentials.c.expires_at > now),
        ~ended_parent,
    )
