"""A whole server on a free port, in a thread of the test process: tests talk to it through real sockets."""

import asyncio
import threading
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
import uvicorn
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

from flow_runtime.clock import Clock
from peer_server.app import create_app, open_keyring
from peer_server.secrets import Keyring
from peer_server.services.bundle import Services
from peer_server.settings import Settings
from peer_server.wire import MAX_FRAME_BYTES, SUBPROTOCOL
from tests.services.child import free_port

TOKEN = "test-owner-token"
Json = Any


class LiveServer:
    """Starts on entering, drains on leaving. `services` belong to the server's own event loop: use `run`."""

    def __init__(self, data_dir: Path, **settings: Json) -> None:
        clock: Clock | None = settings.pop("clock", None)
        given = {
            "data_dir": data_dir,
            "port": free_port(),
            "owner_token": TOKEN,
            "sign_in_rate_limit": "10000/minute",
            **settings,
        }
        self.settings = Settings(**given)
        self.app = create_app(self.settings, clock=clock)
        self.services: Services = self.app.state.services
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._main, daemon=True)

    @property
    def url(self) -> str:
        """The address for HTTP."""
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def keyring(self) -> Keyring:
        """The keys that this server reads and writes with."""
        return open_keyring(self.settings)

    def client(self, **options: Json) -> httpx2.AsyncClient:
        """An HTTP client of the owner."""
        headers = {"Authorization": f"Bearer {TOKEN}", **options.pop("headers", {})}
        return httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=30, **options)

    def anonymous(self) -> httpx2.AsyncClient:
        """An HTTP client of nobody."""
        return httpx2.AsyncClient(base_url=self.url, timeout=30)

    def socket(self, *, origin: str | None = None, **options: Json) -> connect:
        """A socket that has not said hello."""
        address = f"ws://127.0.0.1:{self.settings.port}/v1/ws"
        source = Origin(origin) if origin else None
        return connect(address, subprotocols=[Subprotocol(SUBPROTOCOL)], origin=source, **options)

    def run(self, coroutine: Json) -> Json:
        """Run something on the server's event loop and wait for it."""
        return self.started(coroutine).result(timeout=30)

    def started(self, coroutine: Json) -> Future[Json]:
        """Run something on the server's event loop; what it answers is in the future."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(30)
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _main(self) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            try:
                runner.run(self._serve())
            except BaseException as failure:  # noqa: BLE001 - handed to the thread that waits for the start
                self._failure = failure
                self._started.set()

    async def _serve(self) -> None:
        config = uvicorn.Config(
            self.app,
            host="127.0.0.1",
            port=self.settings.port,
            ws="websockets-sansio",
            ws_max_size=MAX_FRAME_BYTES,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        self._server = _Told(config, self._started)
        async with self.app.router.lifespan_context(self.app):
            await self._server.serve()


class _Told(uvicorn.Server):
    """Says when it listens, and leaves the signals of the test process alone."""

    def __init__(self, config: uvicorn.Config, started: threading.Event) -> None:
        super().__init__(config)
        self._told = started

    async def startup(self, sockets: Json = None) -> None:
        """Listen."""
        await super().startup(sockets)
        self._told.set()


def stored_bytes(data_dir: Path) -> bytes:
    """Everything that the database of a server has on disk, for looking for what must not be there."""
    return b"".join(path.read_bytes() for path in data_dir.glob("peer.db*"))
