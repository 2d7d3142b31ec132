"""One server process: bind, serve until SIGTERM, drain, exit 0."""

import asyncio
import signal
import socket

import uvicorn

from peer_server.app import create_app
from peer_server.services.bundle import Services
from peer_server.settings import Settings
from peer_server.wire import MAX_FRAME_BYTES


def serve(settings: Settings) -> None:
    """Serve until told to stop. Raises OSError if the port is taken, `StoreUnavailable` if the database is."""
    listener = _bind(settings)
    settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    app = create_app(settings, once_ready=[_tell])
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=False,
        lifespan="on",
        log_level=settings.log_level,
        access_log=settings.log_level == "debug",
        server_header=False,
        timeout_graceful_shutdown=int(settings.drain_s) + 1,
    )
    # uvicorn raises the signal again once it has drained, for whoever handles it: here a drained stop is a success.
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda _number, _frame: None)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(uvicorn.Server(config).serve(sockets=[listener]))


def _bind(settings: Settings) -> socket.socket:
    """Take the port before anything else, so that a second start fails at once and port 0 is known."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((settings.host, settings.port))
    return listener


async def _tell(services: Services) -> None:
    """Say where the server is, and how to come in if nobody did yet."""
    base = services.settings.base_url
    print(f"Peer Server listens on {base}", flush=True)  # noqa: T201 - for the person who started it
    if await services.sign_in.nobody_signed_in_yet():
        link = await services.sign_in.link()
        print(f"Sign in once with {base}/#/sign-in={link.token.reveal()}", flush=True)  # noqa: T201 - as above
