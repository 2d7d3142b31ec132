"""The real server as a process: started, killed as if unplugged, and started again on the same data."""

import os
import re
import signal
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import httpx2
from anyio.to_thread import run_sync

from flow_runtime.errors import Json
from tests.services.child import Child, free_port

TOKEN = "owner-token-of-the-tests"
PROGRAM = Path(__file__).parents[2] / ".venv/bin/peer-server"
KEPT_VARIABLES = ("PATH", "HOME", "PYTHONPATH", "LANG", "TMPDIR", "SSL_CERT_FILE")

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Never used on loopback; a default one would read all certificates for each client, which takes longer than a test."""


class ServerProcess:
    """One server on one data directory and database; both outlive the process, the port stays the same.

    `with ServerProcess(folder) as server` stops it at the end; it is started by `start`.
    """

    def __init__(self, folder: Path, *, database_url: str = "", settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.database_url = database_url
        self.port = free_port()
        self.starts = 0
        self._settings = {
            "PEER_SERVER_OWNER_TOKEN": TOKEN,
            "PEER_SERVER_HTTP_ALLOW": "127.0.0.1:*",
            "PEER_SERVER_DATABASE_URL": database_url,
            "PEER_SERVER_RATE_LIMIT": "100000/second",
            **(settings or {}),
        }
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process that serves now."""
        return self._running.process.pid

    @property
    def log(self) -> str:
        """Everything that all its lives have printed."""
        return (self.folder / "server.log").read_text(errors="replace")

    def start(self, *, failpoint: str | None = None) -> bool:
        """Start it and wait until it is ready. False if a failpoint killed it before that.

        Raises:
            RuntimeError: it ended for another reason, or was not ready in time.
        """
        self._launch(failpoint)
        return self._await_readiness()

    async def start_soon(self, *, failpoint: str | None = None) -> bool:
        """The same while other tasks go on."""
        self._launch(failpoint)  # Here, not in the thread that waits: a child dies with the thread that started it.
        return await run_sync(self._await_readiness)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def await_said(self, pattern: str) -> re.Match[str]:
        """What the log says in that way, as soon as it does. Raises RuntimeError if it does not in time."""
        self.wait_until(lambda: re.search(pattern, self.log) is not None)
        found = re.search(pattern, self.log)
        assert found is not None
        return found

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Return once that holds. Raises RuntimeError if it does not in time, or the server has ended."""
        self._running.wait_until(holds)

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._child is not None and self._child.process.poll() is None

    @property
    def was_killed(self) -> bool:
        """Whether its last life ended by SIGKILL."""
        return self._child is not None and self._child.process.poll() == -signal.SIGKILL

    def kill(self) -> None:
        """End it at once; nothing is flushed."""
        self._running.process.kill()
        self._running.process.wait(10)

    def await_death(self, within_s: float = 10) -> None:
        """Wait until it has been killed. Raises `subprocess.TimeoutExpired`."""
        self._running.process.wait(within_s)

    def stop(self) -> int:
        """Ask it to end, and wait for that. Its exit code; harmless when it is gone already."""
        if self._child is None:
            return 0
        self._child.stop()
        return int(self._child.process.returncode)

    def client(self, **options: Any) -> httpx2.Client:  # noqa: ANN401 - what httpx2 takes
        """A signed-in HTTP client."""
        return httpx2.Client(base_url=self.url, headers=AUTHORIZED, timeout=30, verify=NO_TLS, **options)

    def async_client(self) -> httpx2.AsyncClient:
        """The same for concurrent requests."""
        limits = httpx2.Limits(max_connections=64, max_keepalive_connections=64)
        return httpx2.AsyncClient(base_url=self.url, headers=AUTHORIZED, timeout=30, limits=limits, verify=NO_TLS)

    def request(self, method: str, path: str, body: Json = None) -> Json:
        """One request on its own connection. Raises RuntimeError with what the server said if it refuses."""
        with self.client() as client:
            response = client.request(method, path, json=body)
            if response.is_error:
                raise RuntimeError(f"{method} {path}: {response.status_code} {response.text}")
            return response.json() if response.content else None

    def _launch(self, failpoint: str | None) -> None:
        assert not self.is_alive
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ} | self._settings
        if failpoint is not None:
            environment["FLOW_FAILPOINT"] = failpoint
        variables = [f"{name}={value}" for name, value in environment.items()]
        serve = [str(PROGRAM), "serve", "--port", str(self.port), "--data-dir", str(self.folder / "data")]
        self._child = Child(["/usr/bin/env", "-i", *variables, *serve], log=self.folder / "server.log")
        self.starts += 1

    def _await_readiness(self) -> bool:
        try:
            self._running.wait_until(self._is_ready)
        except RuntimeError:
            if self.was_killed:
                return False
            raise
        return True

    @property
    def _running(self) -> Child:
        assert self._child is not None, "start it first"
        return self._child

    def _is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/readyz", timeout=1, verify=NO_TLS).status_code == 200
        except httpx2.TransportError:
            return False


AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
