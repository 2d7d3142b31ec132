"""Pushed results: signed, with the token, tried again until they are accepted, and never before they are set up."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.fakes.flows import APPROVAL, GREETING, key_headers, make_flow
from tests.fakes.live_server import Json, LiveServer, stored_bytes
from tests.fakes.receiver import Received, Receiver

pytestmark = pytest.mark.anyio
TOKEN = "callback-canary-73ab"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server that may call this machine, and tries again after a moment."""
    with LiveServer(tmp_path_factory.mktemp("data"), http_allow="127.0.0.1:*") as running:
        running.services.programs.pushes.pauses_s = (0.05, 0.05, 0.05)
        yield running


async def configure(owner: httpx2.AsyncClient, flow_id: str, url: str) -> str:
    """Switch pushing on; the signing secret."""
    body = {"enabled": True, "callbackUrl": f"{url}/results", "accessToken": TOKEN}
    saved = await owner.put(f"/v1/flow/{flow_id}/push", json=body)
    assert saved.status_code == 200, saved.text
    return str(saved.json()["signingSecret"])


async def push(owner: httpx2.AsyncClient, flow_id: str, body: Json) -> str:
    """Call the endpoint; the run's id."""
    key = await key_headers(owner, flow_id)
    accepted = await owner.post(f"/v1/client/flow/{flow_id}/push", json=body, headers=key)
    assert accepted.status_code == 202, accepted.text
    return str(accepted.json()["appRunId"])


def is_signed(request: Received, secret: str) -> bool:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    expected = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return request.headers["webhook-signature"] == f"v1,{expected}"


async def delivered(owner: httpx2.AsyncClient, flow_id: str, *, status: str = "delivered") -> Json:
    """The newest delivery, once it is over."""
    while True:
        found = (await owner.get(f"/v1/flow/{flow_id}/push/delivery")).json()["items"]
        if found and found[0]["status"] != "pending":
            assert found[0]["status"] == status
            return found[0]


@pytest.mark.row("C-13")
async def test_pushing_is_set_up_first(owner: httpx2.AsyncClient) -> None:
    # Given a deployed flow
    flow_id = await make_flow(owner, GREETING, deploy=True)
    key = await key_headers(owner, flow_id)
    url = f"/v1/flow/{flow_id}/push"

    async def call() -> httpx2.Response:
        return await owner.post(f"/v1/client/flow/{flow_id}/push", json={"name": "Ada"}, headers=key)

    early = await call()
    # When the target is saved without its parts, then whole, then switched off
    full = {"enabled": True, "callbackUrl": "https://shop.example/results", "accessToken": TOKEN}
    refused = [
        await owner.put(url, json=body)
        for body in (
            {"enabled": True},
            {"enabled": True, "callbackUrl": full["callbackUrl"]},
            {"enabled": True, "accessToken": TOKEN},
            {**full, "callbackUrl": "ftp://shop.example"},
            {**full, "callbackUrl": "https://me:pw@shop.example"},
            {**full, "accessToken": ""},
            {"callbackUrl": full["callbackUrl"], "accessToken": TOKEN},
        )
    ]
    saved = (await owner.put(url, json=full)).json()
    told = (await owner.get(f"/v1/flow/{flow_id}/endpoint")).json()["urls"]["push"]
    off = (await owner.put(url, json={"enabled": False})).json()
    # Then only the whole is accepted, and tells the endpoint
    assert (early.status_code, early.json()["code"]) == (409, "push_not_configured")
    assert [answer.status_code for answer in refused] == [400] * 7
    assert saved["url"] == told
    assert told.endswith(f"/v1/client/flow/{flow_id}/push")
    assert (off["enabled"], off["url"], off["hasAccessToken"]) == (False, None, True)
    assert (await call()).json()["code"] == "push_not_configured"
    # And a new address needs the token again
    moved = await owner.put(url, json={"enabled": True, "callbackUrl": "https://evil.example"})
    assert (moved.status_code, moved.json()["path"]) == (400, "/accessToken")


