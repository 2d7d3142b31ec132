"""The guarded HTTP client: promise X1, with a canary that listens where nothing may arrive."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from flow_runtime.errors import FlowError
from flow_runtime.outbound import GuardedClient, OutboundError, make_client

pytestmark = pytest.mark.anyio
CORPUS = json.loads((Path(__file__).parents[1] / "security/corpora/outbound_urls.json").read_text())["cases"]
PUBLIC = "93.184.216.34"


class Canary:
    """A server on 127.0.0.1 that notes every request line and answers what it is told."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.answer: Callable[[str], bytes] = lambda _: reply(b"chirp")
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(head)
        writer.write(self.answer(head))
        await writer.drain()
        writer.close()


def reply(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@asynccontextmanager
async def listening(host: str = "127.0.0.1") -> AsyncIterator[Canary]:
    canary = Canary()
    server = await asyncio.start_server(canary.serve, host, 0)
    canary.port = server.sockets[0].getsockname()[1]
    try:
        yield canary
    finally:
        server.close()
        await server.wait_closed()


def scripted_dns(answers: dict[str, list[list[str]]]) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """A resolver that gives each look-up of a name its next answer, and the last one from then on."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        script = answers[host]
        return script.pop(0) if len(script) > 1 else script[0]

    return resolve


@pytest.mark.promise("X1")
@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case["url"])
async def test_no_url_of_the_corpus_reaches_loopback(case: dict[str, object]) -> None:
    # Given a canary on loopback and a client without an allow-list
    async with listening() as canary:
        dns = case.get("dns")
        resolve = scripted_dns(dns) if isinstance(dns, dict) else None
        async with make_client(resolve=resolve) as client:
            # When the URL is requested
            with pytest.raises((FlowError, httpx2.HTTPError, httpx2.InvalidURL)):
                await client.get(str(case["url"]).replace("PORT", str(canary.port)), timeout=2)
        # Then nothing arrived
        assert canary.requests == []


async def test_corpus_is_as_large_as_promised() -> None:
    assert len(CORPUS) >= 26


@pytest.mark.promise("X1")
async def test_environment_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given proxy variables that point at the canary
    async with listening() as canary:
        for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
        async with make_client() as client:
            # When a refused URL is requested
            with pytest.raises(OutboundError) as caught:
                await client.get("http://10.0.0.1/")
        # Then it was refused by the guard, not sent to the proxy
        assert caught.value.code == "address_not_allowed"
        assert canary.requests == []


@pytest.mark.promise("X1")
async def test_name_that_changes_its_address_is_pinned_to_the_checked_one() -> None:
    # Given a name that is public when first resolved and loopback ever after
    looked_up: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        looked_up.append(host)
        return [PUBLIC] if len(looked_up) == 1 else ["127.0.0.1"]

    async with listening() as canary, make_client(resolve=resolve) as client:
        # When it is requested
        with pytest.raises(httpx2.HTTPError):
            await client.get(f"http://rebind.example:{canary.port}/", timeout=0.2)
        # Then it was resolved once and the canary heard nothing
        assert looked_up == ["rebind.example"]
        assert canary.requests == []


async def test_allowed_host_and_port_is_reached() -> None:
    async with listening() as canary, make_client([f"127.0.0.1:{canary.port}"]) as client:
        response = await client.get(f"http://127.0.0.1:{canary.port}/hello")
        assert response.text == "chirp"
        assert canary.requests[0].startswith("GET /hello ")


@pytest.mark.parametrize("entry", ["localhost:*", "127.0.0.1:*", " LocalHost.:* "])
async def test_allowed_host_with_any_port_is_reached(entry: str) -> None:
    async with listening() as canary, make_client([entry]) as client:
        assert (await client.get(f"http://localhost:{canary.port}/")).status_code == 200


@pytest.mark.parametrize("entry", ["127.0.0.1", "127.0.0.1:1", "localhost.example:*"])
async def test_other_entries_do_not_open_the_port(entry: str) -> None:
    async with listening() as canary, make_client([entry]) as client:
        with pytest.raises(OutboundError):
            await client.get(f"http://127.0.0.1:{canary.port}/")
        assert canary.requests == []


@pytest.mark.promise("X1")
async def test_redirect_to_a_private_address_is_refused() -> None:
    # Given an allowed server that redirects to a canary which is not allowed
    async with listening() as front, listening() as canary, make_client([f"127.0.0.1:{front.port}"]) as client:
        front.answer = lambda _: reply(b"", f"Location: http://127.0.0.1:{canary.port}/", status="302 Found")
        # When the server is asked
        with pytest.raises(OutboundError) as caught:
            await client.get(f"http://127.0.0.1:{front.port}/")
        # Then the second hop was checked too
        assert caught.value.details == {"host": "127.0.0.1", "port": canary.port}
        assert canary.requests == []


async def test_redirect_to_another_origin_drops_the_callers_headers() -> None:
    async with listening() as front, listening() as back, make_client(["127.0.0.1:*"]) as client:
        front.answer = lambda _: reply(b"", f"Location: http://127.0.0.1:{back.port}/", status="307 Moved")
        headers = {"X-Api-Key": "secret-1", "Authorization": "Bearer secret-2", "Accept": "text/plain"}
        await client.get(f"http://127.0.0.1:{front.port}/", headers=headers)
        assert "secret-1" in front.requests[0]
        assert "secret" not in back.requests[0]
        assert "text/plain" in back.requests[0]


async def test_redirect_within_one_origin_keeps_the_callers_headers() -> None:
    async with listening() as front, make_client(["127.0.0.1:*"]) as client:
        front.answer = lambda head: (
            reply(b"", "Location: /next", status="302 Found") if head.startswith("GET / ") else reply(b"here")
        )
        response = await client.get(f"http://127.0.0.1:{front.port}/", headers={"X-Api-Key": "secret-1"})
        assert response.text == "here"
        assert "secret-1" in front.requests[1]


async def test_redirect_loop_ends() -> None:
    async with listening() as front, make_client(["127.0.0.1:*"]) as client:
        front.answer = lambda _: reply(b"", "Location: /", status="302 Found")
        with pytest.raises(httpx2.TooManyRedirects):
            await client.get(f"http://127.0.0.1:{front.port}/")
        assert len(front.requests) <= 6


async def test_cookies_of_one_flow_never_reach_another() -> None:
    async with listening() as front, make_client(["127.0.0.1:*"]) as client:
        front.answer = lambda _: reply(b"", "Set-Cookie: session=mine; Path=/")
        await client.get(f"http://127.0.0.1:{front.port}/")
        await client.get(f"http://127.0.0.1:{front.port}/")
        assert "session" not in front.requests[1]


async def test_answer_beyond_the_limit_is_cut_off() -> None:
    async with listening() as front, make_client(["127.0.0.1:*"], max_response=1000) as client:
        front.answer = lambda _: reply(b"x" * 1001)
        with pytest.raises(OutboundError) as caught:
            await client.get(f"http://127.0.0.1:{front.port}/")
        assert caught.value.code == "response_too_large"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_compressed_answer_is_decompressed(encoding: str) -> None:
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    async with listening() as front, make_client(["127.0.0.1:*"]) as client:
        front.answer = lambda _: reply(pack(b"hello " * 50_000), f"Content-Encoding: {encoding}")
        assert (await client.get(f"http://127.0.0.1:{front.port}/")).content == b"hello " * 50_000


async def test_compressed_bomb_is_cut_off_at_the_limit() -> None:
    # Given 100 kB that would unfold into 100 MB
    bomb = gzip.compress(b"\0" * 100_000_000, compresslevel=9)
    assert len(bomb) < 200_000
    async with listening() as front, make_client(["127.0.0.1:*"], max_response=1_000_000) as client:
        front.answer = lambda _: reply(bomb, "Content-Encoding: gzip")
        # When it is read, then reading stops at the limit
        with pytest.raises(OutboundError) as caught:
            await client.get(f"http://127.0.0.1:{front.port}/")
        assert caught.value.code == "response_too_large"


@pytest.mark.parametrize("header", ["Content-Encoding: zstd", "Content-Encoding: br", "Content-Encoding: gzip"])
async def test_other_or_damaged_compression_is_refused(header: str) -> None:
    async with listening() as front, make_client(["127.0.0.1:*"]) as client:
        front.answer = lambda _: reply(b"not compressed at all", header)
        with pytest.raises(OutboundError) as caught:
            await client.get(f"http://127.0.0.1:{front.port}/")
        assert caught.value.code == "encoding_not_supported"


async def test_errors_are_those_of_httpx2() -> None:
    async with make_client(["127.0.0.1:1"]) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("http://127.0.0.1:1/")
        with pytest.raises(httpx2.ConnectError):
            await client.get("http://does-not-exist.invalid/")


async def test_slow_resolver_runs_into_the_connect_timeout() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    async with make_client(resolve=resolve) as client:
        with pytest.raises(httpx2.ConnectTimeout):
            await client.get("http://slow.example/", timeout=0.05)


async def test_name_without_addresses_cannot_be_reached() -> None:
    async with make_client(resolve=scripted_dns({"none.example": [[]]})) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("http://none.example/")


async def test_redirects_can_be_left_to_the_caller() -> None:
    async with listening() as front, make_client(["127.0.0.1:*"]) as client:
        front.answer = lambda _: reply(b"", "Location: /next", status="302 Found")
        response = await client.get(f"http://127.0.0.1:{front.port}/", follow_redirects=False)
        assert response.status_code == 302
        assert len(front.requests) == 1


async def test_answer_can_be_streamed() -> None:
    async with (
        listening() as front,
        make_client(["127.0.0.1:*"]) as client,
        client.stream("GET", f"http://127.0.0.1:{front.port}/") as response,
    ):
        assert b"".join([chunk async for chunk in response.aiter_bytes()]) == b"chirp"


async def test_slow_server_runs_into_the_timeout() -> None:
    async with listening() as front, make_client(["127.0.0.1:*"]) as client:
        front.answer = lambda _: b""

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(httpx2.ReadTimeout):
            await client.get(f"http://127.0.0.1:{port}/", timeout=0.05)
        server.close()
        await server.wait_closed()


async def test_two_clients_share_nothing() -> None:
    first, second = make_client(["127.0.0.1:*"]), make_client()
    assert isinstance(first, GuardedClient)
    async with first, second, listening() as canary:
        assert (await first.get(f"http://127.0.0.1:{canary.port}/")).status_code == 200
        with pytest.raises(OutboundError):
            await second.get(f"http://127.0.0.1:{canary.port}/")
