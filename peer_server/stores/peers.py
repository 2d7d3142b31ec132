"""Peers and their versions as rows. Every function takes the workspace and answers nothing of another one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, tuple_, update

from flow_runtime.errors import Conflict, Json
from flow_runtime.store import Transaction
from flow_runtime.stores.paging import Page, read_numbered_page, read_page
from peer_server.access import Principal, unknown
from peer_server.stores.definition_tables import peer_versions, peers
from peer_server.stores.grants import reached


@dataclass(frozen=True, slots=True)
class PeerRow:
    """A Peer as stored, with its draft."""

    id: str
    workspace_id: str
    owner_id: str | None
    seed_key: str | None
    name: str
    draft: Mapping[str, Json]
    draft_rev: int
    latest_version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PeerVersionRow:
    """A published version; `audience` is who could reach the Peer then."""

    number: int
    content: Mapping[str, Json]
    published_by: str
    published_at: datetime
    notes: str
    audience: Mapping[str, Json] | None


_COLUMNS = [peers.c[name] for name in PeerRow.__slots__]
_VERSION_COLUMNS = [peer_versions.c[name] for name in PeerVersionRow.__slots__]


def _peers_of(workspace_id: str) -> Select[Any]:
    return select(*_COLUMNS).where(peers.c.workspace_id == workspace_id, peers.c.deleted_at.is_(None))


def insert_peer(tx: Transaction, row: PeerRow) -> PeerRow:
    """Store a new Peer, unpublished."""
    tx.conn.execute(insert(peers).values({name: getattr(row, name) for name in PeerRow.__slots__}))
    return row


def get_peer(conn: Connection, peer_id: str, *, workspace_id: str, lock: bool = False) -> PeerRow:
    """The Peer. Raises `NotFound`. With `lock`, nobody else changes it until this transaction ends."""
    query = _peers_of(workspace_id).where(peers.c.id == peer_id)
    found = conn.execute(query.with_for_update() if lock else query).first()
    if found is None:
        raise unknown("Peer", peer_id)
    return _peer(found)


def has_peer(conn: Connection, peer_id: str, *, workspace_id: str) -> bool:
    """Whether the Peer is there and not deleted."""
    return conn.execute(_peers_of(workspace_id).where(peers.c.id == peer_id)).first() is not None


def seeded_peer(conn: Connection, seed_key: str, *, workspace_id: str) -> PeerRow | None:
    """The Peer that was made from that example, if it is still there."""
    found = conn.execute(_peers_of(workspace_id).where(peers.c.seed_key == seed_key)).first()
    return None if found is None else _peer(found)


def list_peers(conn: Connection, principal: Principal, *, search: str, cursor: str | None, limit: int) -> Page[PeerRow]:
    """A page of the Peers that this principal may see, newest first."""
    query = _peers_of(principal.workspace_id).where(
        reached(principal, "peer", id=peers.c.id, owner_id=peers.c.owner_id)
    )
    if search:
        query = query.where(peers.c.name.icontains(search, autoescape=True))
    return read_page(conn, query, at=peers.c.created_at, id=peers.c.id, convert=_peer, cursor=cursor, limit=limit)


def update_peer_draft(tx: Transaction, peer: PeerRow, draft: Mapping[str, Json], *, now: datetime) -> PeerRow:
    """Replace the draft of a locked Peer."""
    values = {"draft": draft, "name": draft["name"], "draft_rev": peer.draft_rev + 1, "updated_at": now}
    tx.conn.execute(update(peers).where(peers.c.id == peer.id).values(values))
    return get_peer(tx.conn, peer.id, workspace_id=peer.workspace_id)


def set_peer_owner(tx: Transaction, peer_id: str, owner_id: str) -> None:
    """Give a locked Peer to somebody."""
    tx.conn.execute(update(peers).where(peers.c.id == peer_id).values(owner_id=owner_id))


def delete_peer(tx: Transaction, peer_id: str, *, now: datetime) -> None:
    """Take a locked Peer away; its conversations stay readable."""
    tx.conn.execute(update(peers).where(peers.c.id == peer_id).values(deleted_at=now, seed_key=None))


def publish_peer(
    tx: Transaction, peer: PeerRow, *, published_by: str, now: datetime, notes: str, audience: Mapping[str, Json]
) -> int:
    """Freeze the draft of a locked Peer as its next version, and answer the number."""
    number = peer.latest_version + 1
    row = PeerVersionRow(number, peer.draft, published_by, now, notes, audience)
    values = {name: getattr(row, name) for name in PeerVersionRow.__slots__}
    tx.conn.execute(insert(peer_versions).values(**values, peer_id=peer.id, workspace_id=peer.workspace_id))
    tx.conn.execute(update(peers).where(peers.c.id == peer.id).values(latest_version=number))
    return number


def list_peer_versions(conn: Connection, peer: PeerRow, *, cursor: str | None, limit: int) -> Page[PeerVersionRow]:
    """A page of the versions, newest first."""
    return read_numbered_page(
        conn,
        select(*_VERSION_COLUMNS).where(peer_versions.c.peer_id == peer.id),
        number=peer_versions.c.number,
        convert=lambda row: PeerVersionRow(*row[: len(_VERSION_COLUMNS)]),
        cursor=cursor,
        limit=limit,
    )


def get_peer_version(conn: Connection, peer: PeerRow, number: int) -> PeerVersionRow:
    """One version. Raises `NotFound`."""
    query = select(*_VERSION_COLUMNS).where(peer_versions.c.peer_id == peer.id, peer_versions.c.number == number)
    found = conn.execute(query).first()
    if found is None:
        raise unknown("version", str(number))
    return PeerVersionRow(*found)


def published_content(conn: Connection, peer: PeerRow) -> Mapping[str, Json]:
    """The content of the newest version. Raises `Conflict` ``not_published``."""
    query = select(peer_versions.c.content).where(
        peer_versions.c.peer_id == peer.id, peer_versions.c.number == peer.latest_version
    )
    found: Mapping[str, Json] | None = conn.scalar(query)
    if found is None:
        raise Conflict("not_published", f"the Peer {peer.name!r} has no published version", remedy="publish it")
    return found


def published_contents(conn: Connection, rows: Collection[PeerRow]) -> dict[str, Mapping[str, Json]]:
    """The content of the newest version of each of these Peers, by id; those without a version are absent."""
    newest = {row.id: row.latest_version for row in rows}
    query = select(peer_versions.c.peer_id, peer_versions.c.number, peer_versions.c.content).where(
        tuple_(peer_versions.c.peer_id, peer_versions.c.number).in_(list(newest.items()))
    )
    return {row.peer_id: row.content for row in conn.execute(query)}


def _peer(found: Row[Any]) -> PeerRow:
    return PeerRow(*found[: len(_COLUMNS)])


def peer_names(conn: Connection, peer_ids: Collection[str], *, workspace_id: str) -> dict[str, str]:
    """The names of these Peers, deleted ones included."""
    query = select(peers.c.id, peers.c.name).where(peers.c.workspace_id == workspace_id, peers.c.id.in_(peer_ids))
    return {row[0]: row[1] for row in conn.execute(query)}
