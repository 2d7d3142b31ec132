"""`/v1/flow/{id}/variable` and `/v1/workspace/variable`: what steps find under `env`, and what nobody ever sees."""

from typing import Any

import httpx2
import pytest

from peer_server.secrets import MASK
from tests.fakes.flows import make_flow
from tests.fakes.live_server import LiveServer, stored_bytes
from tests.fakes.people import join

pytestmark = pytest.mark.anyio
SECRET = "hunter2-canary"


def reading(*names: str) -> dict[str, Any]:
    """A flow that gives what it finds under these names, read by two steps."""
    values = {name: f"{{{{ env.{name} }}}}" for name in names}
    steps = [
        {"id": "keep", "type": "set-variable", "config": {"values": {"kept": values}}, "next": "done"},
        {"id": "done", "type": "final", "config": {"output": {"first": "{{ kept }}", "second": values}}},
    ]
    return {"name": "Reading", "triggers": [{"type": "api"}], "start": "keep", "steps": steps}


async def execute(client: httpx2.AsyncClient, flow_id: str) -> httpx2.Response:
    return await client.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {}})


@pytest.mark.row("C-83")
@pytest.mark.row("C-84")
async def test_steps_follow_a_variable(owner: httpx2.AsyncClient) -> None:
    # Given a flow that reads a variable in two steps
    flow_id = await make_flow(owner, reading("URL"))
    made = await owner.post(f"/v1/flow/{flow_id}/variable", json={"name": "URL", "value": "a", "notes": "where to"})
    assert made.status_code == 201
    assert {name: made.json()[name] for name in ("name", "value", "secure", "notes", "isSet")} == {
        "name": "URL",
        "value": "a",
        "secure": False,
        "notes": "where to",
        "isSet": True,
    }
    assert (await execute(owner, flow_id)).json() == {"first": {"URL": "a"}, "second": {"URL": "a"}}
    # When it is changed
    await owner.patch(f"/v1/flow/{flow_id}/variable/URL", json={"value": "b"})
    # Then both follow, and what was not changed stays
    assert (await execute(owner, flow_id)).json() == {"first": {"URL": "b"}, "second": {"URL": "b"}}
    assert (await owner.get(f"/v1/flow/{flow_id}/variable/URL")).json()["notes"] == "where to"


@pytest.mark.row("C-87")
async def test_names_are_unique(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, reading("URL"))
    for url in (f"/v1/flow/{flow_id}/variable", "/v1/workspace/variable"):
        made = [await owner.post(url, json={"name": "UNIQUE", "value": value}) for value in (1, 2)]
        assert [answer.status_code for answer in made] == [201, 409]
        assert made[1].json()["code"] == "variable_exists"
        assert (await owner.get(f"{url}/UNIQUE")).json()["value"] == 1
        bad = await owner.post(url, json={"name": "not a name", "value": 1})
        assert (bad.status_code, bad.json()["code"], bad.json()["path"]) == (400, "invalid_name", "/name")
        assert (await owner.patch(f"{url}/NOBODY", json={"value": 1})).status_code == 404


