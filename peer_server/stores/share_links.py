"""Share links as rows: only the digests of their tokens."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update

from flow_runtime.store import Transaction
from peer_server.access import unknown
from peer_server.stores.endpoint_tables import share_links


@dataclass(frozen=True, slots=True)
class ShareLinkRow:
    """A link to one flow: a pinned `version`, or without one whatever is deployed."""

    id: str
    workspace_id: str
    flow_id: str
    name: str
    last_characters: str
    version: int | None
    runs_per_minute: int
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


_COLUMNS = [share_links.c[name] for name in ShareLinkRow.__slots__]


def insert_link(tx: Transaction, row: ShareLinkRow, *, digest: str) -> ShareLinkRow:
    """Store a new link."""
    values = {name: getattr(row, name) for name in ShareLinkRow.__slots__}
    tx.conn.execute(insert(share_links).values({**values, "digest": digest}))
    return row


def list_links(conn: Connection, flow_id: str) -> list[ShareLinkRow]:
    """The links of a flow, newest first. The caller has checked the right to see them."""
    query = select(*_COLUMNS).where(share_links.c.flow_id == flow_id)
    ordered = query.order_by(share_links.c.created_at.desc(), share_links.c.id.desc())
    return [ShareLinkRow(*found) for found in conn.execute(ordered)]


def delete_link(tx: Transaction, link_id: str, *, flow_id: str) -> ShareLinkRow:
    """Withdraw a link of that flow. Raises `NotFound`."""
    is_it = (share_links.c.id == link_id, share_links.c.flow_id == flow_id)
    found = tx.conn.execute(delete(share_links).where(*is_it).returning(*_COLUMNS)).first()
    if found is None:
        raise unknown("share link", link_id)
    return ShareLinkRow(*found)


def find_link(conn: Connection, digest: str, *, now: datetime) -> ShareLinkRow | None:
    """The link whose token has that digest, unless it is withdrawn or over."""
    is_valid = or_(share_links.c.expires_at.is_(None), share_links.c.expires_at > now)
    found = conn.execute(select(*_COLUMNS).where(share_links.c.digest == digest, is_valid)).first()
    return None if found is None else ShareLinkRow(*found)


def has_link(conn: Connection, link_id: str) -> bool:
    """Whether the link was not withdrawn; it may have expired."""
    return conn.execute(select(share_links.c.id).where(share_links.c.id == link_id)).first() is not None


def note_visit(tx: Transaction, link_id: str, *, now: datetime) -> None:
    """Remember that the link was used."""
    tx.conn.execute(update(share_links).where(share_links.c.id == link_id).values(last_used_at=now))
