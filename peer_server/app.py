"""The composition root: the only module that knows which adapters are in use."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version

from fastapi import FastAPI
from httpx2 import AsyncClient
from starlette.middleware.trustedhost import TrustedHostMiddleware

from flow_runtime.client import FlowClient
from flow_runtime.clock import Clock, SystemClock
from flow_runtime.lease import Projection
from flow_runtime.models.catalog import ModelCatalog, ModelSettings
from flow_runtime.outbound import make_client
from flow_runtime.queue import Queue
from flow_runtime.registry import StepRegistry
from flow_runtime.runtime import Runtime
from flow_runtime.sandbox import CodeSandbox
from flow_runtime.step import StepServices
from flow_runtime.store import Store
from flow_runtime.stores.migrate import migrate
from peer_server.audit_anchors import Anchors
from peer_server.blob_stores.objects import ObjectBlobs
from peer_server.blobs import Blobs
from peer_server.buses.memory import MemoryBus
from peer_server.inbox_projection import InboxProjection
from peer_server.peers.toolset import FlowDescriber
from peer_server.peers.turn_queue import TURN
from peer_server.routes import pages
from peer_server.routes.order import ROUTERS
from peer_server.secrets import Keyring, Secret, load_keyring
from peer_server.services.automation.authorizer import Authorizer
from peer_server.services.automation.bundle import Automation, build_automation
from peer_server.services.automation.schedule_alarm import ScheduleAlarm
from peer_server.services.bundle import Services
from peer_server.services.chat.asking import PeerAsker
from peer_server.services.chat.bundle import Chat, ChatLog, build_chat
from peer_server.services.chat.conversation_exports import ConversationExports
from peer_server.services.chat.shown_widgets import find_widget
from peer_server.services.files.files import FileService
from peer_server.services.flows.bundle import build_making
from peer_server.services.flows.directory import Directory, RuntimeResolver
from peer_server.services.flows.flow_checks import FlowChecks
from peer_server.services.flows.flow_log import FlowLog
from peer_server.services.flows.variables import VariableService
from peer_server.services.knowledge.bundle import build_knowledge
from peer_server.services.knowledge.search import KnowledgeSearch
from peer_server.services.loops import beside
from peer_server.services.models.bundle import Spending, build_spending
from peer_server.services.models.model_catalog import WorkspaceModels
from peer_server.services.models.model_files import ModelFiles
from peer_server.services.oversight.audit_log import AuditLogService
from peer_server.services.oversight.audit_trail import AuditTrail
from peer_server.services.oversight.monitor import MonitorService
from peer_server.services.oversight.telemetry import Telemetry
from peer_server.services.peers.peer_cards import PeerCardService
from peer_server.services.peers.peers import PeerService
from peer_server.services.people.bundle import build_people
from peer_server.services.programs.bundle import Programs, build_programs
from peer_server.services.retention.bundle import Storage, build_retention, build_storage
from peer_server.services.retention.sweep_alarm import SweepAlarm
from peer_server.services.runs.callbacks import CallbackService, CallbackUrls
from peer_server.services.runs.inbox import InboxService
from peer_server.services.runs.runs import RunService
from peer_server.services.vault import Vault
from peer_server.settings import Settings
from peer_server.stores.model_runs import enter_model_runs
from peer_server.web import openapi, problems
from peer_server.web.counted_requests import CountedRequests
from peer_server.web.guard import undeclared
from peer_server.web.headers import SecurityHeaders
from peer_server.web.origins import Origins
from peer_server.web.rate_limits import RateLimitHeaders, RateLimits
from peer_server.ws.door import SocketDoor
from peer_server.ws.endpoint import SocketEndpoint

ANCHORS = "audit-anchors.jsonl"
"""The file in the data directory that keeps seals of audit records outside the database."""
MIGRATIONS = "peer_server.stores.migrations"
VERSION_TABLE = "peer_server_version"
_INTERRUPTED_S = 5.0
"""What runs that are interrupted when the drain is over still get to write down where they stand."""

Hook = Callable[[Services], Awaitable[None]]
"""Called once the store is open, before the first run is taken up."""


def open_keyring(settings: Settings) -> Keyring:
    """The keys of this installation."""
    configured = Secret(settings.secret_key.get_secret_value()) if settings.secret_key else None
    return load_keyring(settings.data_dir, configured=configured)


def build_store(settings: Settings) -> Store:
    """The store that the database URL names. Raises ValueError for another kind of database."""
    url = settings.database
    if url.startswith("sqlite:///"):
        from flow_runtime.stores.sqlite import SqliteStore

        return SqliteStore(url.removeprefix("sqlite:///"))
    if url.startswith(("postgresql://", "postgres://")):
        from flow_runtime.stores.postgres import PostgresStore

        return PostgresStore(url)
    scheme = url.partition(":")[0]  # Not the whole of it: that may hold a password.
    raise ValueError(f"PEER_SERVER_DATABASE_URL must begin with sqlite:/// or postgresql://, not with {scheme!r}")


def build_queue(settings: Settings) -> Queue:
    """The queue that goes with the database."""
    drain_s = settings.drain_s + _INTERRUPTED_S
    if is_embedded(settings):
        from flow_runtime.queues.memory import MemoryQueue

        return MemoryQueue(drain_s=drain_s)
    from flow_runtime.queues.pgqueuer import PgQueuerQueue

    return PgQueuerQueue(settings.database, drain_s=drain_s)


def is_embedded(settings: Settings) -> bool:
    """Whether everything lives in one SQLite file, so that no other process can work on it."""
    return settings.database.startswith("sqlite:")


def build_models(settings: Settings) -> ModelCatalog:
    """The chat models by name; none is connected yet."""
    key = settings.openai_api_key
    return ModelCatalog(
        ModelSettings(
            default_model=settings.model or None,
            openai_api_key=key.get_secret_value() if key else None,
            openai_base_url=settings.openai_base_url or None,
        )
    )


@dataclass(frozen=True, slots=True)
class _Ground:
    """What nearly every service stands on."""

    settings: Settings
    keyring: Keyring
    clock: Clock
    store: Store
    anchors: Anchors
    trail: AuditTrail
    registry: StepRegistry
    directory: Directory
    http: AsyncClient
    models: WorkspaceModels
    spending: Spending
    telemetry: Telemetry
    storage: Storage


def _ground(settings: Settings, clock: Clock) -> _Ground:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    keyring, anchors = open_keyring(settings), Anchors(settings.data_dir / ANCHORS)
    store, http = build_store(settings), make_client(settings.http_allow)
    trail = AuditTrail(keyring=keyring, clock=clock, anchors=anchors)
    vault, telemetry = Vault(keyring), Telemetry(is_on=settings.metrics_token is not None)
    models = WorkspaceModels(store, catalog=build_models(settings), vault=vault, http=http)
    registry = StepRegistry.installed()
    return _Ground(
        settings=settings,
        keyring=keyring,
        clock=clock,
        store=store,
        anchors=anchors,
        trail=trail,
        registry=registry,
        directory=Directory(FlowChecks(registry)),
        http=http,
        models=models,
        spending=build_spending(
            store, settings, models=models, vault=vault, trail=trail, clock=clock, telemetry=telemetry
        ),
        telemetry=telemetry,
        storage=build_storage(store, settings, blobs=build_blobs(settings), keyring=keyring, trail=trail, clock=clock),
    )


def build_blobs(settings: Settings) -> Blobs:
    """Where the bytes of files are."""
    options = {name: value.get_secret_value() for name, value in settings.files_options.items()}
    return ObjectBlobs(settings.files, options=options)


def _outside(on: _Ground, files: FileService, search: KnowledgeSearch) -> StepServices:
    """The outside world as steps may use it."""
    return StepServices(
        http=on.http,
        authorize=Authorizer(on.store, vault=Vault(on.keyring), http=on.http, clock=on.clock),
        sandbox=CodeSandbox(),
        models=on.spending.models,
        callback_url=CallbackUrls(keyring=on.keyring, base_url=on.settings.base_url),
        ask_peer=PeerAsker(on.store, directory=on.directory, models=on.spending.models, scanners=on.registry.scanners),
        widgets=find_widget,
        describe_flow=FlowDescriber(on.store, on.directory),
        files=files.read,
        search=search,
    )


def _programs(on: _Ground, http: AsyncClient) -> Programs:
    return build_programs(
        on.store, keyring=on.keyring, directory=on.directory, trail=on.trail, clock=on.clock, http=http
    )


def _runtime(
    on: _Ground, *, projections: Sequence[Projection], outside: StepServices, variables: VariableService
) -> Runtime:
    """What executes runs."""
    return Runtime(
        on.store,
        build_queue(on.settings),
        registry=on.registry,
        services=outside,
        clock=on.clock,
        resolver=RuntimeResolver(on.directory),
        load_environment=variables.environment_of,
        alarms=[ScheduleAlarm(on.directory), SweepAlarm(on.storage.sweeper)],
        projections=projections,
        ledger=enter_model_runs,
    )


def _runs(on: _Ground, *, client: FlowClient, variables: VariableService) -> RunService:
    return RunService(
        on.store,
        client=client,
        directory=on.directory,
        variables=variables,
        registry=on.registry,
        tariff=on.spending.tariff,
    )


def _chat(on: _Ground, *, base: ChatLog, client: FlowClient, files: FileService, search: KnowledgeSearch) -> Chat:
    return build_chat(
        on.store,
        base=base,
        client=client,
        directory=on.directory,
        models=on.spending.models,
        trail=on.trail,
        files=ModelFiles(files),
        knowledge=search,
        scanners=on.registry.scanners,
    )


def _automation(on: _Ground, *, client: FlowClient, outside: StepServices) -> Automation:
    return build_automation(
        on.store,
        client=client,
        directory=on.directory,
        keyring=on.keyring,
        trail=on.trail,
        clock=on.clock,
        outside=outside,
        base_url=on.settings.base_url,
    )


def build_services(settings: Settings, *, clock: Clock | None = None) -> Services:
    """Everything, connected to nothing yet."""
    on = _ground(settings, clock or SystemClock())
    store, clock, directory, models, spending = on.store, on.clock, on.directory, on.models, on.spending
    bus, about_people = MemoryBus(), build_people(store, settings, keyring=on.keyring, clock=clock, trail=on.trail)
    base, files = ChatLog(bus=bus, clock=clock), on.storage.files
    knowledge = build_knowledge(store, files=files, models=spending.models, trail=on.trail, clock=clock)
    variables = VariableService(store, vault=Vault(on.keyring), clock=clock, trail=on.trail)
    outside = _outside(on, files, knowledge.search)
    programs = _programs(on, outside.http)
    projections: Sequence[Projection] = [base.projection, InboxProjection(bus), programs.pushes, on.telemetry]
    runtime = _runtime(on, projections=projections, outside=outside, variables=variables)
    client = runtime.client
    runs, automation = _runs(on, client=client, variables=variables), _automation(on, client=client, outside=outside)
    log = FlowLog(on.trail, automation.plan.follow)
    making = build_making(store, registry=on.registry, variables=variables, clock=clock, trail=on.trail, log=log)
    chat = _chat(on, base=base, client=client, files=files, search=knowledge.search)
    return Services(
        settings=settings,
        store=store,
        trail=on.trail,
        telemetry=on.telemetry,
        audit=AuditLogService(store, trail=on.trail, keyring=on.keyring, anchors=on.anchors, clock=clock),
        bus=bus,
        registry=on.registry,
        directory=directory,
        sign_in=about_people.sign_in,
        people=about_people,
        flows=making.flows,
        making=making,
        variables=variables,
        peers=PeerService(store, clock=clock, trail=on.trail, scanners=on.registry.scanners),
        peer_cards=PeerCardService(store, directory=directory, models=models),
        files=files,
        retention=build_retention(store, storage=on.storage, chat=chat, trail=on.trail, clock=clock),
        runtime=runtime,
        outside=outside,
        runs=runs,
        monitor=MonitorService(store, client=client, runs=runs, clock=clock, tariff=spending.tariff),
        automation=automation,
        chat=chat,
        exports=ConversationExports(store, conversations=chat.conversations, trail=on.trail),
        inbox=InboxService(store),
        programs=programs,
        callbacks=CallbackService(store, client=client, keyring=on.keyring),
        models=models,
        spending=spending,
        knowledge=knowledge,
        origins=Origins(settings),
        limits=RateLimits(settings),
    )


@asynccontextmanager
async def running(services: Services, *, before: Sequence[Hook] = ()) -> AsyncIterator[None]:
    """Open the store, bring the schema up to date, make the owner, execute runs; let go of everything at the end."""
    settings = services.settings
    await services.store.open()
    try:
        await bring_up_to_date(services.store)
        await services.sign_in.ensure_owner(settings.owner_name)
        for hook in before:
            await hook(services)
        # Turns stay where the sockets are: what they stream reaches people only there.
        executors = {} if settings.role == "worker" else {TURN: services.chat.executor}
        alone = is_embedded(settings)
        has_flows = settings.role != "web"
        serving = services.runtime.serving(
            executors=executors, has_flows=has_flows, is_alone=alone, drain_s=settings.drain_s
        )
        async with serving, beside(*services.loops()):
            yield
            services.is_draining = True
    finally:
        await services.limits.close()
        await services.models.close()
        await services.outside.http.aclose()
        services.outside.sandbox.close()
        await services.store.close()
        services.trail.close()


async def bring_up_to_date(store: Store) -> None:
    """Apply what is missing of both packages' histories. Idempotent; safe on many nodes at once."""
    await migrate(store)
    await migrate(store, package=MIGRATIONS, version_table=VERSION_TABLE)


def create_app(settings: Settings, *, before: Sequence[Hook] = (), clock: Clock | None = None) -> FastAPI:
    """The web application. Raises RuntimeError if a route declares no permission."""
    services = build_services(settings, clock=clock)
    socket = SocketEndpoint(services)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with running(services, before=before):
            socket.hub.start()
            yield
            socket.hub.stop()

    app = FastAPI(
        title="Peer Server",
        version=version("peer-server"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.services = services
    for router in ROUTERS:
        missing = undeclared(router.routes)
        if missing:
            raise RuntimeError(f"routes without a permission: {', '.join(missing)}; declare one with needs(…)")
        app.include_router(router)
    app.router.routes.append(pages.static_mount())
    problems.install(app)
    openapi.install(app, ROUTERS)
    app.add_middleware(SocketDoor, endpoint=socket)
    app.add_middleware(RateLimitHeaders)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=services.origins.hosts)
    app.add_middleware(problems.Unexpected)
    app.add_middleware(SecurityHeaders, is_https=settings.is_https)
    if services.telemetry.is_on:
        app.add_middleware(CountedRequests, telemetry=services.telemetry)
    return app