@pytest.mark.row("C-16")
async def test_a_result_is_pushed_until_it_is_accepted(owner: httpx2.AsyncClient) -> None:
    # Given a receiver that is out of order twice
    with Receiver([500, 503]) as receiver:
        flow_id = await make_flow(owner, GREETING, deploy=True)
        secret = await configure(owner, flow_id, receiver.url)
        # When a run ends
        run_id = await push(owner, flow_id, {"name": "Ada"})
        requests = receiver.wait(3)
        log = await delivered(owner, flow_id)
        # Then exactly one delivery is accepted: the same one each time, with the token, signed
        assert len(receiver.requests) == 3
        assert {request.headers["authorization"] for request in requests} == {f"Bearer {TOKEN}"}
        assert {request.headers["webhook-id"] for request in requests} == {log["id"]}
        assert all(is_signed(request, secret) for request in requests)
        assert requests[0].path == "/results"
        assert requests[-1].json() == {
            "deliveryId": log["id"],
            "appRunId": run_id,
            "flowId": flow_id,
            "version": 1,
            "status": "completed",
            "output": {"greeting": "Hello Ada"},
        }
        assert [attempt["status"] for attempt in log["attempts"]] == [500, 503, 200]


async def test_failures_and_late_answers_are_pushed_too(owner: httpx2.AsyncClient) -> None:
    with Receiver() as receiver:
        # Given a run that fails, and one that waits for a person
        step = {"id": "get", "type": "http-request", "config": {"url": "http://127.0.0.1:1/"}}
        failing = await make_flow(
            owner, {"name": "Out", "triggers": [{"type": "api"}], "start": "get", "steps": [step]}, deploy=True
        )
        asking = await make_flow(owner, APPROVAL, deploy=True)
        for flow_id in (failing, asking):
            await configure(owner, flow_id, receiver.url)
        await push(owner, failing, {})
        [failed] = receiver.wait(1)
        run_id = await push(owner, asking, {"amount": 7})
        # When the person answers
        while (await owner.get(f"/v1/flowrun/poll/{run_id}")).json()["status"] != "waiting":
            pass
        await owner.post(f"/v1/flowrun/resume/{run_id}", json={"decision": "approve"})
        [_, answered] = receiver.wait(2)
    # Then both ends are told
    assert (failed.json()["status"], failed.json()["error"]["category"]) == ("failed", "network")
    assert (answered.json()["appRunId"], answered.json()["output"]) == (run_id, {"paid": 7})


async def test_a_delivery_is_given_up_and_can_be_tried_again(owner: httpx2.AsyncClient) -> None:
    with Receiver([500] * 4) as receiver:
        flow_id = await make_flow(owner, GREETING, deploy=True)
        await configure(owner, flow_id, receiver.url)
        await push(owner, flow_id, {"name": "Ada"})
        log = await delivered(owner, flow_id, status="failed")
        assert len(log["attempts"]) == 4
        url = f"/v1/flow/{flow_id}/push/delivery/{log['id']}/retry"
        assert (await owner.post(url)).json()["status"] == "pending"
        assert len((await delivered(owner, flow_id))["attempts"]) == 5
        assert (await owner.post(url)).json()["status"] == "delivered"
        assert (await owner.post(f"/v1/flow/{flow_id}/push/delivery/nope/retry")).status_code == 404
    assert len(receiver.requests) == 5


async def test_a_signing_secret_is_replaced(owner: httpx2.AsyncClient) -> None:
    with Receiver() as receiver:
        flow_id = await make_flow(owner, GREETING, deploy=True)
        old = await configure(owner, flow_id, receiver.url)
        body = {"enabled": True, "callbackUrl": receiver.url, "accessToken": TOKEN}
        kept = (await owner.put(f"/v1/flow/{flow_id}/push", json=body)).json()["signingSecret"]
        new = (await owner.put(f"/v1/flow/{flow_id}/push", json={**body, "newSigningSecret": True})).json()
        await push(owner, flow_id, {"name": "Ada"})
        [request] = receiver.wait(1)
    assert kept is None
    assert not is_signed(request, old)
    assert is_signed(request, new["signingSecret"])


