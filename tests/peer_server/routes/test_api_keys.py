"""API keys: shown once, stored as digests, limited to their flow, their runs and their scopes, gone when withdrawn."""

from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from flow_runtime.clock import ManualClock
from tests.fakes.flows import APPROVAL, GREETING, key_headers, make_flow, make_key
from tests.fakes.live_server import LiveServer, stored_bytes

pytestmark = pytest.mark.anyio


@pytest.fixture
async def flow_id(owner: httpx2.AsyncClient) -> str:
    return await make_flow(owner, GREETING, deploy=True)


@pytest.fixture
def program(nobody: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """A client without anything of its own: each request brings its credential."""
    return nobody


async def greet(program: httpx2.AsyncClient, flow_id: str, **headers: str) -> httpx2.Response:
    return await program.post(f"/v1/client/flow/{flow_id}/execute", json={"name": "Ada"}, headers=headers)


@pytest.mark.promise("S3")
@pytest.mark.row("A-16", "C-22", "C-23")
async def test_a_key_is_shown_once_and_stored_as_a_digest(
    owner: httpx2.AsyncClient, program: httpx2.AsyncClient, flow_id: str, data_dir: Path
) -> None:
    # Given a new key
    made = await owner.post(f"/v1/flow/{flow_id}/api-key", json={"name": "Billing"})
    key = made.json()["key"]
    # When it is used, by either header
    by_header = await greet(program, flow_id, **{"x-api-key": key})
    by_bearer = await greet(program, flow_id, Authorization=f"Bearer {key}")
    # Then the flow runs, and the key is told nowhere again
    listed = (await owner.get(f"/v1/flow/{flow_id}/api-key")).json()["items"]
    assert made.status_code == 201
    assert by_header.json() == by_bearer.json() == {"greeting": "Hello Ada"}
    assert [(one["name"], one["prefix"], one["lastCharacters"]) for one in listed] == [("Billing", key[:8], key[-4:])]
    assert listed[0]["lastUsedAt"] is not None
    assert "key" not in listed[0]
    assert key.encode() not in stored_bytes(data_dir)
    assert len(key) >= 43


@pytest.mark.promise("S3")
@pytest.mark.row("C-25")
async def test_a_withdrawn_key_is_refused_at_once(
    owner: httpx2.AsyncClient, program: httpx2.AsyncClient, flow_id: str
) -> None:
    made = (await owner.post(f"/v1/flow/{flow_id}/api-key", json={"name": "Short-lived"})).json()
    assert (await greet(program, flow_id, **{"x-api-key": made["key"]})).status_code == 200
    url = f"/v1/flow/{flow_id}/api-key/{made['id']}"
    assert [(await owner.delete(url)).status_code for _ in range(2)] == [204, 404]
    assert (await greet(program, flow_id, **{"x-api-key": made["key"]})).status_code == 401


@pytest.mark.promise("S3")
@pytest.mark.row("C-22")
async def test_a_key_reaches_its_flow_and_a_workspace_key_reaches_all(
    owner: httpx2.AsyncClient, program: httpx2.AsyncClient, flow_id: str
) -> None:
    # Given two flows, a key of one of them, and one for all
    other_id = await make_flow(owner, GREETING, deploy=True)
    own = {"x-api-key": await make_key(owner, flow_id)}
    everywhere = {"x-api-key": await make_key(owner, None)}
    # When both flows are run
    statuses = [
        (await greet(program, flow, **key)).status_code for key in (own, everywhere) for flow in (flow_id, other_id)
    ]
    # Then the first key is refused for the other flow
    assert statuses == [200, 403, 200, 200]
    # And it is told the same of a flow that does not exist
    there, nowhere = [(await greet(program, flow, **own)).json() for flow in (other_id, "nope")]
    assert (there["code"], there) == ("wrong_key", nowhere)
    assert (await greet(program, "nope", **everywhere)).status_code == 404


@pytest.mark.row("B-04")
async def test_each_family_of_routes_takes_its_own_credential(
    server: LiveServer, owner: httpx2.AsyncClient, program: httpx2.AsyncClient, flow_id: str
) -> None:
    # Given a key with every scope
    key = await make_key(owner, None)
    # When it knocks at the dashboard, a person at a client route, and nobody at both
    dashboard = [
        await program.get("/v1/me", headers={"Authorization": f"Bearer {key}"}),
        await program.get("/v1/flow", headers={"x-api-key": key}),
        await program.post(f"/v1/flow/execute/{flow_id}", json={}, headers={"x-api-key": key}),
        await program.post(f"/v1/flow/{flow_id}/api-key", json={"name": "More"}, headers={"x-api-key": key}),
        await program.get("/v1/interrupt", headers={"x-api-key": key}),
    ]
    client = [
        await greet(owner, flow_id),
        await greet(program, flow_id),
        await greet(program, flow_id, **{"x-api-key": "pak_wrong"}),
    ]
    # Then all are refused
    assert [answer.status_code for answer in (*dashboard, *client)] == [401] * 8
    # And a key in the address is none
    asked = await program.post(f"/v1/client/flow/{flow_id}/execute", params={"x-api-key": key, "api_key": key}, json={})
    assert asked.status_code == 401


@pytest.mark.row("B-52")
async def test_a_key_reaches_only_the_runs_that_it_started(
    owner: httpx2.AsyncClient, program: httpx2.AsyncClient
) -> None:
    # Given a run of each of two keys of one flow, waiting for an answer
    flow_id = await make_flow(owner, APPROVAL, deploy=True)
    keys = [await key_headers(owner, flow_id) for _ in range(2)]
    url = f"/v1/client/flow/{flow_id}/execute"
    runs = [(await program.post(url, json={"amount": 5}, headers=key)).json()["appRunId"] for key in keys]
    # When one looks at both
    records = ("poll", "details", "inputs", "outputs", "errorDetails", "steps", "context", "credit-details")

    async def statuses(run_id: str) -> set[int]:
        return {(await program.get(f"/v1/flowrun/{what}/{run_id}", headers=keys[0])).status_code for what in records}

    # Then it sees its own whole, and the other not at all
    assert await statuses(runs[0]) == {200}
    assert await statuses(runs[1]) == {404}
    # And it answers for its own only, as whoever started it
    answers = [
        await program.post(f"/v1/flowrun/resume/{run}", json={"decision": "approve"}, headers=keys[0]) for run in runs
    ]
    assert [answer.status_code for answer in answers] == [200, 404]
    assert answers[0].json() == {"paid": 5}


@pytest.mark.promise("S3")
async def test_scopes_limit_a_key(owner: httpx2.AsyncClient, program: httpx2.AsyncClient) -> None:
    # Given a key that may only run
    flow_id = await make_flow(owner, APPROVAL, deploy=True)
    key = {"x-api-key": await make_key(owner, flow_id, scopes=["run"])}
    started = await program.post(f"/v1/client/flow/{flow_id}/execute", json={"amount": 1}, headers=key)
    run_id = started.json()["appRunId"]
    # When it polls, looks closer, and answers
    poll = await program.get(f"/v1/flowrun/poll/{run_id}", headers=key)
    details = await program.get(f"/v1/flowrun/details/{run_id}", headers=key)
    resume = await program.post(f"/v1/flowrun/resume/{run_id}", json={"decision": "approve"}, headers=key)
    # Then it is told which right is missing
    assert [answer.status_code for answer in (poll, details, resume)] == [200, 403, 403]
    assert resume.json()["code"] == "forbidden"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": " "},
        {"name": "a" * 101},
        {"name": "x", "expiresAt": "2020-01-01T00:00:00Z"},
        {"name": "x", "expiresAt": "2090-01-01T00:00:00"},
        {"name": "x", "scopes": ["all"]},
        {"name": "x", "scopes": []},
        {"name": "x", "key": "mine"},
    ],
)
async def test_keys_need_a_name_and_a_time_to_come(
    owner: httpx2.AsyncClient, flow_id: str, body: dict[str, object]
) -> None:
    assert (await owner.post(f"/v1/flow/{flow_id}/api-key", json=body)).status_code == 400


