"""Tools and webhooks through the door, with a provider that notes what it is told."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import GREETING, make_flow
from tests.fakes.live_server import LiveServer, stored_bytes
from tests.fakes.members import Member
from tests.fakes.provider import Provider, running_provider
from tests.fakes.webhook_sender import Send, send_signed
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio
REGISTER: dict[str, Any] = {
    "path": "/hooks",
    "body": {"url": "{{callbackUrl}}", "event": "{{key}}", "secret": "{{secret}}", "shop": "{{config.shop}}"},
    "externalId": "/id",
}
UNREGISTER = {"method": "DELETE", "path": "/hooks/{{externalId}}"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server per database, whose tools may be on this machine."""
    settings: dict[str, Any] = {"http_allow": ["127.0.0.1:*"]}
    if request.param == "postgresql":
        postgres: PostgresServer = request.getfixturevalue("postgres_server")
        settings["database_url"] = postgres.url(postgres.create_database())
    with LiveServer(tmp_path_factory.mktemp("data"), **settings) as running:
        yield running


@pytest.fixture
async def shop() -> AsyncIterator[Provider]:
    """A provider that registers hooks."""
    async with running_provider() as provider:
        provider.answer = lambda got: (201, {"id": f"hook-{len(provider.received)}"})
        yield provider


async def connect(owner: httpx2.AsyncClient, shop: Provider, **fields: Json) -> str:
    """A tool at that provider; answers the type of its trigger."""
    trigger = {"key": "order.created", "name": "Order created", "description": "A new order.", "register": REGISTER}
    manifest = {"baseUrl": shop.url, "triggers": [{**trigger, "unregister": UNREGISTER}]}
    made = await owner.post("/v1/tool", json={"name": f"Shop {shop.host}", "manifest": manifest, **fields})
    assert made.status_code == 201, made.text
    (found,) = made.json()["triggers"]
    return str(found["type"])


def triggered(*types: str, **config: Json) -> dict[str, Any]:
    return {**GREETING, "triggers": [{"type": "api"}, *({"type": one, "config": config} for one in types)]}


async def save(owner: httpx2.AsyncClient, flow_id: str, definition: Json) -> None:
    saved = await owner.patch(f"/v1/flow/{flow_id}", json={"definition": definition})
    assert saved.status_code == 200, saved.text


async def events(owner: httpx2.AsyncClient, flow_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await owner.get(f"/v1/flow/{flow_id}/trigger")).json()["events"]
    return found


async def until(owner: httpx2.AsyncClient, flow_id: str, *statuses: str) -> list[dict[str, Any]]:
    """The webhooks of a flow, once they have these statuses."""
    found = await events(owner, flow_id)
    with anyio.fail_after(10):
        while [one["status"] for one in found] != list(statuses):
            found = await events(owner, flow_id)
    return found


@pytest.mark.row("B-32", "B-33", "B-34")
async def test_a_saved_trigger_is_registered_once_and_unregistered_when_it_goes(
    server: LiveServer, owner: httpx2.AsyncClient, shop: Provider
) -> None:
    # Given a tool, whose trigger is listed among the types
    kind = await connect(owner, shop)
    types = {one["type"]: one for one in (await owner.get("/v1/trigger-type")).json()["items"]}
    assert {"api", "schedule", "peer.message", kind} <= set(types)
    assert (types[kind]["title"], types[kind]["provider"]) == ("Order created", f"Shop {shop.host}")
    # When a flow with that trigger is saved, twice
    flow_id = await make_flow(owner, triggered(kind, shop="s1"))
    await until(owner, flow_id, "active")
    await save(owner, flow_id, {**triggered(kind, shop="s1"), "description": "new"})
    await owner.post(f"/v1/flow/{flow_id}/check")
    # Then the provider was told once, of the URL that events go to and of a secret
    (call,) = shop.calls("POST /hooks")
    (hook,) = await events(owner, flow_id)
    assert call.json == {
        "url": hook["callbackUrl"],
        "event": "order.created",
        "secret": call.json["secret"],
        "shop": "s1",
    }
    assert call.headers["idempotency-key"].startswith(hook["id"])
    assert call.json["secret"].encode() not in stored_bytes(server.settings.data_dir)  # Nothing is there on PostgreSQL.
    # When the trigger is taken away while the provider is down, then the save succeeds and the failure is shown
    shop.answer = lambda _: (500, {"error": "down"})
    await save(owner, flow_id, triggered())
    (hook,) = await until(owner, flow_id, "remove_failed")
    assert hook["error"]["code"] == "http_500"
    assert [remedy["action"] for remedy in hook["remedies"]] == ["retry"]
    # And it can be tried again
    shop.answer = lambda _: (200, {})
    assert (await owner.post(hook["remedies"][0]["path"])).status_code == 202
    await until(owner, flow_id)
    assert [call.target for call in shop.calls("DELETE")] == ["/hooks/hook-1"] * 2


