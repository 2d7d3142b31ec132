"""What people who chat may know of a Peer: who it is and what it can do, but neither instructions nor drafts."""

from dataclasses import dataclass

from sqlalchemy import Connection

from flow_runtime.store import Store
from peer_server.access import Principal
from peer_server.peer import AttachedAs, PeerVersion
from peer_server.peers.directory import PeerDirectory
from peer_server.peers.toolset import Tool, load_toolset
from peer_server.services.access.reach import reach_peer
from peer_server.services.models.model_catalog import WorkspaceModels

_WAYS: tuple[AttachedAs, ...] = ("tool", "action", "message")


@dataclass(frozen=True, slots=True)
class PeerCard:
    """A published Peer as people meet it; `abilities` leaves out flows that cannot run right now."""

    peer: PeerVersion
    model: str
    is_scripted: bool
    abilities: tuple[Tool, ...]


class PeerCardService:
    """Reads cards."""

    def __init__(self, store: Store, *, directory: PeerDirectory, models: WorkspaceModels) -> None:
        self._store = store
        self._directory = directory
        self._models = models

    async def card(self, principal: Principal, peer_id: str) -> PeerCard:
        """The card of the newest published version. Raises `NotFound`."""

        def read(conn: Connection) -> tuple[PeerVersion, tuple[Tool, ...]]:
            workspace_id = principal.workspace_id
            reach_peer(conn, principal, peer_id, "peer.read")
            peer = self._directory.load_peer(conn, workspace_id, peer_id, preview=False)
            toolsets = (
                load_toolset(conn, self._directory, workspace_id=workspace_id, peer=peer, as_=way) for way in _WAYS
            )
            return peer, tuple(tool for toolset in toolsets for tool in toolset)

        peer, abilities = await self._store.read(read)
        chosen = self._models.resolve(peer.model)
        return PeerCard(peer, chosen.full_name, chosen.is_scripted, abilities)
