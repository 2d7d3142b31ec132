"""A fake OpenAI-compatible provider over real HTTP, for tests, Chromium and kill tests.

In process::

    async with FakeOpenAI() as server:
        server.reply(Reply(text="Hello"), Reply(calls=(Call("refund", {"orderId": "A-1"}),)))
        ...                      # point OPENAI_BASE_URL at server.base_url
        assert server.violations == []

As a process: ``python -m tests.fakes.openai_server --port 9000``, then over HTTP: ``POST /_fake/replies`` (a list of
`Reply` as JSON), ``GET /_fake/state`` (requests, violations), ``POST /_fake/reset``.

Queued replies are used in order. With none queued the server improvises: a last message ``/tool {json}`` calls that
tool, a tool result is repeated, anything else is echoed. The models ``fake-<n>`` and ``pace<ms>-<n>`` answer n words at
once or one every so many milliseconds. Every request's history is judged; a bad one gets 400 and is remembered.
"""

import argparse
import asyncio
import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self

from tests.fakes.openai_history import violations
from tests.fakes.openai_replies import Call, Reply, events, whole

Json = Any
Responder = Callable[[dict[str, Any]], Reply | None]
COMMAND = re.compile(r"/([\w-]+)\s*(\{.*\})?\s*", re.DOTALL)
LOAD_MODEL = re.compile(r"(?:fake|pace(\d+))-(\d+)")
MODELS = ("fake-1", "fake-2")
HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


