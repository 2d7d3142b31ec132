"""X1: whatever makes the server call somebody, no URL leads it to an address that is not public."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest

from tests.fakes.flows import GREETING, key_headers, make_flow
from tests.fakes.live_server import LiveServer
from tests.fakes.provider import Provider, running_provider

pytestmark = [pytest.mark.anyio, pytest.mark.promise("X1")]
_CASES: Final = json.loads((Path(__file__).parent / "corpora/outbound_urls.json").read_text())["cases"]
URLS: Final[list[str]] = [case["url"] for case in _CASES if "dns" not in case]
"""What needs a resolver of its own is tried at the transport: `tests/flow_runtime/test_outbound.py`."""
CALLING: Final[dict[str, Any]] = {
    "name": "Caller",
    "inputs": {"type": "object", "properties": {"url": {"type": "string"}}},
    "start": "call",
    "steps": [
        {"id": "call", "type": "http-request", "config": {"url": "{{ url }}"}, "next": {"ok": "end", "error": "end"}},
        {"id": "end", "type": "final", "config": {"output": {}}},
    ],
}
Call = Callable[[httpx2.AsyncClient, str], Awaitable[None]]


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with the settings that it comes with."""
    with LiveServer(tmp_path_factory.mktemp("closed")) as server:
        server.services.programs.pushes.pauses_s = ()
        yield server


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server that may call this machine."""
    with LiveServer(tmp_path_factory.mktemp("open"), http_allow=["127.0.0.1:*"]) as server:
        server.services.programs.pushes.pauses_s = ()
        yield server


@pytest.fixture
async def canary() -> AsyncIterator[Provider]:
    """Somebody on this machine whom nobody may call."""
    async with running_provider() as provider:
        yield provider


async def by_a_step(owner: httpx2.AsyncClient, url: str) -> None:
    flow_id = await make_flow(owner, CALLING)
    ran = await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"url": url}})
    assert ran.status_code == 200, ran.text


async def by_a_push(owner: httpx2.AsyncClient, url: str) -> None:
    flow_id = await make_flow(owner, GREETING, deploy=True)
    target = {"enabled": True, "callbackUrl": url, "accessToken": "token"}
    if (await owner.put(f"/v1/flow/{flow_id}/push", json=target)).status_code == 400:
        return
    key = await key_headers(owner, flow_id)
    accepted = await owner.post(f"/v1/client/flow/{flow_id}/push", json={"name": "Ada"}, headers=key)
    assert accepted.status_code == 202, accepted.text
    await until_settled(owner, f"/v1/flow/{flow_id}/push/delivery", "items")


async def by_a_webhook_that_is_registered(owner: httpx2.AsyncClient, url: str) -> None:
    trigger = {"key": "made", "name": "Made", "description": "Made.", "register": {"path": "/hooks"}}
    body = {"name": f"Tool at {url}", "manifest": {"baseUrl": url, "triggers": [trigger]}}
    made = await owner.post("/v1/tool", json=body)
    if made.status_code == 400:
        return
    triggers = [{"type": "api"}, {"type": made.json()["triggers"][0]["type"]}]
    flow_id = await make_flow(owner, {**GREETING, "triggers": triggers})
    await until_settled(owner, f"/v1/flow/{flow_id}/trigger", "events")


async def by_a_profile_that_is_tested(owner: httpx2.AsyncClient, url: str) -> None:
    scheme = {"kind": "apiKey", "place": "header", "name": "x-key", "value": "secret"}
    await try_profile(owner, {"scheme": scheme, "testUrl": url}, url)


async def by_a_token_that_is_fetched(owner: httpx2.AsyncClient, url: str) -> None:
    scheme = {"kind": "oauth2", "tokenUrl": url, "clientId": "me", "clientSecret": "secret"}
    await try_profile(owner, {"scheme": scheme, "testUrl": ""}, url)


async def by_a_model(owner: httpx2.AsyncClient, url: str) -> None:
    name = f"model-{abs(hash(url))}"
    made = await owner.post("/v1/connection", json={"name": name, "baseUrl": url, "key": "secret"})
    if made.status_code != 400:
        tried = await owner.post(f"/v1/connection/{made.json()['id']}/test", json={"model": "x"})
        assert tried.status_code == 200, tried.text


CALLS: Final = [
    by_a_step,
    by_a_push,
    by_a_webhook_that_is_registered,
    by_a_profile_that_is_tested,
    by_a_token_that_is_fetched,
    by_a_model,
]


async def try_profile(owner: httpx2.AsyncClient, profile: dict[str, Any], url: str) -> None:
    """Make a profile that is meant for the host in that URL, and test it."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    body = {"name": f"{profile['scheme']['kind']} for {url}", "hosts": [host], **profile}
    made = await owner.post("/v1/credential", json=body)
    if made.status_code != 400:
        tried = await owner.post(f"/v1/credential/{made.json()['id']}/test")
        assert tried.status_code == 200, tried.text


async def until_settled(owner: httpx2.AsyncClient, path: str, items: str) -> None:
    """Wait until nothing there is pending any more."""
    with anyio.fail_after(30):
        while True:
            found = (await owner.get(path)).json()[items]
            if found and all(one["status"] not in {"pending", "registering"} for one in found):
                return


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
async def test_no_caller_is_led_to_a_private_address(closed: LiveServer, canary: Provider, call: Call) -> None:
    # Given a canary on this machine, when every URL of the corpus is where the server shall call
    async with closed.client() as owner:
        for url in URLS:
            await call(owner, url.replace("PORT", canary.url.rpartition(":")[2]))
    # Then nothing arrived
    assert canary.received == []


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
async def test_a_caller_reaches_what_is_allowed(opened: LiveServer, canary: Provider, call: Call) -> None:
    async with opened.client() as owner:
        await call(owner, f"{canary.url}/")
    assert canary.received
