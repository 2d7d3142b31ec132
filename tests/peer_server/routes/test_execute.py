"""Running flows over HTTP: drafts and versions, waiting answers, resuming, and what is told of a run."""

import httpx2
import pytest

from tests.fakes.flows import APPROVAL, GREETING, key_headers, make_flow

pytestmark = pytest.mark.anyio


@pytest.mark.row("A-19", "B-10", "B-11", "B-12")
async def test_the_output_is_the_body(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, GREETING)
    plain = await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"name": "Ada"}})
    body = {"inputs": {"name": "Ada"}, "returnExecutionMetadata": True}
    wrapped = (await owner.post(f"/v1/flow/execute/{flow_id}", json=body)).json()
    assert plain.json() == {"greeting": "Hello Ada"}
    assert wrapped == {"status": "completed", "appRunId": wrapped["appRunId"], "output": {"greeting": "Hello Ada"}}


@pytest.mark.row("A-29", "B-50")
async def test_bad_inputs_start_nothing(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, GREETING)
    answer = await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"name": 5}})
    missing = await owner.post(f"/v1/flow/execute/{flow_id}", json={})
    assert (answer.status_code, answer.json()["path"]) == (400, "/inputs/name")
    assert (missing.status_code, missing.json()["code"]) == (400, "invalid_inputs")
    assert (await owner.get(f"/v1/flow/{flow_id}/logs")).json()["items"] == []


@pytest.mark.row("A-01", "A-33", "B-13", "B-51")
async def test_editors_run_the_draft_and_clients_a_version(owner: httpx2.AsyncClient) -> None:
    # Given version 1, and a draft that says something else
    flow_id = await make_flow(owner, GREETING, deploy=True)
    steps = [{"id": "done", "type": "final", "config": {"output": {"greeting": "Draft {{ name }}"}}}]
    await owner.patch(f"/v1/flow/{flow_id}", json={"definition": {**GREETING, "steps": steps}})
    # When it is run in the Studio and by a client
    studio = await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"name": "Ada"}})
    key = await key_headers(owner, flow_id)
    client = await owner.post(f"/v1/client/flow/{flow_id}/execute", json={"name": "Ada"}, headers=key)
    # Then only the Studio sees the draft
    assert studio.json() == {"greeting": "Draft Ada"}
    assert client.json() == {"greeting": "Hello Ada"}


@pytest.mark.row("B-15")
@pytest.mark.parametrize(("version", "status"), [("1", 200), ("latest", 200), ("99", 404), ("abc", 400), ("0", 400)])
async def test_clients_choose_a_version(owner: httpx2.AsyncClient, version: str, status: int) -> None:
    flow_id = await make_flow(owner, GREETING, deploy=True)
    url, key = f"/v1/client/flow/{flow_id}/execute", await key_headers(owner, flow_id)
    answer = await owner.post(url, params={"version": version}, json={"name": "Ada"}, headers=key)
    assert answer.status_code == status


@pytest.mark.row("B-14")
async def test_clients_need_a_trigger_and_a_version(owner: httpx2.AsyncClient) -> None:
    unpublished = await make_flow(owner, GREETING)
    untriggered = await make_flow(owner, {**GREETING, "triggers": []}, deploy=True)
    key = await key_headers(owner, None)
    first = await owner.post(f"/v1/client/flow/{unpublished}/execute", json={"name": "Ada"}, headers=key)
    second = await owner.post(f"/v1/client/flow/{untriggered}/execute", json={"name": "Ada"}, headers=key)
    assert (first.status_code, first.json()["code"]) == (409, "not_published")
    assert (second.status_code, second.json()["code"]) == (409, "api_trigger_missing")


