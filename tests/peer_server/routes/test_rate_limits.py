"""Rate limits: told in headers, counted per principal, workspace and address, shared through Redis, never absent."""

import asyncio

import httpx2
import pytest
from pydantic import SecretStr
from starlette.types import Message, Receive, Scope, Send

from peer_server.access import Principal
from peer_server.errors import TooManyRequests
from peer_server.settings import Settings
from peer_server.web.rate_limits import RateLimitHeaders, RateLimits
from tests.fakes.live_server import LiveServer
from tests.fakes.socket_talk import SocketClient
from tests.services.child import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.promise("X10")]


def somebody(name: str, workspace: str = "w1") -> Principal:
    return Principal("user", name, name, workspace, frozenset())


async def admitted(limits: RateLimits, who: Principal, address: str, *, tries: int) -> int:
    """How many of so many requests pass."""
    passed = 0
    for _ in range(tries):
        try:
            await limits.hit_request(who, address)
        except TooManyRequests:
            continue
        passed += 1
    return passed


async def test_answers_tell_what_is_left(owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient) -> None:
    first, second = [await owner.get("/v1/me") for _ in range(2)]
    assert (first.headers["ratelimit-limit"], first.headers["ratelimit-policy"]) == ("500", "500;w=1")
    assert int(second.headers["ratelimit-remaining"]) < 500
    assert int(second.headers["ratelimit-reset"]) == 1
    assert "ratelimit-limit" not in (await nobody.get("/healthz")).headers


async def test_a_refusal_tells_when_to_come_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    with LiveServer(tmp_path_factory.mktemp("limited"), rate_limit="1/minute") as server:
        async with server.client() as client:
            await client.get("/v1/me")
            refused = await client.get("/v1/me")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.headers["ratelimit-remaining"] == "0"
    assert refused.headers["ratelimit-limit"] == "1"
    assert 0 < int(refused.headers["retry-after"]) <= 60


async def test_what_is_at_work_at_once_is_limited() -> None:
    # Given an application that answers when it is told to, and a limit of one request at a time
    limits, answered = RateLimits(Settings(concurrency_limit=1)), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        limits.begin(scope, "ada")
        await answered.wait()

    async def unused() -> Message:
        raise AssertionError

    async def ignored(message: Message) -> None: ...

    async def call() -> None:
        await RateLimitHeaders(slow)({"type": "http"}, unused, ignored)

    first = asyncio.create_task(call())
    await asyncio.sleep(0)
    # When a second one comes before and after the first one is answered
    with pytest.raises(TooManyRequests) as refused:
        await call()
    answered.set()
    await first
    await call()
    # Then only the early one is refused
    assert refused.value.code == "too_many_at_once"


async def test_principals_workspaces_and_addresses_have_limits_of_their_own() -> None:
    settings = Settings(rate_limit="3/minute", workspace_rate_limit="5/minute", address_rate_limit="7/minute")
    limits = RateLimits(settings)
    assert await admitted(limits, somebody("ada"), "1.1.1.1", tries=5) == 3
    assert await admitted(limits, somebody("bo"), "2.2.2.2", tries=5) == 0  # Refused ones count for the workspace too.
    assert await admitted(limits, somebody("cy", "w2"), "1.1.1.1", tries=5) == 2
    assert await admitted(limits, somebody("di", "w3"), "3.3.3.3", tries=5) == 3


async def test_nodes_count_together_in_redis(redis_url: str) -> None:
    # Given two nodes on one Redis, which have asked it before: the first question also loads what asks
    nodes = [RateLimits(Settings(redis_url=SecretStr(redis_url), rate_limit="10/minute")) for _ in range(2)]
    assert [await admitted(node, somebody("bob"), "2.2.2.2", tries=1) for node in nodes] == [1, 1]
    # When somebody asks both, forty times at once
    asked = [admitted(node, somebody("ada"), "1.1.1.1", tries=1) for node in nodes for _ in range(20)]
    passed = await asyncio.gather(*asked)
    # Then the limit is that of both together, exactly
    assert sum(passed) == 10
    for node in nodes:
        await node.close()


async def test_without_its_redis_a_node_counts_alone() -> None:
    limits = RateLimits(Settings(redis_url=SecretStr(f"redis://127.0.0.1:{free_port()}/0"), rate_limit="3/minute"))
    assert await admitted(limits, somebody("ada"), "1.1.1.1", tries=5) == 3
    await limits.close()


async def test_who_knows_no_token_may_not_ask_for_ever(tmp_path_factory: pytest.TempPathFactory) -> None:
    # Given a server that takes two wrong credentials a minute from one address
    with LiveServer(tmp_path_factory.mktemp("wrong"), rate_limit="2/minute") as server:
        async with server.anonymous() as stranger:
            # When somebody guesses callback URLs, each of which is looked for more than once
            urls = [f"/v1/flowrun/callback/guess{number}" for number in range(3)]
            statuses = [(await stranger.post(url)).status_code for url in urls]
        # And tokens, over a socket each
        codes = []
        for _ in range(2):
            async with server.socket() as connection:
                client = SocketClient(connection)
                codes.append((await client.hello("psk_wrong"))["code"])
    # Then the third one is refused before anything is looked for, and so are those after it
    assert statuses == [404, 404, 429]
    assert codes == ["rate_limited", "rate_limited"]
