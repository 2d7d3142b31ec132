"""All services of one application, as routes and sockets reach them."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from flow_runtime.errors import FlowError
from flow_runtime.registry import StepRegistry
from flow_runtime.runtime import Runtime
from flow_runtime.step import StepServices
from flow_runtime.store import Store
from peer_server.bus import Bus
from peer_server.services.automation.bundle import Automation
from peer_server.services.chat.bundle import Chat
from peer_server.services.chat.conversation_exports import ConversationExports
from peer_server.services.files.files import FileService
from peer_server.services.flows.bundle import Making
from peer_server.services.flows.directory import Directory
from peer_server.services.flows.flows import FlowService
from peer_server.services.flows.variables import VariableService
from peer_server.services.knowledge.bundle import Knowledge
from peer_server.services.models.bundle import Spending
from peer_server.services.models.model_catalog import WorkspaceModels
from peer_server.services.oversight.audit_log import AuditLogService
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.oversight.monitor import MonitorService
from peer_server.services.oversight.telemetry import Telemetry
from peer_server.services.peers.peer_cards import PeerCardService
from peer_server.services.peers.peers import PeerService
from peer_server.services.people.bundle import People
from peer_server.services.people.sign_in import SignInService
from peer_server.services.programs.bundle import Programs
from peer_server.services.retention.bundle import RetentionServices
from peer_server.services.runs.callbacks import CallbackService
from peer_server.services.runs.inbox import InboxService
from peer_server.services.runs.runs import RunService
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
    telemetry: Telemetry
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
    retention: RetentionServices
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
    spending: Spending
    knowledge: Knowledge
    origins: Origins
    limits: RateLimits
    is_draining: bool = False

    def loops(self) -> Sequence[Coroutine[Any, Any, None]]:
        """What runs beside the server as long as it does."""
        automation, retention = self.automation, self.retention
        parts = (self.programs.pushes, automation.keeper, self.knowledge.indexer, retention.sweeper)
        return [part.run() for part in parts]

    async def health(self) -> dict[str, str]:
        """The state of each part, ``ok`` or what is wrong with it."""
        try:
            await self.store.read(first_owner)
        except FlowError as error:
            return {"store": error.code}
        runtime = "broken" if self.runtime.is_broken else "ok"
        return {"store": "ok", "runtime": runtime, "server": "draining" if self.is_draining else "ok"}