@pytest.mark.promise("X11")
@pytest.mark.row("B-01", "B-35", "C-47", "C-48")
async def test_a_signed_event_starts_what_is_deployed_once(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient, shop: Provider
) -> None:
    # Given a deployed flow with a trigger at a tool
    kind = await connect(owner, shop)
    output = {"greeting": "Hello {{ name }}", "type": "{{ _trigger.type }}", "data": "{{ _trigger.data }}"}
    steps = [{"id": "done", "type": "final", "config": {"output": output}}]
    flow_id = await make_flow(owner, {**triggered(kind), "steps": steps}, deploy=True)
    (hook,) = await until(owner, flow_id, "active")
    send = send_signed(nobody, hook["callbackUrl"], shop.calls("POST /hooks")[0].json["secret"])
    # When an event comes, twice
    data = {"name": "Ada", "more": [1]}
    first, again = await send(data), await send(data)
    # Then one run was started, with the event's data
    assert (first.status_code, again.status_code) == (202, 200)
    run_id = first.json()["appRunId"]
    assert again.json() == {"status": "duplicate", "appRunId": run_id}
    run = (await owner.get(f"/v1/flowrun/details/{run_id}")).json()
    with anyio.fail_after(10):
        while run["status"] != "completed":
            run = (await owner.get(f"/v1/flowrun/details/{run_id}")).json()
    assert run["output"] == {"greeting": "Hello Ada", "type": kind, "data": data}
    assert (run["inputs"], run["type"], run["source"]) == ({"name": "Ada"}, "event", f"Shop {shop.host}")
    (hook,) = await events(owner, flow_id)
    assert (hook["lastRunId"], hook["lastRunAt"] is not None) == (run_id, True)
    assert len((await owner.get(f"/v1/flow/{flow_id}/logs")).json()["items"]) == 1


@pytest.mark.promise("X11")
@pytest.mark.row("B-35")
@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "whs_another"},
        {"sent": {"name": "Eve"}},
        {"late_s": 301},
        {"late_s": -330},  # Minutes ahead, so that it is not in time once a slow machine has sent it.
        {"x_webhook_signature": ""},
        {"x_webhook_signature": "sha256="},
        {"x_webhook_signature": "sha256=zz"},
        {"x_webhook_timestamp": ""},
        {"x_webhook_timestamp": "1e9"},
        {"x_webhook_id": ""},
        {"x_webhook_id": "e2"},
        {"id": "e1.1"},
    ],
    ids=str,
)
async def test_events_that_prove_nothing_start_nothing(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient, wrong: dict[str, Any]
) -> None:
    # Given a flow with a generic webhook, whose secret an editor asked for
    flow_id, send = await listening(owner, nobody)
    # When an event comes that is stale, forged, changed or incomplete
    refused = await send({"name": "Ada"}, **wrong)
    # Then it is refused, and nothing was started
    assert (refused.status_code, refused.json()["code"]) == (401, "bad_signature")
    assert (await owner.get(f"/v1/flow/{flow_id}/logs")).json()["items"] == []


