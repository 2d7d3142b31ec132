"""All services of one application, as routes and sockets reach them."""

from dataclasses import dataclass

from flow_runtime.errors import FlowError
from flow_runtime.registry import StepRegistry
from flow_runtime.runtime import Runtime
from flow_runtime.step import StepServices
from flow_runtime.store import Store
from peer_server.bus import Bus
from peer_server.services.audit_log import AuditLogService
from peer_server.services.audit_trail import AuditTrail
from peer_server.services.automation import Automation
from peer_server.services.callbacks import CallbackService
from peer_server.services.chat import Chat
from peer_server.services.conversation_exports import ConversationExports
from peer_server.services.directory import Directory
from peer_server.services.files import FileService
from peer_server.services.flows import FlowService
from peer_server.services.inbox import InboxService
from peer_server.services.making import Making
from peer_server.services.model_catalog import WorkspaceModels
from peer_server.services.model_connections import ModelConnectionService
from peer_server.services.monitor import MonitorService
from peer_server.services.peer_cards import PeerCardService
from peer_server.services.peers import PeerService
from peer_server.services.people import People
from peer_server.services.programs import Programs
from peer_server.services.runs import RunService
from peer_server.services.sign_in import SignInService
from peer_server.services.variables import VariableService
from peer_server.settings import Settings
from peer_server.stores.identity import first_owner
from peer_server.web.origins import Origins
from peer_server.web.rate_limits import RateLimits


@dataclass(slots=True)
class Services:
    """Filled once by the composition root."""

    settings: Settings
    store: Store
    trail: AuditTrail
    audit: AuditLogService
    bus: Bus
    registry: StepRegistry
    directory: Directory
    sign_in: SignInService
    people: People
    programs: Programs
    flows: FlowService
    making: Making
    variables: VariableService
    peers: PeerService
    peer_cards: PeerCardService
    files: FileService
    runtime: Runtime
    outside: StepServices
    runs: RunService
    monitor: MonitorService
    automation: Automation
    chat: Chat
    exports: ConversationExports
    inbox: InboxService
    callbacks: CallbackService
    models: WorkspaceModels
    model_connections: ModelConnectionService
    origins: Origins
    limits: RateLimits
    is_draining: bool = False

    async def health(self) -> dict[str, str]:
        """The state of each part, ``ok`` or what is wrong with it."""
        try:
            await self.store.read(first_owner)
        except FlowError as error:
            return {"store": error.code}
        runtime = "broken" if self.runtime.is_broken else "ok"
        return {"store": "ok", "runtime": runtime, "server": "draining" if self.is_draining else "ok"}
