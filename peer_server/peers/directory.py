"""The directory contract: where conversations look up Peers and their flows."""

from typing import Protocol

from sqlalchemy import Connection

from peer_server.access import Principal
from peer_server.peer import FlowVersion, PeerVersion, ResolvedFlow


class PeerDirectory(Protocol):
    """Synchronous Core code over the caller's connection."""

    def admit(self, conn: Connection, principal: Principal, peer_id: str, *, permission: str) -> None:
        """Let those pass who may do that with the Peer. Raises `NotFound`, `Forbidden`."""
        ...

    def load_peer(
        self, conn: Connection, workspace_id: str, peer_id: str, *, preview: bool, person_id: str | None = None
    ) -> PeerVersion:
        """The newest published version, or in previews the draft with those of the flows that this person may edit.

        Raises `NotFound`, `Conflict` without one.
        """
        ...

    def resolve(
        self,
        conn: Connection,
        *,
        workspace_id: str,
        flow_id: str,
        version: FlowVersion,
        person_id: str | None = None,
    ) -> ResolvedFlow:
        """What that version of the flow is right now; a draft only if `person_id` may run it.

        Raises `NotFound`; `Conflict` if it is not published; `InvalidDefinition` for a draft out of reach.
        """
        ...