async def listening(owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient, **config: Json) -> tuple[str, Send]:
    """A deployed flow with a generic webhook, and how to send to it."""
    made = await owner.post("/v1/tool", json={"name": f"Hook {time.monotonic_ns()}", "kind": "webhook"})
    flow_id = await make_flow(owner, triggered(made.json()["triggers"][0]["type"], **config), deploy=True)
    (hook,) = await until(owner, flow_id, "active")
    shown = (await owner.post(f"/v1/flow/{flow_id}/trigger/{hook['id']}/secret")).json()
    assert shown["callbackUrl"] == hook["callbackUrl"]
    return flow_id, send_signed(nobody, shown["callbackUrl"], shown["secret"])


async def test_inputs_may_come_from_anywhere_in_the_event(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient
) -> None:
    flow_id, send = await listening(owner, nobody, inputs={"name": "/order/buyers/0/name"})
    taken = await send({"order": {"buyers": [{"name": "Bo"}]}})
    inputs = await owner.get(f"/v1/flowrun/inputs/{taken.json()['appRunId']}")
    assert inputs.json() == {"name": "Bo"}
    # An event that gives no fitting inputs starts nothing, and the triggers page shows why.
    unfit = await send({"order": {}}, id="e2")
    assert (unfit.status_code, unfit.json()["code"]) == (400, "invalid_inputs")
    (hook,) = await events(owner, flow_id)
    assert (hook["status"], hook["error"]["code"]) == ("active", "invalid_inputs")


async def test_a_url_that_leads_nowhere_tells_nothing(owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient) -> None:
    flow_id, send = await listening(owner, nobody)
    # A trigger that is only in the draft
    await save(owner, flow_id, triggered())
    await owner.post(f"/v1/flow/{flow_id}/deploy")
    gone, never = await send({"name": "Ada"}), await nobody.post("/v1/webhook/unknown", json={})
    assert (gone.status_code, never.status_code) == (404, 404)
    assert gone.json() == never.json()


async def test_a_draft_never_runs_by_an_event(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient, shop: Provider
) -> None:
    # Given a trigger that is registered because the draft has it
    kind = await connect(owner, shop)
    flow_id = await make_flow(owner, triggered(kind))
    (hook,) = await until(owner, flow_id, "active")
    send = send_signed(nobody, hook["callbackUrl"], shop.calls("POST /hooks")[0].json["secret"])
    # When an event comes before anything is published, then before what is deployed has the trigger
    assert (await send({"name": "Ada"})).json()["code"] == "not_published"
    await save(owner, flow_id, triggered())
    await owner.post(f"/v1/flow/{flow_id}/deploy")
    await save(owner, flow_id, triggered(kind))
    *_, hook = await until(owner, flow_id, "active")
    send = send_signed(nobody, hook["callbackUrl"], shop.calls("POST /hooks")[-1].json["secret"])
    early = await send({"name": "Ada"})
    # Then nothing starts
    assert (early.status_code, early.json()["code"]) == (409, "trigger_not_deployed")
    # And what is deployed keeps its webhook when the draft drops it
    await owner.post(f"/v1/flow/{flow_id}/deploy")
    await save(owner, flow_id, triggered())
    assert (await send({"name": "Ada"}, id="e9")).status_code == 202


@pytest.mark.row("C-33")
async def test_a_broken_credential_shows_and_redeploying_registers_anew(
    owner: httpx2.AsyncClient, shop: Provider
) -> None:
    # Given a tool whose calls sign in by a profile, and a deployed flow
    key = {"kind": "apiKey", "name": "x-key", "value": "canary-tool-key"}
    body = {"name": "Tool", "scheme": key, "hosts": [shop.host], "flows": "all", "testUrl": f"{shop.url}/me"}
    credential = (await owner.post("/v1/credential", json=body)).json()
    kind = await connect(owner, shop, profile="Tool")
    flow_id = await make_flow(owner, triggered(kind), deploy=True)
    await until(owner, flow_id, "active")
    assert shop.calls("POST /hooks")[0].headers["x-key"] == "canary-tool-key"
    # When the credential breaks
    working = shop.answer
    shop.answer = lambda _: (401, {})
    await owner.post(f"/v1/credential/{credential['id']}/test")
    # Then the trigger is inactive, and offers to redeploy and to test again
    (hook,) = await events(owner, flow_id)
    assert (hook["status"], hook["error"]["code"]) == ("inactive", "profile_failing")
    assert {remedy["action"]: remedy["path"] for remedy in hook["remedies"]} == {
        "redeploy": f"/v1/flow/{flow_id}/deploy",
        "retry": f"/v1/flow/{flow_id}/trigger/{hook['id']}/retry",
        "retest": f"/v1/credential/{credential['id']}/test",
    }
    # When it is mended and the flow deployed again, then the trigger is registered anew, and not once more after that
    shop.answer = working
    await owner.post(f"/v1/flow/{flow_id}/deploy")
    await until(owner, flow_id, "active")
    await owner.post(f"/v1/flow/{flow_id}/deploy")
    assert len(shop.calls("POST /hooks")) == 2
    assert [call.target for call in shop.calls("DELETE")] == ["/hooks/hook-1"]


