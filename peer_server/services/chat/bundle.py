"""Everything around conversations, put together over one runtime."""

from dataclasses import dataclass

from flow_runtime.client import FlowClient
from flow_runtime.clock import Clock
from flow_runtime.scanners import ScannerRegistry
from flow_runtime.store import Store
from peer_server.bus import Bus
from peer_server.conversation_log import ConversationLog
from peer_server.peers.directory import PeerDirectory
from peer_server.peers.live import LiveMessages
from peer_server.peers.turn import TurnExecutor
from peer_server.peers.turn_queue import TurnQueue
from peer_server.peers.turn_work import KnowledgeSearch, ModelFiles, Models, TurnServices, TurnSettings
from peer_server.projection import ConversationProjection
from peer_server.services.chat.client_tools import ClientToolService
from peer_server.services.chat.conversations import Conversations
from peer_server.services.chat.drafts import DraftService
from peer_server.services.chat.messages import Messages
from peer_server.services.chat.reports import ReportService
from peer_server.services.chat.widget_actions import WidgetActionService
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.runs.decisions import DecisionService
from peer_server.views import ConversationViews


class ChatLog:
    """What must exist before the runtime: the log, and the projection that the runtime is given."""

    def __init__(self, *, bus: Bus, clock: Clock) -> None:
        self.bus = bus
        self.clock = clock
        self.log = ConversationLog(bus=bus, clock=clock)
        self.queue = TurnQueue(self.log)
        self.projection = ConversationProjection(self.log, self.queue)


class ConversationService(Conversations, Messages):
    """Conversations and what is said in them, as one object for the doors."""

    def __init__(
        self,
        store: Store,
        *,
        base: ChatLog,
        client: FlowClient,
        directory: PeerDirectory,
        views: ConversationViews,
        live: LiveMessages,
    ) -> None:
        Conversations.__init__(self, store, log=base.log, views=views, live=live, directory=directory, clock=base.clock)
        Messages.__init__(self, store, log=base.log, queue=base.queue, client=client, directory=directory)


@dataclass(frozen=True, slots=True)
class Chat:
    """The services of conversations, and the executor that the worker is given under the kind `turn`."""

    conversations: ConversationService
    views: ConversationViews
    decisions: DecisionService
    drafts: DraftService
    client_tools: ClientToolService
    widget_actions: WidgetActionService
    reports: ReportService
    executor: TurnExecutor


def build_chat(
    store: Store,
    *,
    base: ChatLog,
    client: FlowClient,
    directory: PeerDirectory,
    models: Models,
    trail: AuditTrail,
    files: ModelFiles | None = None,
    knowledge: KnowledgeSearch | None = None,
    scanners: ScannerRegistry | None = None,
    settings: TurnSettings | None = None,
) -> Chat:
    """Put the services together. `base.projection` was given to the runtime that `client` belongs to."""
    base.queue.connect(client)
    views = ConversationViews(store)
    live = LiveMessages(base.bus)
    conversations = ConversationService(store, base=base, client=client, directory=directory, views=views, live=live)
    decisions = DecisionService(store, client=client, trail=trail)
    turns = TurnServices(
        store=store,
        runtime=client,
        directory=directory,
        models=models,
        live=live,
        views=views,
        clock=base.clock,
        files=files,
        knowledge=knowledge,
        scanners=scanners or ScannerRegistry(),
        settings=settings or TurnSettings(),
    )
    return Chat(
        conversations=conversations,
        views=views,
        decisions=decisions,
        drafts=DraftService(store, log=base.log, clock=base.clock),
        client_tools=ClientToolService(decisions=decisions, bus=base.bus),
        widget_actions=WidgetActionService(store, log=base.log, messages=conversations),
        reports=ReportService(store, log=base.log, trail=trail, clock=base.clock),
        executor=TurnExecutor(turns),
    )
