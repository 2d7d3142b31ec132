"""A Redis server of the tests' own, on a free port, keeping nothing on disk."""

import signal
import socket
import tempfile
from pathlib import Path
from typing import Self

from tests.services.child import Child, free_port


class RedisServer:
    """A running server; `with RedisServer(program) as server` starts it and stops it."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._folder = tempfile.TemporaryDirectory(prefix="peer-server-redis-")
        self.port = free_port()

    @property
    def url(self) -> str:
        """The server's address, as the product's settings take it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start the server, empty."""
        options = [
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            self._folder.name,
        ]
        self._child = Child([str(self._program), *options], log=Path(self._folder.name, "server.log"))
        self._child.wait_until(self._answers)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the server with this signal and wait for its end."""
        self._child.stop(how)

    def flush(self) -> None:
        """Forget everything, as a restarted Redis does."""
        self._ask(b"FLUSHALL")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._folder.cleanup()

    def _answers(self) -> bool:
        try:
            return self._ask(b"PING").startswith(b"+PONG")
        except OSError:
            return False

    def _ask(self, command: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(command + b"\r\n")
            return connection.recv(128)
