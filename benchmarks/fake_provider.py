"""An OpenAI-compatible provider that costs next to nothing, so that what is measured is the server in front of it.

    python -m benchmarks.fake_provider PORT

The model's name says what it answers: `burst-200` is 200 tokens at once, `paced-10-150` is 150 tokens, one each 10 ms.
Every chunk is an HTTP chunk of its own, as providers send them. The fake provider of the tests checks every history;
this one only streams.
"""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from typing import cast

import uvloop

TOKEN = "token "  # noqa: S105 - a piece of text, no secret
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"
READY = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


class Connection(asyncio.Protocol):
    """One client connection: requests come one after the other, each is answered by a stream."""

    transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.transport = cast("asyncio.WriteTransport", transport)  # uvloop's is none by inheritance
        self.received = b""

    def data_received(self, data: bytes) -> None:
        """Answer as soon as a request is whole."""
        self.received += data
        head, separator, rest = self.received.partition(b"\r\n\r\n")
        length = content_length(head)
        if not separator or len(rest) < length:
            return
        body, self.received = rest[:length], rest[length:]
        if head.startswith(b"GET"):
            self.transport.write(READY)
            return
        kind, *numbers = json.loads(body)["model"].split("-")
        self.transport.write(HEAD)
        chunks = answer(int(numbers[-1]))
        if kind == "paced":
            self.pace(iter(chunks), interval_s=int(numbers[0]) / 1000)
        else:
            for chunk in chunks:
                self.transport.write(chunk)

    def pace(self, chunks: Iterator[bytes], *, interval_s: float) -> None:
        """Write a chunk per interval, by the clock and not by the time the last write took."""
        loop = asyncio.get_running_loop()

        def tick(due: float) -> None:
            chunk = next(chunks, None)
            if chunk is not None and not self.transport.is_closing():
                self.transport.write(chunk)
                loop.call_at(due + interval_s, tick, due + interval_s)

        tick(loop.time())


def content_length(head: bytes) -> int:
    """How long the body is said to be."""
    lines = head.lower().split(b"\r\n")
    return next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0)


@cache
def answer(tokens: int) -> Sequence[bytes]:
    """The HTTP chunks of an answer of that many tokens."""
    deltas = [{"role": "assistant", "content": TOKEN}, *({"content": TOKEN} for _ in range(tokens - 1))]
    ends = [None] * tokens + ["stop"]
    return [*(http_chunk(delta, end) for delta, end in zip([*deltas, {}], ends, strict=True)), END]


def http_chunk(delta: dict[str, str], finish_reason: str | None) -> bytes:
    """One streamed chunk, framed for HTTP."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    chunk = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "fake",
        "system_fingerprint": "fp_1",
        "choices": [choice],
    }
    data = b"data: " + json.dumps(chunk).encode() + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(data), data)


async def main(port: int) -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