@dataclass
class FakeOpenAI:
    """The server. `responder`, if given, decides before the queue does; None from it means "go on as usual"."""

    port: int = 0
    api_key: str | None = None
    responder: Responder | None = None
    embedding_status: int = 200
    embedding_gate: asyncio.Event | None = None
    embedding_asked: asyncio.Event = field(default_factory=asyncio.Event)
    requests: list[dict[str, Any]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    replies: deque[Reply] = field(default_factory=deque)
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def base_url(self) -> str:
        """What `OPENAI_BASE_URL` must be."""
        return f"http://127.0.0.1:{self.port}/v1"

    def reply(self, *replies: Reply) -> None:
        """Queue answers for the next requests."""
        self.replies.extend(replies)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_exc: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while (request := await _read_request(reader)) is not None:
                await self._answer(request, writer)
        self._writers.discard(writer)
        writer.close()

    async def _answer(self, request: "HttpRequest", writer: asyncio.StreamWriter) -> None:
        if (request.method, request.path) == ("POST", "/v1/chat/completions"):
            await self._complete(request, writer)
        elif (request.method, request.path) == ("POST", "/v1/embeddings"):
            await self._embed(request, writer)
        elif request.path == "/v1/models":
            models = [
                {"id": name, "object": "model", "created": 1, "owned_by": "fake"} for name in ("fake-1", "fake-2")
            ]
            _write_json(writer, 200, {"object": "list", "data": models})
        elif request.path == "/_fake/replies":
            self.reply(*map(Reply.from_json, request.json))
            _write_json(writer, 200, {"queued": len(self.replies)})
        elif request.path == "/_fake/state":
            _write_json(writer, 200, {"requests": self.requests, "violations": self.violations})
        elif request.path == "/_fake/reset":
            for kept in (self.requests, self.violations, self.replies):
                kept.clear()
            _write_json(writer, 200, {})
        else:
            _write_json(writer, 404, {"error": {"message": f"no {request.path}", "type": "invalid_request_error"}})

    async def _embed(self, request: "HttpRequest", writer: asyncio.StreamWriter) -> None:
        self.embedding_asked.set()
        if self.embedding_gate is not None:
            await self.embedding_gate.wait()
        if self.embedding_status != 200:
            return _write_json(writer, self.embedding_status, {"error": {"message": "no", "type": "server_error"}})
        texts = request.json["input"]
        data = [
            {"object": "embedding", "index": number, "embedding": meaning(text)} for number, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        return _write_json(
            writer, 200, {"object": "list", "data": data, "model": request.json["model"], "usage": usage}
        )

    async def _complete(self, request: "HttpRequest", writer: asyncio.StreamWriter) -> None:
        body = request.json
        token = request.headers.get("authorization", "")
        if self.api_key is not None and token != f"Bearer {self.api_key}":
            error = {"message": "Incorrect API key", "type": "invalid_request_error", "code": "invalid_api_key"}
            return _write_json(writer, 401, {"error": error})
        if LOAD_MODEL.fullmatch(body.get("model", "")):
            return await _write_load(writer, body["model"])
        self.requests.append(body)
        if found := violations(body):
            self.violations += found
            return _write_json(writer, 400, {"error": {"message": "; ".join(found), "type": "invalid_request_error"}})
        reply = self._choose(body)
        if reply.status != 200:
            headers = {} if reply.retry_after_s is None else {"retry-after": f"{reply.retry_after_s:g}"}
            return _write_json(writer, reply.status, reply.error_body, headers)
        number = len(self.requests)
        if not body.get("stream"):
            return _write_json(writer, 200, whole(reply, body, number=number))
        return await _write_stream(writer, reply, list(events(reply, body, number=number)))

    def _choose(self, body: dict[str, Any]) -> Reply:
        reply = self.responder(body) if self.responder else None
        return reply or (self.replies.popleft() if self.replies else improvise(body))


MEANINGS = (("leave", "vacation", "holiday"), ("office", "building", "desk"), ("money", "refund", "price"))


def meaning(text: str) -> list[float]:
    """What a text is about: one dimension for each of `MEANINGS`, and one for the rest."""
    said = text.lower()
    counts = [float(sum(said.count(word) for word in words)) for words in MEANINGS]
    return [*counts, 0.1]


def improvise(body: dict[str, Any]) -> Reply:
    """An answer that depends only on the last message."""
    last = body["messages"][-1]
    content = last["content"]
    text = content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)
    if last["role"] == "tool":
        return Reply(text=f"The tool says: {text}")
    command = COMMAND.fullmatch(text.strip())
    if command and body.get("tools"):
        return Reply(calls=(Call(command[1], command[2] or "{}"),))
    return Reply(text=f"You said: {text}")


@dataclass(frozen=True)
class HttpRequest:
    """One request, read whole."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        return json.loads(self.body or b"null")


async def _read_request(reader: asyncio.StreamReader) -> HttpRequest | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, path, _version = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return HttpRequest(method, path.partition("?")[0], headers, body)


def _write_json(writer: asyncio.StreamWriter, status: int, body: Json, headers: dict[str, str] | None = None) -> None:
    payload = json.dumps(body).encode()
    extra = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    head = f"HTTP/1.1 {status} Fake\r\ncontent-type: application/json\r\n{extra}content-length: {len(payload)}\r\n\r\n"
    writer.write(head.encode() + payload)


def _http_chunk(text: str) -> bytes:
    data = text.encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


async def _write_stream(writer: asyncio.StreamWriter, reply: Reply, lines: list[str]) -> None:
    writer.write(HEAD.encode())
    cut = len(lines) if reply.cut_after is None else reply.cut_after
    for line in lines[:cut]:
        if reply.delay_ms:
            await asyncio.sleep(reply.delay_ms / 1000)
        await _write_pieces(writer, _http_chunk(line + "\n\n"), reply.fragment)
    if cut < len(lines) and not reply.cut_quietly:
        await writer.drain()
        writer.close()
        raise ConnectionResetError
    writer.write(b"0\r\n\r\n")


async def _write_pieces(writer: asyncio.StreamWriter, data: bytes, size: int | None) -> None:
    for at in range(0, len(data), size or len(data)):
        writer.write(data[at : at + (size or len(data))])
        # A hand-over to the loop per piece is what makes each of them a network read of its own.
        await asyncio.sleep(0)
    await writer.drain()


@lru_cache
def _load_chunks(words: int) -> tuple[bytes, ...]:
    reply, request = Reply(text=" ".join(["token"] * words)), {"model": "fake", "messages": []}
    return tuple(_http_chunk(line + "\n\n") for line in events(reply, request, number=1))


async def _write_load(writer: asyncio.StreamWriter, model: str) -> None:
    match = LOAD_MODEL.fullmatch(model)
    assert match is not None
    writer.write(HEAD.encode())
    loop = asyncio.get_running_loop()
    for due, chunk in _paced(_load_chunks(int(match[2])), int(match[1] or 0) / 1000, loop.time()):
        if due > loop.time():
            await asyncio.sleep(due - loop.time())
        writer.write(chunk)
    writer.write(b"0\r\n\r\n")


def _paced(chunks: tuple[bytes, ...], interval_s: float, start: float) -> Iterator[tuple[float, bytes]]:
    return ((start + i * interval_s, chunk) for i, chunk in enumerate(chunks))


async def _main(port: int, api_key: str | None) -> None:
    async with FakeOpenAI(port=port, api_key=api_key) as server:
        print(server.base_url, flush=True)  # noqa: T201  the caller reads where to find it
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--api-key")
    options = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(_main(options.port, options.api_key))