async def test_a_registration_that_fails_is_shown_and_tried_again(owner: httpx2.AsyncClient, shop: Provider) -> None:
    shop.answer = lambda got: (503, {"echo": got.json})
    kind = await connect(owner, shop)
    flow_id = await make_flow(owner, triggered(kind))
    (hook,) = await until(owner, flow_id, "inactive")
    secret = shop.calls("POST /hooks")[0].json["secret"]
    assert hook["error"]["code"] == "http_503"
    assert secret not in json.dumps(hook)
    shop.answer = lambda _: (201, {"id": 7})
    await owner.post(f"/v1/flow/{flow_id}/trigger/{hook['id']}/retry")
    await until(owner, flow_id, "active")


@pytest.mark.row("C-30", "C-31", "C-32")
async def test_the_triggers_page_has_its_columns(owner: httpx2.AsyncClient, shop: Provider) -> None:
    # Given one webhook and one schedule
    kind = await connect(owner, shop)
    flow_id = await make_flow(owner, triggered(kind), deploy=True)
    await until(owner, flow_id, "active")
    plan = {
        "cron": "0 9 * * 1",
        "timezone": "Europe/Istanbul",
        "description": "Weekly",
        "data": {"inputs": {"name": "A"}},
    }
    await owner.post(f"/v1/flow/{flow_id}/schedule", json={**plan, "endAt": "2099-01-01T00:00:00Z"})
    # When the page is read
    page = (await owner.get(f"/v1/flow/{flow_id}/trigger")).json()
    # Then there are two rows
    (event,), (schedule,) = page["events"], page["schedules"]
    assert (event["provider"], event["triggerName"], event["description"]) == (
        f"Shop {shop.host}",
        "Order created",
        "A new order.",
    )
    assert (event["setupAt"] is not None, event["lastRunAt"]) == (True, None)
    assert (schedule["frequency"], schedule["description"]) == ("At 09:00 on Monday", "Weekly")
    assert (schedule["startAt"], schedule["endAt"], schedule["timezone"]) == (
        None,
        "2099-01-01T00:00:00Z",
        "Europe/Istanbul",
    )
    assert (schedule["setupAt"] is not None, schedule["lastRunAt"], schedule["nextRunAt"] is not None) == (
        True,
        None,
        True,
    )


@pytest.mark.promise("X11")
async def test_one_event_sent_by_many_at_once_starts_one_run(
    owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient
) -> None:
    flow_id, send = await listening(owner, nobody)
    answers = await asyncio.gather(*(send({"name": "Ada"}, id="same") for _ in range(8)))
    assert len({answer.json()["appRunId"] for answer in answers}) == 1
    assert len((await owner.get(f"/v1/flow/{flow_id}/logs")).json()["items"]) == 1


@pytest.mark.parametrize("path", ["/v1/tool/%00", "/v1/flow/a%00b/trigger", "/v1/schedule?flowId=%00"])
async def test_an_address_that_no_database_knows_leads_nowhere(owner: httpx2.AsyncClient, path: str) -> None:
    assert (await owner.get(path)).status_code == 404