async def test_private_addresses_are_not_reached(tmp_path_factory: pytest.TempPathFactory) -> None:
    # Given a server that may not call this machine, and a canary on it
    with Receiver() as canary, LiveServer(tmp_path_factory.mktemp("closed")) as server:
        server.services.programs.pushes.pauses_s = ()
        async with server.client() as owner:
            flow_id = await make_flow(owner, GREETING, deploy=True)
            await configure(owner, flow_id, canary.url)
            await push(owner, flow_id, {"name": "Ada"})
            log = await delivered(owner, flow_id, status="failed")
    assert [attempt["error"] for attempt in log["attempts"]] == ["address_not_allowed"]
    assert canary.requests == []


async def test_a_restart_loses_no_delivery(tmp_path: Path) -> None:
    with Receiver() as receiver:
        # Given a delivery that nobody sent before the server stopped
        with LiveServer(tmp_path, http_allow="127.0.0.1:*") as server:
            async with server.client() as owner:
                flow_id = await make_flow(owner, GREETING, deploy=True)
                await configure(owner, flow_id, receiver.url)
                server.services.programs.pushes._http = broken()
                run_id = await push(owner, flow_id, {"name": "Ada"})
                while not (await attempts(owner, flow_id)):
                    pass
        # When another one starts, and the time of the next attempt has come
        with LiveServer(tmp_path, http_allow="127.0.0.1:*") as server:
            async with server.client() as owner:
                [delivery] = (await owner.get(f"/v1/flow/{flow_id}/push/delivery")).json()["items"]
                await owner.post(f"/v1/flow/{flow_id}/push/delivery/{delivery['id']}/retry")
                [request] = receiver.wait(1)
    # Then it sends it
    assert request.json()["appRunId"] == run_id


async def test_two_processes_push_each_result_once(postgres_url: str, tmp_path: Path) -> None:
    # Given two processes on one database
    shared = {
        "secret_key": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "database_url": postgres_url,
        "http_allow": "127.0.0.1:*",
    }
    with Receiver() as receiver, LiveServer(tmp_path / "one", **shared) as one, LiveServer(tmp_path / "two", **shared):
        async with one.client() as owner:
            flow_id = await make_flow(owner, GREETING, deploy=True)
            await configure(owner, flow_id, receiver.url)
            # When many runs end
            run_ids = {await push(owner, flow_id, {"name": str(number)}) for number in range(12)}
            receiver.wait(len(run_ids))
            while any(one["status"] == "pending" for one in await deliveries(owner, flow_id)):
                pass
            log = await deliveries(owner, flow_id)
    # Then each is pushed once
    assert sorted(request.json()["appRunId"] for request in receiver.requests) == sorted(run_ids)
    assert {(len(one["attempts"]), one["status"]) for one in log} == {(1, "delivered")}


async def deliveries(owner: httpx2.AsyncClient, flow_id: str) -> list[Json]:
    """The log of a flow."""
    found: list[Json] = (await owner.get(f"/v1/flow/{flow_id}/push/delivery")).json()["items"]
    return found


async def test_the_token_is_nowhere(owner: httpx2.AsyncClient, data_dir: Path) -> None:
    with Receiver() as receiver:
        flow_id = await make_flow(owner, GREETING, deploy=True)
        secret = await configure(owner, flow_id, receiver.url)
        await push(owner, flow_id, {"name": "Ada"})
        await delivered(owner, flow_id)
    routes = ("", "/push", "/push/delivery", "/endpoint", "/version/1", "/logs")
    told = "".join([(await owner.get(f"/v1/flow/{flow_id}{route}")).text for route in routes])
    for canary in (TOKEN, secret, secret.removeprefix("whsec_")):
        assert canary not in told
        assert canary.encode() not in stored_bytes(data_dir)


async def attempts(owner: httpx2.AsyncClient, flow_id: str) -> list[Json]:
    """Every attempt of every delivery."""
    return [attempt for one in await deliveries(owner, flow_id) for attempt in one["attempts"]]


def broken() -> httpx2.AsyncClient:
    """A client whose every request fails."""

    def fail(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("out of order", request=request)

    return httpx2.AsyncClient(transport=httpx2.MockTransport(fail))
