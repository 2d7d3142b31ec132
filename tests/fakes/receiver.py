"""Another system that takes requests: keeps what it was sent, and answers as it is told to."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import orjson


@dataclass(frozen=True)
class Received:
    """One request; the names of headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - a JSON edge
        return orjson.loads(self.body)


class Receiver:
    """Answers each request with the next status of `answers`, and with 200 once those are used up."""

    def __init__(self, answers: Sequence[int] = ()) -> None:
        self.requests: list[Received] = []
        self._answers = list(answers)
        self._arrived = threading.Condition()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(outer._take(Received(self.path, headers, body)))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def wait(self, count: int) -> list[Received]:
        """The requests, once there are that many."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.requests) >= count, timeout=20), self.requests
            return list(self.requests)

    def _take(self, request: Received) -> int:
        with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()
            return self._answers.pop(0) if self._answers else 200

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()
