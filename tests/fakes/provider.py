"""Another system on 127.0.0.1: it notes what it receives and answers what it is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]


@dataclass
class Received:
    """One request."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Provider:
    """`answer` decides by the request; what it gives is sent as JSON."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], Answer] = lambda _: (200, {"ok": True})

    @property
    def host(self) -> str:
        """Its host and port."""
        return self.url.removeprefix("http://")

    def calls(self, prefix: str) -> list[Received]:
        """The requests whose method and target begin like this."""
        return [one for one in self.received if f"{one.method} {one.target}".startswith(prefix)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        method, target, _ = line.split(" ")
        headers = {name.lower(): value for name, value in (head.split(": ", 1) for head in lines)}
        request = Received(method, target, headers, await reader.readexactly(int(headers.get("content-length", 0))))
        self.received.append(request)
        status, value, *more = self.answer(request)
        body = json.dumps(value).encode()
        extra = "".join(f"{name}: {text}\r\n" for name, text in (more[0] if more else {}).items())
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{extra}"
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def running_provider() -> AsyncIterator[Provider]:
    """One that listens as long as the block lasts."""
    provider = Provider()
    server = await asyncio.start_server(provider.serve, "127.0.0.1", 0)
    provider.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield provider
    finally:
        server.close()
        await server.wait_closed()
