"""Of which Peer or flow a public link is."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, select

from peer_server.stores.endpoint_tables import share_links
from peer_server.stores.peer_link_tables import peer_links


@dataclass(frozen=True, slots=True)
class LinkPlace:
    """What a link opens."""

    kind: Literal["peer", "flow"]
    id: str


def find_link_place(conn: Connection, link_id: str, *, workspace_id: str) -> LinkPlace | None:
    """What the link opens; None if it is unknown or withdrawn."""
    of_peer = select(peer_links.c.peer_id).where(
        peer_links.c.id == link_id, peer_links.c.workspace_id == workspace_id, peer_links.c.ended_at.is_(None)
    )
    if (peer_id := conn.scalar(of_peer)) is not None:
        return LinkPlace("peer", peer_id)
    of_flow = select(share_links.c.flow_id).where(
        share_links.c.id == link_id, share_links.c.workspace_id == workspace_id
    )
    flow_id = conn.scalar(of_flow)
    return None if flow_id is None else LinkPlace("flow", flow_id)
