"""What is stored and what goes for good, put together."""

from dataclasses import dataclass

from flow_runtime.clock import Clock
from flow_runtime.store import Store
from peer_server.blobs import Blobs
from peer_server.secrets import Keyring
from peer_server.services.chat.bundle import Chat
from peer_server.services.files.file_links import FileLinks
from peer_server.services.files.file_sweep import FileSweep
from peer_server.services.files.files import FileService
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.retention.policies import PolicyService
from peer_server.services.retention.removal import ConversationRemoval
from peer_server.services.retention.sweeper import Sweeper
from peer_server.settings import Settings


@dataclass(frozen=True, slots=True)
class Storage:
    """Files, and what sweeps; the runtime is given both before there are conversations."""

    files: FileService
    sweeper: Sweeper


@dataclass(frozen=True, slots=True)
class RetentionServices:
    """The services behind the settings, permanent deletion and the sweep."""

    policies: PolicyService
    removal: ConversationRemoval
    sweeper: Sweeper


def build_storage(
    store: Store, settings: Settings, *, blobs: Blobs, keyring: Keyring, trail: AuditTrail, clock: Clock
) -> Storage:
    """Both, over one blob store."""
    files = FileService(
        store,
        blobs=blobs,
        links=FileLinks(keyring, clock=clock),
        clock=clock,
        trail=trail,
        max_bytes=settings.max_file_bytes,
        max_visitor_bytes=settings.max_visitor_file_bytes,
    )
    sweep = FileSweep(store, blobs=blobs, clock=clock)
    return Storage(files, Sweeper(store, files=sweep, trail=trail, clock=clock))


def build_retention(
    store: Store, *, storage: Storage, chat: Chat, trail: AuditTrail, clock: Clock
) -> RetentionServices:
    """Everything, connected."""
    erasure, forget = storage.sweeper.erasure, chat.views.forget
    return RetentionServices(
        policies=PolicyService(store, trail=trail),
        removal=ConversationRemoval(store, erasure=erasure, trail=trail, clock=clock, forget=forget),
        sweeper=storage.sweeper,
    )
