"""Public links to Peers, and their visitors, as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, insert, or_, select, update

from flow_runtime.store import Transaction
from peer_server.access import unknown
from peer_server.stores.credentials import is_valid
from peer_server.stores.definition_tables import peers
from peer_server.stores.identity_tables import credentials
from peer_server.stores.peer_link_tables import peer_links, visitors


@dataclass(frozen=True, slots=True)
class PeerLinkRow:
    """A link, without its token."""

    id: str
    workspace_id: str
    peer_id: str
    name: str
    last_characters: str
    visits_per_minute: int
    created_by: str
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class VisitorRow:
    """Somebody who came by a link."""

    id: str
    workspace_id: str
    link_id: str
    peer_id: str
    name: str


_LINK = [peer_links.c[name] for name in PeerLinkRow.__slots__]
_VISITOR = [visitors.c[name] for name in VisitorRow.__slots__]


def insert_link(tx: Transaction, row: PeerLinkRow, *, digest: str) -> None:
    """Store a link."""
    values = {name: getattr(row, name) for name in PeerLinkRow.__slots__}
    tx.conn.execute(insert(peer_links).values(values | {"digest": digest}))


def list_links(conn: Connection, peer_id: str) -> Sequence[PeerLinkRow]:
    """The links of a Peer that were not withdrawn, newest first, expired ones included."""
    query = select(*_LINK).where(peer_links.c.peer_id == peer_id, peer_links.c.ended_at.is_(None))
    rows = conn.execute(query.order_by(peer_links.c.created_at.desc(), peer_links.c.id.desc()))
    return [PeerLinkRow(*row) for row in rows]


def find_link(conn: Connection, digest: str, *, now: datetime) -> PeerLinkRow | None:
    """The link with that token, if it may still be used and its Peer is there."""
    query = (
        select(*_LINK)
        .join(peers, peers.c.id == peer_links.c.peer_id)
        .where(peer_links.c.digest == digest, peers.c.deleted_at.is_(None), *_is_open(now))
    )
    found = conn.execute(query).first()
    return None if found is None else PeerLinkRow(*found)


def end_link(tx: Transaction, link_id: str, *, peer_id: str, now: datetime) -> None:
    """Withdraw a link; with it its visitors are out. Raises `NotFound`."""
    query = update(peer_links).where(
        peer_links.c.id == link_id, peer_links.c.peer_id == peer_id, peer_links.c.ended_at.is_(None)
    )
    if tx.conn.execute(query.values(ended_at=now)).rowcount == 0:
        raise unknown("link", link_id)


def insert_visitor(tx: Transaction, row: VisitorRow, *, now: datetime) -> None:
    """Somebody has come."""
    values = {name: getattr(row, name) for name in VisitorRow.__slots__}
    tx.conn.execute(insert(visitors).values(values | {"created_at": now}))


def visitor_of(
    conn: Connection, digest: str, *, kinds: tuple[str, ...], now: datetime
) -> tuple[VisitorRow, str] | None:
    """Whose valid credential of one of these kinds this is, and the credential's id."""
    found = conn.execute(_held(now).where(credentials.c.digest == digest, credentials.c.kind.in_(kinds))).first()
    return None if found is None else _held_from(found)


def visitor_holding(conn: Connection, credential_id: str, *, now: datetime) -> VisitorRow | None:
    """Which visitor holds this credential; None once it or the link is over."""
    found = conn.execute(_held(now).where(credentials.c.id == credential_id)).first()
    return None if found is None else _held_from(found)[0]


def use_ticket(tx: Transaction, digest: str, *, now: datetime) -> tuple[VisitorRow, str] | None:
    """End a visitor's ticket and answer whose it was; None if it is unknown, over or used already."""
    found = visitor_of(tx.conn, digest, kinds=("ticket",), now=now)
    if found is None:
        return None
    used = update(credentials).where(credentials.c.id == found[1], credentials.c.ended_at.is_(None))
    return found if tx.conn.execute(used.values(ended_at=now)).rowcount == 1 else None


def _held(now: datetime) -> Select[Any]:
    return (
        select(*_VISITOR, credentials.c.id)
        .join(credentials, credentials.c.visitor_id == visitors.c.id)
        .join(peer_links, peer_links.c.id == visitors.c.link_id)
        .where(*is_valid(now), *_is_open(now))
    )


def _held_from(found: Sequence[Any]) -> tuple[VisitorRow, str]:
    *visitor, credential_id = found
    return VisitorRow(*visitor), credential_id


def _is_open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return peer_links.c.ended_at.is_(None), or_(peer_links.c.expires_at.is_(None), peer_links.c.expires_at > now)
