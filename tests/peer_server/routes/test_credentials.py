"""Authorization profiles through the door: made, tested, and used by their flows towards their hosts only."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import make_flow
from tests.fakes.live_server import LiveServer, stored_bytes
from tests.fakes.members import Member
from tests.fakes.provider import Provider, Received, running_provider

pytestmark = pytest.mark.anyio
SECRET = "canary-profile-4be1"
KEY = {"kind": "apiKey", "place": "header", "name": "x-shop-key", "value": SECRET}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server whose flows may reach this machine."""
    with LiveServer(tmp_path_factory.mktemp("data"), http_allow=["127.0.0.1:*"]) as running:
        yield running


@pytest.fixture
async def shop() -> AsyncIterator[Provider]:
    async with running_provider() as provider:
        yield provider


async def profile(owner: httpx2.AsyncClient, shop: Provider, scheme: Json, **fields: Json) -> dict[str, Any]:
    """A profile for that shop."""
    name = f"Shop {shop.host} {len(shop.received)}"
    body = {"name": name, "scheme": scheme, "hosts": [shop.host], "testUrl": f"{shop.url}/me", **fields}
    made = await owner.post("/v1/credential", json=body)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def caller(owner: httpx2.AsyncClient, credential: Json, url: str, **config: Json) -> str:
    """A flow that calls that URL with the profile and gives back what it got; the profile lets it."""
    step = {"id": "call", "type": "http-request", "output": "answer", "next": {"ok": "done", "error": "failed"}}
    steps = [
        {**step, "config": {"url": url, "profile": credential["name"], **config}},
        {"id": "done", "type": "final", "config": {"output": {"got": "{{ answer.body }}"}}},
        {
            "id": "failed",
            "type": "final",
            "config": {"output": {"code": "{{ error.code }}"}},
        },
    ]
    flow_id = await make_flow(owner, {"name": "Caller", "start": "call", "steps": steps})
    allowed = await owner.patch(f"/v1/credential/{credential['id']}", json={"flows": [flow_id]})
    assert allowed.status_code == 200, allowed.text
    return flow_id


