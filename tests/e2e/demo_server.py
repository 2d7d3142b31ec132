"""`peer-server demo` as a process: what a newcomer starts, and what can be killed under an open page."""

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from flow_runtime.errors import Json
from tests.services.child import Child, free_port

PROGRAM: Final = Path(__file__).parents[2] / ".venv/bin/peer-server"
TOKEN: Final = "owner-token-of-the-browser-tests"
KEPT: Final = ("PATH", "HOME", "LANG", "TMPDIR")


class DemoServer:
    """The demo on one data directory, which outlives the process; the port stays the same."""

    def __init__(self, folder: Path, *, settings: Sequence[str] = ()) -> None:
        self.folder = folder
        self._settings = [f"PEER_SERVER_OWNER_TOKEN={TOKEN}", "PYTHONUNBUFFERED=1", *settings]
        self.port = free_port()
        self._child: Child | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()  # nobody waits for what still runs in it

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sign_in_link(self) -> str:
        """The one-time link that the last start printed."""
        return self._links()[-1].strip()

    def start(self) -> None:
        """Start it and wait until it is ready. Raises `RuntimeError` if it is not in time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        before = len(self._links())
        kept = [f"{name}={os.environ[name]}" for name in KEPT if name in os.environ]
        command = [str(PROGRAM), "demo", "--port", str(self.port), "--data-dir", str(self.folder / "data")]
        self._child = Child(["/usr/bin/env", "-i", *kept, *self._settings, *command], log=self._log)
        # It prints its link right after it has begun to listen.
        self._child.wait_until(lambda: self._is_ready() and len(self._links()) > before)

    def _links(self) -> list[str]:
        return re.findall(r"http://\S+sign-in=\S+\n", self._log.read_text()) if self._log.exists() else []

    def kill(self) -> None:
        """End it at once, as if unplugged."""
        self._running.process.kill()
        self._running.process.wait(10)

    def ask(self, method: str, path: str, body: object = None) -> Json:
        """Call the REST API as the owner. Raises `urllib.error.HTTPError` when it refuses."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"authorization": f"Bearer {TOKEN}", "content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            said = answer.read()
        return json.loads(said) if said else None

    def charges(self) -> int:
        """How many refunds the shop has really paid."""
        shop = (self.folder / "data/shop.port").read_text()
        with urllib.request.urlopen(f"http://127.0.0.1:{shop}/charges", timeout=5) as answer:
            return int(json.load(answer)["charges"])

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    @property
    def _running(self) -> Child:
        assert self._child is not None
        return self._child

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200) and "sign-in=" in self._log.read_text()
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False