async def test_a_key_of_another_flow_is_not_withdrawn(owner: httpx2.AsyncClient, flow_id: str) -> None:
    other_id = await make_flow(owner, GREETING)
    key_id = (await owner.post(f"/v1/flow/{other_id}/api-key", json={"name": "Theirs"})).json()["id"]
    assert (await owner.delete(f"/v1/flow/{flow_id}/api-key/{key_id}")).status_code == 404
    assert (await owner.delete(f"/v1/workspace/api-key/{key_id}")).status_code == 404
    assert (await owner.get("/v1/flow/nope/api-key")).status_code == 404


async def test_a_program_uploads_files(owner: httpx2.AsyncClient, program: httpx2.AsyncClient, flow_id: str) -> None:
    key = {"x-api-key": await make_key(owner, flow_id)}
    uploaded = await program.post("/v1/client/file", files={"file": ("a.txt", b"hello")}, headers=key)
    dashboard = await program.post("/v1/flow/file", files={"file": ("a.txt", b"hello")}, headers=key)
    assert (uploaded.status_code, uploaded.json()["name"], dashboard.status_code) == (201, "a.txt", 401)


async def test_what_lets_outsiders_in_is_audited(owner: httpx2.AsyncClient) -> None:
    # Given a key, a link and a push target, and that the former two are withdrawn
    flow_id = await make_flow(owner, GREETING, deploy=True)
    flow = f"/v1/flow/{flow_id}"
    for what in ("api-key", "share"):
        made = (await owner.post(f"{flow}/{what}", json={"name": "Outside"})).json()
        await owner.delete(f"{flow}/{what}/{made['id']}")
    body = {"enabled": True, "callbackUrl": "https://shop.example/results", "accessToken": "audit-canary"}
    await owner.put(f"{flow}/push", json=body)
    await owner.put(f"{flow}/push", json={"enabled": False})
    # When the log of the flow is read
    log = await owner.get(f"{flow}/audit")
    # Then it tells all of it, and no secret
    told = [one["event"] for one in log.json()["items"]][::-1]
    assert [event for event in told if event not in ("flow.created", "flow.published", "flow.deployed")] == [
        "flow.key_created",
        "flow.key_deleted",
        "flow.link_created",
        "flow.link_deleted",
        "flow.async_enabled",
        "flow.async_disabled",
    ]
    assert "canary" not in log.text