async def test_a_tool_in_use_stays_and_its_triggers_keep_their_types(owner: httpx2.AsyncClient, shop: Provider) -> None:
    kind = await connect(owner, shop)
    (tool,) = [one for one in (await owner.get("/v1/tool")).json()["items"] if one["name"] == f"Shop {shop.host}"]
    flow_id = await make_flow(owner, triggered(kind))
    path = f"/v1/tool/{tool['id']}"
    # A key that stays keeps its type; one that flows use cannot go
    kept, other = tool["manifest"]["triggers"][0], {"key": "other", "name": "Other"}
    both = await owner.patch(path, json={"manifest": {**tool["manifest"], "triggers": [other, kept]}})
    assert both.json()["triggers"][1]["type"] == kind
    gone = await owner.patch(path, json={"manifest": {**tool["manifest"], "triggers": [other]}})
    assert (gone.status_code, gone.json()["details"]) == (409, {"flowIds": [flow_id]})
    assert (await owner.delete(path)).json()["code"] == "tool_in_use"
    # Once no flow uses it, it can
    await owner.delete(f"/v1/flow/{flow_id}")
    assert (await owner.delete(path)).status_code == 204
    # And a flow that names its trigger is told
    lost = await make_flow(owner, triggered(kind))
    findings = (await owner.post(f"/v1/flow/{lost}/check")).json()["errors"]
    assert [(one["code"], one["path"]) for one in findings] == [("missing_resource", "/triggers/1/type")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"manifest": None}, "invalid_manifest"),
        ({"manifest": {"triggers": []}}, "invalid_manifest"),
        ({"manifest": {"triggers": [{"key": "a", "name": "A", "register": REGISTER}]}}, "invalid_manifest"),
        ({"manifest": {"baseUrl": "file:///etc", "triggers": [{"key": "a", "name": "A"}]}}, "invalid_manifest"),
        (
            {"manifest": {"triggers": [{"key": "a", "name": "A", "signature": {"content": "{id}"}}]}},
            "invalid_manifest",
        ),
        ({"kind": "webhook", "manifest": {"triggers": [{"key": "a", "name": "A"}]}}, "invalid_manifest"),
        ({"profile": "unknown"}, "profile_not_found"),
    ],
    ids=str,
)
async def test_what_is_no_tool_is_refused(owner: httpx2.AsyncClient, change: dict[str, Any], code: str) -> None:
    body = {"name": "Bad", "manifest": {"triggers": [{"key": "a", "name": "A"}]}}
    refused = await owner.post("/v1/tool", json={**body, **change})
    assert (refused.status_code, refused.json()["code"]) == (400, code)


async def test_private_addresses_stay_out_of_reach(tmp_path_factory: pytest.TempPathFactory, shop: Provider) -> None:
    # Given a server that allows none, and a tool on this machine
    with LiveServer(tmp_path_factory.mktemp("closed")) as closed:
        async with closed.client() as owner:
            kind = await connect(owner, shop)
            flow_id = await make_flow(owner, triggered(kind))
            # When its webhook is registered, then nothing gets there
            (hook,) = await until(owner, flow_id, "inactive")
            assert hook["error"]["code"] == "address_not_allowed"
    assert shop.received == []


async def test_only_editors_see_the_url_and_mend(server: LiveServer, owner: httpx2.AsyncClient, shop: Provider) -> None:
    kind = await connect(owner, shop)
    flow_id = await make_flow(owner, triggered(kind))
    (hook,) = await until(owner, flow_id, "active")
    path = f"/v1/flow/{flow_id}/trigger"
    viewer, stranger = Member(server, "Vi"), Member(server, "Mallory")
    viewer.gets("viewer", flow_id)
    async with viewer.client() as client:
        (seen,) = (await client.get(path)).json()["events"]
        assert seen["callbackUrl"] is None
        assert (await client.post(f"{path}/{hook['id']}/retry")).status_code == 403
        assert (await client.post(f"{path}/{hook['id']}/secret")).status_code == 403
        assert (await client.post("/v1/tool", json={"name": "x"})).status_code == 403
    async with stranger.client() as client:
        assert (await client.get(path)).status_code == 404
        assert (await client.post(f"{path}/{hook['id']}/retry")).status_code == 404
    # The secret of a webhook that the tool was told is not given out at all.
    assert (await owner.post(f"{path}/{hook['id']}/secret")).json()["code"] == "secret_is_shared"