@pytest.mark.row("C-85")
async def test_a_secure_value_is_never_seen_again(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given a secure value in a flow and one in the workspace, and a run that used both
    flow_id = await make_flow(owner, reading("KEY", "SHARED_KEY"), deploy=False)
    for url in (f"/v1/flow/{flow_id}/variable/KEY", "/v1/workspace/variable/SHARED_KEY"):
        answer = await owner.put(url, json={"value": SECRET, "secure": True})
        assert answer.json()["value"] == MASK
        # When it is read, changed in another field, and read again
        noted = await owner.patch(url, json={"notes": "still there"})
        assert (noted.json()["value"], noted.json()["notes"]) == (MASK, "still there")
        # Then it is masked, and cannot be made plain without saying what it is
        refused = await owner.patch(url, json={"secure": False})
        assert (refused.status_code, refused.json()["code"]) == (400, "value_needed")
    ran = await owner.post(
        f"/v1/flow/execute/{flow_id}", json={"inputs": {}, "returnExecutionMetadata": True, "version": "draft"}
    )
    run_id = ran.json()["appRunId"]
    parts = [f"/v1/flowrun/{part}/{run_id}" for part in ("details", "steps", "context", "inputs", "outputs")]
    shown = [await owner.get(url) for url in (*parts, f"/v1/flow/{flow_id}/variable", "/v1/workspace/variable")]
    # And no answer, journal or file on disk holds it
    assert {answer.status_code for answer in shown} == {200}
    assert all(SECRET not in answer.text for answer in (ran, *shown))
    assert SECRET.encode() not in stored_bytes(server.settings.data_dir)


async def test_a_flows_own_variable_counts_before_the_workspaces(owner: httpx2.AsyncClient) -> None:
    # Given a variable of the workspace that a flow reads
    flow_id = await make_flow(owner, reading("REGION"))
    await owner.put("/v1/workspace/variable/REGION", json={"value": "eu"})
    assert (await execute(owner, flow_id)).json()["second"] == {"REGION": "eu"}
    # When the flow gets one of its own, and loses it again
    await owner.put(f"/v1/flow/{flow_id}/variable/REGION", json={"value": "us"})
    own = (await execute(owner, flow_id)).json()["second"]
    await owner.delete(f"/v1/flow/{flow_id}/variable/REGION")
    # Then its own counted as long as it was there
    assert own == {"REGION": "us"}
    assert (await execute(owner, flow_id)).json()["second"] == {"REGION": "eu"}
    await owner.delete("/v1/workspace/variable/REGION")
    assert (await owner.get("/v1/workspace/variable/REGION")).status_code == 404


async def test_what_is_not_set_is_named_before_and_while_running(owner: httpx2.AsyncClient) -> None:
    # Given a flow that needs two variables, of which one waits for its value and the other is not there
    flow_id = await make_flow(owner, reading("WAITS", "MISSING"))
    waits = await owner.put(f"/v1/flow/{flow_id}/variable/WAITS", json={"value": None, "secure": True})
    assert (waits.json()["isSet"], waits.json()["value"]) == (False, None)
    # When it is checked and deployed
    warnings = (await owner.post(f"/v1/flow/{flow_id}/check")).json()["warnings"]
    refused = await owner.post(f"/v1/flow/{flow_id}/deploy")
    # Then each is named with a step that needs it, and nothing is deployed
    missing = {fault["message"] for fault in warnings if fault["code"] == "missing_variable"}
    assert any("'keep'" in message and "'WAITS'" in message for message in missing)
    assert any("'done'" in message and "'MISSING'" in message for message in missing)
    assert {"variable_without_value"} <= {fault["code"] for fault in warnings}
    assert refused.status_code == 422
    # And a run fails by its name
    failed = (await execute(owner, flow_id)).json()
    assert (failed["error"]["code"], failed["stepId"]) == ("variable_not_set", "keep")
    assert "'WAITS'" in failed["detail"]


async def test_members_read_workspace_variables_and_admins_change_them(
    server: LiveServer, owner: httpx2.AsyncClient
) -> None:
    await owner.put("/v1/workspace/variable/SEEN", json={"value": "by all"})
    member, admin = await join(server, owner, "Mia"), await join(server, owner, "Ali", role="admin")
    hers, his = member.client, admin.client
    assert (await hers.get("/v1/workspace/variable/SEEN")).json()["value"] == "by all"
    refused = [
        await hers.post("/v1/workspace/variable", json={"name": "X", "value": 1}),
        await hers.put("/v1/workspace/variable/SEEN", json={"value": 1}),
        await hers.patch("/v1/workspace/variable/SEEN", json={"value": 1}),
        await hers.delete("/v1/workspace/variable/SEEN"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
    assert (await his.put("/v1/workspace/variable/SEEN", json={"value": "changed"})).status_code == 200