async def test_a_key_expires(
    owner: httpx2.AsyncClient,
    program: httpx2.AsyncClient,
    flow_id: str,
    monkeypatch: pytest.MonkeyPatch,
    server: LiveServer,
) -> None:
    key = await make_key(owner, flow_id, expiresAt="2090-01-01T00:00:00Z")
    assert (await greet(program, flow_id, **{"x-api-key": key})).status_code == 200
    # When that year has come
    server.services.programs.keys._known.clear()
    monkeypatch.setattr(server.services.programs.keys, "_clock", ManualClock(datetime(2091, 1, 1, tzinfo=UTC)))
    assert (await greet(program, flow_id, **{"x-api-key": key})).status_code == 401


@pytest.mark.promise("S3")
async def test_other_processes_refuse_a_withdrawn_key(postgres_url: str, tmp_path: Path) -> None:
    # Given two servers on one database, of which both know a key
    shared = {"secret_key": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "database_url": postgres_url}
    with LiveServer(tmp_path / "one", **shared) as one, LiveServer(tmp_path / "two", **shared) as two:
        async with one.client() as first, two.anonymous() as second:
            flow_id = await make_flow(first, GREETING, deploy=True)
            made = (await first.post(f"/v1/flow/{flow_id}/api-key", json={"name": "Shared"})).json()
            key = {"x-api-key": made["key"]}
            assert (await greet(second, flow_id, **key)).status_code == 200
            # When the first one withdraws it, and the other has trusted it for as long as it may
            assert (await first.delete(f"/v1/flow/{flow_id}/api-key/{made['id']}")).status_code == 204
            known = two.services.programs.keys._known
            [(until, _)] = known.values()
            assert until - two.services.programs.keys._clock.monotonic() <= 1.0
            known.clear()
            # Then it is refused there too
            assert (await greet(second, flow_id, **key)).status_code == 401
