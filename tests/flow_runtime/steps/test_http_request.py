"""`http-request`."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from flow_runtime.clock import ManualClock
from flow_runtime.errors import Json
from flow_runtime.outbound import make_client
from flow_runtime.step import Effect
from flow_runtime.steps.http_request import HttpRequest, HttpRequestConfig
from tests.fakes.step_bench import Left, StepBench
from tests.flow_runtime.steps.conftest import World

pytestmark = pytest.mark.anyio


@dataclass
class Received:
    """One request as the server saw it."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Shop:
    """A server that notes what it receives and answers what it is told."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], tuple[int, str, bytes]] = lambda _: (200, "application/json", b'{"id": 7}')

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = {name.lower(): value for name, value in (head.split(": ", 1) for head in lines)}
        got = Received(line, headers, await reader.readexactly(int(headers.get("content-length", 0))))
        self.received.append(got)
        status, kind, body = self.answer(got)
        head = (
            f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def open_shop() -> AsyncIterator[Shop]:
    shop = Shop()
    server = await asyncio.start_server(shop.serve, "127.0.0.1", 0)
    shop.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield shop
    server.close()
    await server.wait_closed()


@pytest.fixture
async def shop(world: World) -> AsyncIterator[Shop]:
    """A shop that the allow-list opens, as `env.SHOP`."""
    async with open_shop() as found, make_client(["127.0.0.1:*"]) as client:
        world.offer(http=client)
        world.variables["SHOP"] = found.url
        yield found


@pytest.mark.row("B-31")
async def test_request_is_sent_as_configured(bench: StepBench, shop: Shop) -> None:
    config: dict[str, Json] = {
        "method": "POST",
        "url": "{{ env.SHOP }}/orders/{{ order }}",
        "headers": {"X-Token": "t{{ order }}"},
        "query": {"dry": True, "tag": ["a", "b"]},
        "body": {"amount": "{{ amount }}"},
    }
    run = await bench.begin("http-request", config, {"order": "1001", "amount": 5.5})
    left = await bench.left(run)
    (got,) = shop.received
    assert got.line == "POST /orders/1001?dry=true&tag=a&tag=b HTTP/1.1"
    assert got.headers["x-token"] == "t1001"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["idempotency-key"] == f"{run.id}:step"
    assert json.loads(got.body) == {"amount": 5.5}
    assert left.port == "ok"
    assert (left.output["status"], left.output["body"]) == (200, {"id": 7})
    assert left.output["headers"]["content-type"] == "application/json"


async def test_text_is_sent_as_it_is(bench: StepBench, shop: Shop) -> None:
    config = {"method": "PUT", "url": "{{ env.SHOP }}", "body": "a={{ x }}", "headers": {"Content-Type": "text/plain"}}
    await bench.perform("http-request", config, {"x": "é"})
    assert shop.received[0].body.decode() == "a=é"
    assert shop.received[0].headers["content-type"] == "text/plain"


async def test_the_query_joins_what_the_url_asks(bench: StepBench, shop: Shop) -> None:
    config: dict[str, Json] = {"url": "{{ env.SHOP }}/find?kind=all&page=1", "query": {"page": 2, "q": "ü &"}}
    await bench.perform("http-request", config)
    assert shop.received[0].line == "GET /find?kind=all&page=2&q=%C3%BC+%26 HTTP/1.1"


async def test_headers_carry_any_text_of_one_line(bench: StepBench, shop: Shop) -> None:
    config: dict[str, Json] = {"method": "POST", "url": "{{ env.SHOP }}", "body": "ü", "headers": {"X-Who": "{{ x }}"}}
    await bench.perform("http-request", config, {"x": "Zoë"})
    left = await bench.perform("http-request", config, {"x": "a\r\nX-Admin: yes"})
    assert [got.headers["x-who"] for got in shop.received] == ["Zoë"]
    assert shop.received[0].headers["content-type"] == "text/plain; charset=utf-8"
    assert (left.error or {})["code"] == "bad_header"


@pytest.mark.parametrize(
    ("kind", "data", "body"),
    [
        ("text/html; charset=latin-1", "é".encode("latin-1"), "é"),
        ("application/problem+json", b"[1]", [1]),
        ("application/xml", b"<a/>", "<a/>"),
        ("image/png", b"\x89PNG", {"contentType": "image/png", "base64": "iVBORw=="}),
        ("text/plain", b"a\0b", "a\ufffdb"),
        ("application/json", b"", None),
    ],
)
async def test_answers_of_all_kinds_can_be_kept(
    bench: StepBench, shop: Shop, kind: str, data: bytes, body: Json
) -> None:
    shop.answer = lambda _: (200, kind, data)
    assert (await bench.perform("http-request", {"url": "{{ env.SHOP }}"})).output["body"] == body


@pytest.mark.parametrize(("status", "code"), [(404, "http_404"), (500, "http_500"), (401, "http_401")])
async def test_bad_status_takes_the_error_port(bench: StepBench, shop: Shop, status: int, code: str) -> None:
    shop.answer = lambda _: (status, "text/plain", b"no such order")
    left = await bench.perform("http-request", {"url": "{{ env.SHOP }}/orders/1"})
    assert left.error is not None
    assert left.error["code"] == code
    assert "no such order" in left.error["message"]


async def test_retry_repeats_the_same_idempotency_key_until_it_works(bench: StepBench, shop: Shop) -> None:
    answers = [(503, "text/plain", b""), (429, "text/plain", b""), (200, "text/plain", b"at last")]
    shop.answer = lambda _: answers.pop(0)
    retry = {"maxAttempts": 3, "delayS": 0}
    left = await bench.perform("http-request", {"method": "POST", "url": "{{ env.SHOP }}"}, retry=retry)
    assert left.output["body"] == "at last"
    assert len({got.headers["idempotency-key"] for got in shop.received}) == 1
    assert len(shop.received) == 3


async def test_what_is_the_callers_fault_is_not_repeated(bench: StepBench, shop: Shop) -> None:
    shop.answer = lambda _: (400, "text/plain", b"")
    await bench.perform("http-request", {"url": "{{ env.SHOP }}"}, retry={"maxAttempts": 3, "delayS": 0})
    assert len(shop.received) == 1


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://10.0.0.1/", "address_not_allowed"),
        ("file:///etc/passwd", "url_not_allowed"),
        ("http://127.0.0.1:port/", "url_not_allowed"),
        ("{{ env.SHOP }}/a/../../admin", "url_not_allowed"),
        ("{{ env.SHOP }}/orders/{{ x }}", "url_not_allowed"),
        ("http://127.0.0.1:1/", "http_unreachable"),
    ],
)
async def test_what_may_not_or_cannot_be_reached_takes_the_error_port(
    bench: StepBench, shop: Shop, url: str, code: str
) -> None:
    left = await bench.perform("http-request", {"url": url}, {"x": "%2E%2e/admin"})
    assert left.error is not None
    assert left.error["code"] == code
    assert shop.received == []


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("application/json", b"{", "invalid_response"),
        ("application/json", b"[" * 100 + b"]" * 100, "invalid_response"),
        ("text/plain", b"a" * (1024 * 1024 + 1), "response_too_large"),
    ],
    ids=["broken", "deep", "large"],
)
async def test_answer_that_cannot_be_kept_takes_the_error_port(
    bench: StepBench, shop: Shop, kind: str, data: bytes, code: str
) -> None:
    shop.answer = lambda _: (200, kind, data)
    left = await bench.perform("http-request", {"url": "{{ env.SHOP }}"})
    assert left.error is not None
    assert left.error["code"] == code


async def test_slow_server_runs_into_the_steps_limit(bench: StepBench, world: World) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with make_client(["127.0.0.1:*"]) as client:
        world.offer(http=client)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        left = await bench.perform("http-request", {"url": url}, timeoutS=0.05)
    server.close()
    await server.wait_closed()
    assert left.error is not None
    assert left.error["code"] == "timeout"


async def test_callback_parks_the_run_until_it_is_called_back(bench: StepBench, world: World, shop: Shop) -> None:
    # Given a request whose answer comes later
    world.offer(callback_url=lambda interrupt_id: (f"https://here.example/callback/{interrupt_id}", "hash"))
    run = await bench.begin("http-request", {"method": "POST", "url": "{{ env.SHOP }}", "mode": "callback"})
    wait = await bench.asked(run)
    # Then the other side was told where to call back, and the card does not show it
    assert shop.received[0].headers["x-callback-url"] == f"https://here.example/callback/{wait.id}"
    assert "here.example" not in str(wait.payload)
    # When it calls back
    await bench.answer(wait, {"done": True})
    # Then that is the output
    assert await bench.left(run) == Left("ok", {"status": 200, "headers": {}, "body": {"done": True}})


async def test_callback_that_never_comes_takes_the_error_port(
    bench: StepBench, world: World, shop: Shop, clock: ManualClock
) -> None:
    world.offer(callback_url=lambda interrupt_id: (f"https://here.example/{interrupt_id}", "hash"))
    run = await bench.begin("http-request", {"url": "{{ env.SHOP }}", "mode": "callback", "expiresInS": 60})
    assert (await bench.asked(run)).expires_at == clock.now() + timedelta(seconds=60)
    clock.advance(60)
    await bench.runtime.scheduler.fire_due()
    left = await bench.left(run)
    assert left.error is not None
    assert left.error["code"] == "callback_expired"


async def test_refused_request_waits_for_no_callback(bench: StepBench, world: World, shop: Shop) -> None:
    world.offer(callback_url=lambda interrupt_id: (f"https://here.example/{interrupt_id}", "hash"))
    shop.answer = lambda _: (400, "text/plain", b"")
    left = await bench.perform("http-request", {"url": "{{ env.SHOP }}", "mode": "callback"})
    assert left.port == "error"


async def test_secrets_do_not_reach_the_journal(bench: StepBench, world: World, shop: Shop) -> None:
    shop.answer = lambda got: (200, "text/plain", got.headers["authorization"].encode())
    world.variables["TOKEN"] = "hunter2-hunter2"
    world.secrets = {"hunter2-hunter2"}
    config = {"url": "{{ env.SHOP }}", "headers": {"Authorization": "Bearer {{ env.TOKEN }}"}}
    left = await bench.perform("http-request", config)
    assert shop.received[0].headers["authorization"] == "Bearer hunter2-hunter2"
    assert left.output["body"] == "Bearer •••"


def test_its_effect_is_chosen_by_the_config() -> None:
    step_type = HttpRequest()
    assert step_type.effect_of(HttpRequestConfig(url="https://x.example")) is Effect.IDEMPOTENT
    assert step_type.effect_of(HttpRequestConfig(url="https://x.example", once=True)) is Effect.ONCE


def test_headers_of_the_connection_are_refused(bench_check: Callable[..., set[str]]) -> None:
    assert "forbidden_header" in bench_check("http-request", {"url": "https://x.example", "headers": {"Host": "a"}})
