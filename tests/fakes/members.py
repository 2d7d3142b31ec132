"""People beside the owner, put straight into the database of a running server: no invitation, no password."""

from datetime import UTC, datetime

import httpx2
from sqlalchemy import insert

from flow_runtime.ids import new_id
from flow_runtime.store import Transaction
from peer_server.access import Role, WorkspaceRole
from peer_server.secrets import new_token
from peer_server.stores.grants import ObjectKind
from peer_server.stores.identity import first_owner
from peer_server.stores.identity_tables import credentials, users
from tests.fakes.grants import give
from tests.fakes.live_server import LiveServer


class Member:
    """A person of the owner's workspace who is signed in by a token."""

    def __init__(self, server: LiveServer, name: str, *, role: WorkspaceRole = "member") -> None:
        self.id = new_id()
        self.name = name
        self._server = server
        self._token = new_token("psk").reveal()
        owner = server.run(server.services.store.read(first_owner))
        self.workspace_id: str = owner.workspace_id
        server.run(server.services.store.write(self._insert, role=role))

    def client(self) -> httpx2.AsyncClient:
        """An HTTP client of this person."""
        return self._server.client(headers={"Authorization": f"Bearer {self._token}"})

    def gets(self, role: Role, object_id: str, *, kind: ObjectKind = "flow") -> None:
        """Give this person a role on a flow or Peer."""
        give(self._server, self, role, object_id, kind=kind)

    def _insert(self, tx: Transaction, *, role: WorkspaceRole) -> None:
        now = datetime.now(UTC)
        user = {"id": self.id, "workspace_id": self.workspace_id, "name": self.name, "role": role, "created_at": now}
        tx.conn.execute(insert(users).values(user))
        digest = self._server.keyring.digest(self._token)
        credential = {"id": new_id(), "workspace_id": self.workspace_id, "user_id": self.id, "kind": "token"}
        tx.conn.execute(insert(credentials).values(**credential, digest=digest, created_at=now))
