"""One process: bind, serve until SIGTERM, drain, exit 0. `kill -9` is a supported way to stop as well."""

import asyncio
import gc
import logging
import re
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import cache

import uvicorn
import uvloop

from peer_server.app import Hook, build_services, create_app, is_embedded, running
from peer_server.routes.order import ROUTERS
from peer_server.services.bundle import Services
from peer_server.settings import Settings
from peer_server.wire import MAX_FRAME_BYTES
from peer_server.worker_door import open_door

_QUERY = re.compile(r"(/v1/auth/oidc/callback\?).*")
"""What an identity provider sends back with a browser signs somebody in."""
_LINGER_S = 2
"""How long open requests may go on after SIGTERM. Sockets are told at once to come back later."""


def serve(settings: Settings, *, before: Sequence[Hook] = (), always_link: bool = False) -> None:
    """Serve until told to stop; `before` runs before the first run is taken up.

    Raises OSError if the port is taken, `StoreUnavailable` if the database is.
    """
    listener = _bind(settings.host, settings.port)
    settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    set_up_logs(settings)
    app = create_app(settings, before=before)
    services: Services = app.state.services
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=settings.log_level == "debug",
        server_header=False,
        timeout_graceful_shutdown=_LINGER_S,
    )
    server = _Server(config, once_listening=lambda: _tell(services, always_link=always_link))

    def stop(_number: int, _frame: object) -> None:
        """Before uvicorn handles signals: end once started. After it has drained it raises them again: a success."""
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    _keep_for_life()

    async def run() -> None:
        async with app.router.lifespan_context(app):
            await server.serve(sockets=[listener])

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


def work(settings: Settings) -> None:
    """Execute runs of a shared database until told to stop. Raises ValueError for SQLite, OSError for a taken port."""
    if is_embedded(settings):
        raise ValueError("a worker needs PEER_SERVER_DATABASE_URL=postgresql://…: SQLite belongs to one process")
    listener = None if settings.metrics_port is None else _bind(settings.host, settings.metrics_port)
    set_up_logs(settings)
    services = build_services(settings)
    _keep_for_life()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(services, listener))


def set_up_logs(settings: Settings) -> None:
    """One line per record on standard error. Libraries speak up only about trouble: else they tell URLs and frames.

    The log of requests, which is written with ``debug``, has paths without the tokens that stand in some of them.
    """
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("alembic", "asyncpg", "httpcore2", "httpx2", "openai", "pgqueuer", "websockets", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    requests = logging.getLogger("uvicorn.access")
    requests.setLevel(logging.INFO)
    requests.addFilter(_hide_token)


def _hide_token(record: logging.LogRecord) -> bool:
    """Leave the token out of a path; the record is kept."""
    if isinstance(record.args, tuple):
        record.args = tuple(_without_token(part) if isinstance(part, str) else part for part in record.args)
    return True


def _without_token(path: str) -> str:
    return _QUERY.sub(r"\1•••", _tokens().sub(r"\1•••", path))


@cache
def _tokens() -> re.Pattern[str]:
    """Where a `{token}` stands in the path of any route; longer beginnings first, for some begin alike."""
    paths = {str(getattr(route, "path", "")) for router in ROUTERS for route in router.routes}
    before = {path.partition("{token}")[0] for path in paths if "{token}" in path}
    return re.compile(f"({'|'.join(map(re.escape, sorted(before, key=len, reverse=True)))})[^/?]+")


def _keep_for_life() -> None:
    """Let the garbage collector forget what the start has made, and search what comes from now on.

    Modules, routes and models stay until the end. Without this every full collection looks at all of them, which holds
    up every stream for as long as that takes: some forty milliseconds.
    """
    gc.freeze()
    gc.enable()


class _Server(uvicorn.Server):
    """uvicorn, with something to say once it listens."""

    def __init__(self, config: uvicorn.Config, *, once_listening: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._once_listening = once_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        await self._once_listening()


async def _work(services: Services, listener: socket.socket | None) -> None:
    stopped = asyncio.Event()
    for stop in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(stop, stopped.set)
    async with running(services), AsyncExitStack() as doors:
        if listener is not None:
            await doors.enter_async_context(open_door(services, listener))
            host, port = listener.getsockname()[:2]
            print(f"Its health and figures are on {host}:{port}", flush=True)  # noqa: T201 - as below
        print("The worker is ready", flush=True)  # noqa: T201 - for the person who started it
        await stopped.wait()


def _bind(host: str, port: int) -> socket.socket:
    """Take the port before anything else, so that a second start fails at once and port 0 is known."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OSError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listener


async def _tell(services: Services, *, always_link: bool) -> None:
    """Say where the server is, and how to come in if nobody did yet."""
    base = services.settings.base_url
    print(f"Peer Server listens on {base}", flush=True)  # noqa: T201 - for the person who started it
    if always_link or await services.sign_in.nobody_signed_in_yet():
        link = await services.sign_in.link()
        print(f"Sign in once with {base}/#/sign-in={link.token.reveal()}", flush=True)  # noqa: T201 - as above
