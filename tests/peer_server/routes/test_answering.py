"""What programs that drive pauses over HTTP rely on: names, bodies, repetitions and refusals."""

from typing import Any

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import APPROVAL, make_flow

pytestmark = pytest.mark.anyio

FORM: dict[str, Any] = {
    "name": "Leave",
    "start": "ask",
    "steps": [
        {
            "id": "ask",
            "type": "show-form",
            "output": "leave",
            "next": "done",
            "config": {
                "title": "Leave",
                "schema": {"type": "object", "properties": {"days": {"type": "integer"}}, "required": ["days"]},
                "validate": {
                    "start": "size",
                    "steps": [
                        {
                            "id": "size",
                            "type": "condition",
                            "config": {"cases": [{"port": "long", "when": "{{ leave.days > 5 }}"}]},
                            "next": {"long": "refused"},
                        },
                        {"id": "refused", "type": "final", "config": {"output": {"errors": {"days": "too long"}}}},
                    ],
                },
            },
        },
        {"id": "done", "type": "final", "config": {"output": {"days": "{{ leave.days }}"}}},
    ],
}


def asking(step_type: str, config: dict[str, Any]) -> dict[str, Any]:
    """A flow of one step that asks."""
    return {"name": "Ask", "start": "ask", "steps": [{"id": "ask", "type": step_type, "config": config}]}


async def execute(client: httpx2.AsyncClient, definition: dict[str, Any], **inputs: Json) -> dict[str, Any]:
    """Run a draft; what the route answers."""
    flow_id = await make_flow(client, definition)
    answer = await client.post(f"/v1/flow/execute/{flow_id}", json={"inputs": inputs})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_wait_says_by_the_usual_names_what_is_asked(owner: httpx2.AsyncClient) -> None:
    approval = await execute(owner, APPROVAL, amount=5)
    tool = await execute(owner, asking("client-tool", {"toolName": "locate", "parameters": {"why": "{{ 1 + 1 }}"}}))
    assert approval["waitState"]["message"] == "Pay 5?"
    assert (tool["waitState"]["toolName"], tool["waitState"]["args"]) == ("locate", {"why": 2})


async def test_a_form_that_the_flow_sent_back_is_still_the_same_question(owner: httpx2.AsyncClient) -> None:
    # Given a form whose values the flow does not like
    run_id = (await execute(owner, FORM))["appRunId"]
    url = f"/v1/flowrun/resume/{run_id}"
    sent_back = (await owner.post(url, json={"formData": {"days": 9}})).json()
    # Then it is asked again, the error at its field, and answered without naming it
    assert sent_back["waitState"]["errors"] == {"/days": "too long"}
    assert (await owner.post(url, json={"formData": {"days": 3}})).json() == {"days": 3}


async def test_bad_values_are_listed_by_their_place_in_the_body(owner: httpx2.AsyncClient) -> None:
    run_id = (await execute(owner, FORM))["appRunId"]
    refused = await owner.post(f"/v1/flowrun/resume/{run_id}", json={"formData": {"days": "x"}})
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["path"]) == (422, "invalid_form", "/formData/days")
    assert [(error["path"], error["pointer"]) for error in problem["errors"]] == [("/formData/days", "/days")]


async def test_a_rejected_run_is_never_taken_for_the_flows_output(owner: httpx2.AsyncClient) -> None:
    # Given an approval whose rejection leads nowhere
    run_id = (await execute(owner, asking("user-approval", {"title": "Sure?"})))["appRunId"]
    # When it is rejected, and nobody asked for metadata
    answer = (await owner.post(f"/v1/flowrun/resume/{run_id}", json={"decision": "reject"})).json()
    # Then the answer says that nothing was done
    assert (answer["status"], answer["appRunId"], answer["rejected"]) == ("completed", run_id, True)


async def test_a_failed_run_tells_its_own_error_beside_the_stable_code(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, asking("code", {"source": "1 / 0"}))
    problem = (await owner.post(f"/v1/flow/execute/{flow_id}", json={})).json()
    assert (problem["status"], problem["code"], problem["stepId"]) == (500, "run_failed", "ask")
    assert problem["error"]["code"] == "code_error"
    assert problem["remedy"]


async def test_a_draft_that_cannot_run_starts_nothing(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, asking("code", {"source": "1", "inputs": "{{ nobody }}"}))
    answer = await owner.post(f"/v1/flow/execute/{flow_id}", json={})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["path"]) == (422, "checks_failed", "/steps/0/config/inputs")
    assert (await owner.get(f"/v1/flow/{flow_id}/logs")).json()["items"] == []


async def test_every_refusal_says_what_to_do(owner: httpx2.AsyncClient) -> None:
    text = {"Content-Type": "text/plain"}
    refusals = [
        await owner.get("/v1/flow/nope"),
        await owner.get("/v1/nowhere"),
        await owner.put("/v1/flow"),
        await owner.post("/v1/flow", json=[]),
        await owner.post("/v1/flow", content=b"{", headers={"Content-Type": "application/json"}),
        await owner.post("/v1/flow", content=b"{}", headers=text),
        await owner.post("/v1/flow", json={"definition": {}}),
    ]
    assert [answer.status_code for answer in refusals] == [404, 404, 405, 400, 400, 415, 400]
    assert all(answer.json()["remedy"] for answer in refusals)


async def test_paths_lead_into_what_was_sent(owner: httpx2.AsyncClient) -> None:
    body = {"name": "x", "attachments": [{"flowId": "f", "version": "newest"}]}
    errors = (await owner.post("/v1/peer", json=body)).json()["errors"]
    assert {error["path"] for error in errors} == {"/attachments/0/version"}


async def test_the_reference_shows_what_answers_a_question(owner: httpx2.AsyncClient) -> None:
    paths = (await owner.get("/openapi.json")).json()["paths"]
    for path in ("/v1/flowrun/resume/{app_run_id}", "/v1/interrupt/{interrupt_id}/resume"):
        content = paths[path]["post"]["requestBody"]["content"]["application/json"]
        assert set(content["examples"]) == {"decision", "form", "clientTool"}


async def test_the_published_schema_says_which_dialect_it_is(owner: httpx2.AsyncClient) -> None:
    schema = (await owner.get("/v1/flow/schema")).json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


async def test_events_are_fetched_after_a_seq_as_over_the_socket(owner: httpx2.AsyncClient) -> None:
    # Given a conversation with a few events
    peer_id = (await owner.post("/v1/peer", json={"name": "P", "model": "scripted"})).json()["id"]
    conversation_id = (await owner.post("/v1/conversation", json={"peerId": peer_id})).json()["id"]
    await owner.post(f"/v1/conversation/{conversation_id}/message", json={"content": "Hello"})
    # When those after the first one are asked for
    answer = await owner.get(f"/v1/conversation/{conversation_id}/events", params={"afterSeq": 1})
    # Then the next one comes first
    assert answer.json()["items"][0]["seq"] == 2
