"""Public links to Peers: whoever holds the token may talk to the Peer, in conversations of their own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from flow_runtime.clock import Clock
from flow_runtime.errors import NotFound
from flow_runtime.ids import new_id
from flow_runtime.store import Store, Transaction
from peer_server.access import Principal
from peer_server.budget import Subject
from peer_server.secrets import Keyring, Secret, new_token
from peer_server.services.access.reach import reach_peer
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.people.credentials import Issued, make_visitor_credential
from peer_server.services.people.sign_in import visitor_principal
from peer_server.services.programs.api_keys import require_future
from peer_server.stores import peer_links as rows
from peer_server.stores.budgets import forget_budgets_of
from peer_server.stores.credentials import insert_credential
from peer_server.stores.peer_links import PeerLinkRow, VisitorRow

_SHOWN_END: Final = 4


class PeerLinkService:
    """Links of Peers, and the visitors who come by them."""

    def __init__(self, store: Store, *, keyring: Keyring, clock: Clock, trail: AuditTrail) -> None:
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._trail = trail

    async def create(
        self, principal: Principal, peer_id: str, *, name: str, expires_at: datetime | None, visits_per_minute: int
    ) -> tuple[PeerLinkRow, Secret]:
        """Make a link; the token is told this once. Raises `NotFound`, `Forbidden`, `InvalidDefinition`."""
        now, token = self._clock.now(), new_token("psq")
        require_future(expires_at, now=now)
        row = PeerLinkRow(
            id=new_id(),
            workspace_id=principal.workspace_id,
            peer_id=peer_id,
            name=name,
            last_characters=token.reveal()[-_SHOWN_END:],
            visits_per_minute=visits_per_minute,
            created_by=principal.id,
            created_at=now,
            expires_at=expires_at,
        )

        def make(tx: Transaction) -> None:
            reach_peer(tx.conn, principal, peer_id, "peer.share", lock=True)
            rows.insert_link(tx, row, digest=self._keyring.digest(token.reveal()))
            of, description = ("peer", peer_id), f"made the public link {name!r}"
            self._trail.record(tx, "peer.link_created", by=principal, of=of, description=description)

        await self._store.write(make)
        return row, token

    async def list(self, principal: Principal, peer_id: str) -> Sequence[PeerLinkRow]:
        """The links of a Peer, newest first; never their tokens. Raises `NotFound`, `Forbidden`."""

        def find(conn: Connection) -> Sequence[PeerLinkRow]:
            return rows.list_links(conn, reach_peer(conn, principal, peer_id, "peer.share").id)

        return await self._store.read(find)

    async def end(self, principal: Principal, peer_id: str, link_id: str) -> None:
        """Withdraw a link; whoever came by it is out. Raises `NotFound`, `Forbidden`."""

        def end(tx: Transaction) -> None:
            reach_peer(tx.conn, principal, peer_id, "peer.share", lock=True)
            rows.end_link(tx, link_id, peer_id=peer_id, now=self._clock.now())
            forget_budgets_of(tx, Subject("link", link_id))
            of, description = ("peer", peer_id), "withdrew a public link"
            self._trail.record(tx, "peer.link_deleted", by=principal, of=of, description=description)

        await self._store.write(end)

    async def find(self, token: Secret) -> PeerLinkRow:
        """The link. Raises `NotFound`, the very same for unknown, withdrawn and expired ones."""
        digest = self._keyring.digest(token.reveal())
        found = await self._store.read(rows.find_link, digest, now=self._clock.now())
        if found is None:
            raise NotFound("not_found", "this link is not valid", remedy="ask whoever gave it to you for a new one")
        return found

    async def visit(self, link: PeerLinkRow, *, name: str) -> tuple[Principal, Issued]:
        """A new visitor, with a session of their own."""
        now = self._clock.now()
        visitor = VisitorRow(new_id(), link.workspace_id, link.id, link.peer_id, name)
        issued, credential = make_visitor_credential(
            "session", visitor.id, workspace_id=link.workspace_id, keyring=self._keyring, now=now
        )

        def enter(tx: Transaction) -> None:
            rows.insert_visitor(tx, visitor, now=now)
            insert_credential(tx, credential)

        await self._store.write(enter)
        return visitor_principal(visitor, credential.id), issued