async def run(owner: httpx2.AsyncClient, flow_id: str) -> dict[str, Any]:
    answer = await owner.post(f"/v1/flow/execute/{flow_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def echo(request: Received) -> tuple[int, Json]:
    """Say what came: a careless host that repeats secrets."""
    return 200, {"target": request.target, "headers": request.headers}


@pytest.mark.row("C-34")
async def test_a_profile_is_made_tested_used_and_never_shown(
    server: LiveServer, owner: httpx2.AsyncClient, shop: Provider
) -> None:
    # Given a profile with a key in a header, and a flow that may use it
    credential = await profile(owner, shop, KEY)
    flow_id = await caller(owner, credential, f"{shop.url}/orders")
    assert (credential["status"], credential["scheme"]["value"]) == ("untested", "••••••••")
    # When it is tested against a host that takes it, then against one that does not
    shop.answer = lambda got: (200, {}) if got.headers.get("x-shop-key") == SECRET else (401, {})
    passed = (await owner.post(f"/v1/credential/{credential['id']}/test")).json()
    shop.answer = lambda _: (401, {})
    failed = (await owner.post(f"/v1/credential/{credential['id']}/test")).json()
    # Then it says so, and keeps it
    assert (passed["ok"], passed["status"]) == (True, 200)
    assert (failed["ok"], failed["status"]) == (False, 401)
    stored = (await owner.get(f"/v1/credential/{credential['id']}")).json()
    assert (stored["status"], stored["error"]["code"]) == ("failing", "http_401")
    # When the flow runs, then its request carries the key, the profile works again, and nothing shows the key
    shop.answer = echo
    body = {"returnExecutionMetadata": True}
    answer = (await owner.post(f"/v1/flow/execute/{flow_id}", json=body)).json()
    assert shop.received[-1].headers["x-shop-key"] == SECRET
    assert answer["output"]["got"]["headers"]["x-shop-key"] == "•••"
    listed = await owner.get("/v1/credential")
    assert [one["status"] for one in listed.json()["items"] if one["id"] == credential["id"]] == ["ok"]
    told = [
        (await owner.get(f"/v1/flowrun/{what}/{answer['appRunId']}")).text for what in ("details", "context", "steps")
    ]
    assert not any(SECRET in text for text in [*told, listed.text])
    assert SECRET.encode() not in stored_bytes(server.settings.data_dir)


async def test_names_and_passwords_and_query_keys_are_carried(owner: httpx2.AsyncClient, shop: Provider) -> None:
    shop.answer = echo
    basic = await profile(owner, shop, {"kind": "basic", "username": "ada", "password": "pässword"}, name="Basic")
    await run(owner, await caller(owner, basic, f"{shop.url}/a", headers={"authorization": "mine"}))
    assert shop.received[-1].headers["authorization"] == "Basic YWRhOnDDpHNzd29yZA=="
    query = await profile(owner, shop, {**KEY, "place": "query", "name": "key"}, name="Query")
    found = await run(owner, await caller(owner, query, f"{shop.url}/b?x=1", query={"y": "2"}))
    assert shop.received[-1].target == f"/b?x=1&y=2&key={SECRET}"
    assert found["got"]["target"] == "/b?x=1&y=2&key=•••"


async def test_oauth_tokens_are_kept_and_fetched_anew_once_they_are_over(
    owner: httpx2.AsyncClient, shop: Provider
) -> None:
    # Given a token endpoint that counts, and a host that takes only the newest token
    tokens: list[str] = []

    def answer(request: Received) -> tuple[int, Json]:
        if request.target == "/token":
            tokens.append(f"canary-token-{len(tokens)}")
            return 200, {"access_token": tokens[-1], "token_type": "Bearer", "expires_in": 3600}
        return (200, {"ok": True}) if request.headers.get("authorization") == f"Bearer {tokens[-1]}" else (401, {})

    shop.answer = answer
    scheme = {"kind": "oauth2", "tokenUrl": f"{shop.url}/token", "clientId": "me", "clientSecret": SECRET, "scope": "a"}
    credential = await profile(owner, shop, scheme, name="OAuth", testUrl="")
    flow_id = await caller(owner, credential, f"{shop.url}/orders")
    # When the flow runs twice
    assert [await run(owner, flow_id) for _ in range(2)] == [{"got": {"ok": True}}] * 2
    # Then one token was fetched, with the client's own credentials
    (asked,) = shop.calls("POST /token")
    assert asked.headers["authorization"].startswith("Basic ")
    assert parse_qs(asked.body.decode()) == {"grant_type": ["client_credentials"], "scope": ["a"]}
    # When the token is withdrawn, then a new one is fetched, and the run does not notice
    tokens.append("withdrawn")
    assert await run(owner, flow_id) == {"got": {"ok": True}}
    assert len(shop.calls("POST /token")) == 2
    # When none is to be had, then the step fails as one of authorization, and the test says why
    shop.answer = lambda _: (400, {"error": "invalid_client"})
    tested = (await owner.post(f"/v1/credential/{credential['id']}/test")).json()
    assert (tested["ok"], tested["status"]) == (False, None)
    assert (await run(owner, flow_id))["code"] == "profile_token_failed"


async def test_a_profile_serves_its_flows_and_hosts_only(owner: httpx2.AsyncClient, shop: Provider) -> None:
    # Given a profile, a flow that may use it, and another host
    credential = await profile(owner, shop, KEY, name="Bound")
    async with running_provider() as thief:
        flow_id = await caller(owner, credential, f"{thief.url}/steal")
        # When the flow calls the other host, then nothing is sent
        assert (await run(owner, flow_id))["code"] == "profile_host_not_allowed"
        assert thief.received == []
        # When its own host redirects there, then the key stays behind
        allowed = await caller(owner, credential, f"{shop.url}/moved")
        shop.answer = lambda _: (307, {}, {"Location": f"{thief.url}/steal"})
        await run(owner, allowed)
        assert SECRET not in str(thief.received[-1].headers)
    # When another flow names it, then that finds nothing, and the check says so
    assert (await run(owner, flow_id))["code"] == "profile_not_found"
    findings = (await owner.post(f"/v1/flow/{flow_id}/check")).json()["errors"]
    assert [(fault["code"], fault["path"]) for fault in findings] == [("missing_resource", "/steps/0/config/profile")]
    assert (await owner.post(f"/v1/flow/{allowed}/check")).json()["errors"] == []


async def test_private_addresses_stay_out_of_reach(tmp_path_factory: pytest.TempPathFactory, shop: Provider) -> None:
    # Given a server that allows none
    with LiveServer(tmp_path_factory.mktemp("closed")) as closed:
        async with closed.client() as owner:
            credential = await profile(owner, shop, KEY)
            oauth = {"kind": "oauth2", "tokenUrl": f"{shop.url}/token", "clientId": "me", "clientSecret": SECRET}
            token = await profile(owner, shop, oauth, name="Token", testUrl="")
            # When both are tested, then neither reaches the machine
            for one in (credential, token):
                tested = (await owner.post(f"/v1/credential/{one['id']}/test")).json()
                assert tested["ok"] is False
    assert shop.received == []


@pytest.mark.parametrize(
    ("scheme", "says"),
    [
        ({**KEY, "value": "two\nlines"}, "no request can carry"),
        ({**KEY, "value": "ключ"}, "it works"),
        ({"kind": "oauth2", "tokenUrl": "http://[", "clientId": "me", "clientSecret": "x"}, "no token"),
    ],
    ids=str,
)
async def test_odd_secrets_are_told_apart_by_the_test(
    owner: httpx2.AsyncClient, shop: Provider, scheme: dict[str, Any], says: str
) -> None:
    credential = await profile(owner, shop, scheme, name=f"Odd {says} {shop.host}")
    tested = await owner.post(f"/v1/credential/{credential['id']}/test")
    assert tested.status_code == 200
    assert says in tested.json()["message"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"hosts": ["https://shop.example/"]}, 400, "invalid_host"),
        ({"hosts": []}, 400, "invalid_request"),
        ({"testUrl": "https://other.example/me"}, 400, "host_not_allowed"),
        ({"testUrl": "https://shop.example@other.example/"}, 400, "host_not_allowed"),
        ({"flows": ["unknown"]}, 404, "not_found"),
        ({"scheme": {"kind": "apiKey", "name": "x"}}, 400, "invalid_request"),
        ({"scheme": {**KEY, "name": "two words"}}, 400, "invalid_request"),
        ({"hosts": ["a" * 300]}, 400, "invalid_host"),
        ({"name": "Taken"}, 409, "name_taken"),
    ],
)
async def test_what_is_no_profile_is_refused(
    owner: httpx2.AsyncClient, change: dict[str, Any], status: int, code: str
) -> None:
    body = {"name": "Mine", "scheme": KEY, "hosts": ["shop.example"], "testUrl": ""}
    await owner.post("/v1/credential", json={**body, "name": "Taken"})
    refused = await owner.post("/v1/credential", json={**body, **change})
    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_admins_manage_profiles_and_members_see_them(
    server: LiveServer, owner: httpx2.AsyncClient, shop: Provider
) -> None:
    credential = await profile(owner, shop, KEY, name="Seen")
    path = f"/v1/credential/{credential['id']}"
    async with Member(server, "Max").client() as member, Member(server, "Ann", role="admin").client() as admin:
        assert (await member.get(path)).status_code == 200
        assert (await member.post("/v1/credential", json={})).status_code == 403
        assert (await member.patch(path, json={"name": "Mine"})).status_code == 403
        assert (await member.post(f"{path}/test")).status_code == 403
        assert (await member.delete(path)).status_code == 403
        assert (await admin.delete(path)).status_code == 204
    assert (await owner.get(path)).status_code == 404