@pytest.mark.row("B-19", "B-21", "B-22", "B-23", "B-52")
async def test_a_run_waits_and_is_resumed_once(owner: httpx2.AsyncClient) -> None:
    # Given a run that asks
    flow_id = await make_flow(owner, APPROVAL)
    waiting = (await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"amount": 5}})).json()
    run_id, asked = waiting["appRunId"], waiting["waitState"]
    assert waiting["status"] == "waiting"
    assert (asked["type"], asked["stepId"], asked["title"]) == ("user-approval", "ask", "Pay 5?")
    assert waiting["pendingAction"] == asked
    assert (await owner.get(f"/v1/flowrun/poll/{run_id}")).json()["waitState"]["executionId"] == asked["executionId"]
    # When it is answered wrongly, then rightly, then again, then differently
    url = f"/v1/flowrun/resume/{run_id}"
    unknown = await owner.post(url, json={"decision": "maybe"})
    wrong_kind = await owner.post(url, json={"formData": {}})
    done = await owner.post(url, json={"decision": "approve"})
    again = await owner.post(url, json={"decision": "approve"})
    other = await owner.post(url, json={"decision": "reject"})
    # Then the first decision counts, and everybody is told
    assert (unknown.status_code, wrong_kind.status_code) == (400, 409)
    assert done.json() == {"paid": 5}
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    assert again.json()["resolution"]["decision"] == "approve"
    assert (other.status_code, other.json()["code"]) == (409, "already_settled")


@pytest.mark.row("B-38", "B-39", "B-40", "B-41", "B-43", "B-44", "B-45", "B-46")
async def test_everything_is_told_of_a_run(owner: httpx2.AsyncClient) -> None:
    # Given a finished run
    flow_id = await make_flow(owner, GREETING)
    body = {"inputs": {"name": "Ada"}, "returnExecutionMetadata": True}
    run_id = (await owner.post(f"/v1/flow/execute/{flow_id}", json=body)).json()["appRunId"]

    async def told(what: str) -> object:
        answer = await owner.get(f"/v1/flowrun/{what}/{run_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    # Then each route says its part
    assert await told("poll") == {"status": "completed", "appRunId": run_id, "output": {"greeting": "Hello Ada"}}
    assert await told("inputs") == {"name": "Ada"}
    assert await told("outputs") == {"greeting": "Hello Ada"}
    assert await told("errorDetails") is None
    steps = await told("steps")
    assert isinstance(steps, dict)
    assert [(step["stepId"], step["status"]) for step in steps["items"]] == [("done", "done")]
    context = await told("context")
    assert isinstance(context, dict)
    assert (context["name"], context["steps"]["done"]["output"]) == ("Ada", {"greeting": "Hello Ada"})
    assert (await told("credit-details")) == {
        "items": [],
        "totals": {"promptTokens": 0, "completionTokens": 0, "totalTokens": 0, "credits": 0},
    }
    details = await told("details")
    assert isinstance(details, dict)
    assert (details["job"], details["trigger"]["type"], details["environment"]) == ("app.run", "studio", "draft")


@pytest.mark.row("B-42")
async def test_a_failed_run_is_a_problem(owner: httpx2.AsyncClient) -> None:
    # Given a flow whose step fails, because private addresses are out of reach
    step = {"id": "get", "type": "http-request", "config": {"url": "http://127.0.0.1:1/"}}
    flow_id = await make_flow(owner, {"name": "Out", "start": "get", "steps": [step]})
    # When it is run
    answer = await owner.post(f"/v1/flow/execute/{flow_id}", json={})
    # Then the answer says where and why
    assert answer.status_code == 500
    problem = answer.json()
    assert (problem["code"], problem["stepId"], problem["category"]) == ("run_failed", "get", "network")
    assert (await owner.get(f"/v1/flowrun/errorDetails/{problem['appRunId']}")).json()["stepId"] == "get"


async def test_runs_that_do_not_exist_are_not_found(owner: httpx2.AsyncClient) -> None:
    for what in ("poll", "details", "inputs", "outputs", "errorDetails", "steps", "context", "credit-details"):
        assert (await owner.get(f"/v1/flowrun/{what}/nope")).status_code == 404
    assert (await owner.post("/v1/flowrun/resume/nope", json={"decision": "approve"})).status_code == 404
