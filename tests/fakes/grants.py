"""Roles on flows and Peers, put straight into the database of a running server."""

from datetime import UTC, datetime
from typing import Protocol

from peer_server.access import Role
from peer_server.stores.grants import Grant, ObjectKind, drop_all_grants, put_grants
from tests.fakes.live_server import LiveServer


class Somebody(Protocol):
    """Whoever may be given a role."""

    id: str
    workspace_id: str


def give(server: LiveServer, person: Somebody, role: Role, object_id: str, *, kind: ObjectKind = "flow") -> None:
    """Give somebody a role."""
    now = datetime.now(UTC)
    grant = Grant(kind, object_id, "user", person.id, person.workspace_id, role, "test", now)
    server.run(server.services.store.write(put_grants, [grant]))


def take_all(server: LiveServer, object_id: str, *, kind: ObjectKind = "flow") -> None:
    """Take every role away."""
    server.run(server.services.store.write(drop_all_grants, kind, object_id))
