"""`/v1/flow` through the door: drafts, versions, deployment, and what is refused."""

import httpx2
import pytest

from tests.fakes.flows import GREETING, make_flow

pytestmark = pytest.mark.anyio


async def test_a_flow_is_drafted_published_and_deployed(owner: httpx2.AsyncClient) -> None:
    # Given a draft
    flow_id = await make_flow(owner, GREETING)
    # When it is published twice and the first version deployed
    first = await owner.post(f"/v1/flow/{flow_id}/publish")
    second = await owner.post(f"/v1/flow/{flow_id}/publish")
    await owner.post(f"/v1/flow/{flow_id}/deploy", json={"version": 1})
    # Then versions count up, and the flow says what is deployed
    flow = (await owner.get(f"/v1/flow/{flow_id}")).json()
    assert (first.json(), second.json()) == ({"version": 1}, {"version": 2})
    assert (flow["latestVersion"], flow["deployedVersion"], flow["draftRev"]) == (2, 1, 1)
    listed = (await owner.get(f"/v1/flow/{flow_id}/version")).json()["items"]
    assert [version["version"] for version in listed] == [2, 1]
    assert (await owner.get(f"/v1/flow/{flow_id}/version/1")).json()["definition"] == GREETING


async def test_deploying_without_a_version_publishes_what_changed(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, GREETING, deploy=True)
    again = await owner.post(f"/v1/flow/{flow_id}/deploy")
    await owner.patch(f"/v1/flow/{flow_id}", json={"definition": {**GREETING, "description": "new"}})
    changed = await owner.post(f"/v1/flow/{flow_id}/deploy")
    assert (again.json(), changed.json()) == ({"version": 1}, {"version": 2})


async def test_a_stale_draft_is_refused(owner: httpx2.AsyncClient) -> None:
    # Given two editors who both read revision 1
    flow_id = await make_flow(owner, GREETING)
    change = {"definition": {**GREETING, "description": "mine"}, "draftRev": 1}
    # When both save
    first = await owner.patch(f"/v1/flow/{flow_id}", json=change)
    second = await owner.patch(f"/v1/flow/{flow_id}", json=change)
    # Then the second is told what it missed
    assert first.json()["draftRev"] == 2
    assert second.status_code == 409
    assert second.json()["code"] == "stale_draft"
    assert second.json()["details"] == {"draftRev": 2}


async def test_a_definition_must_fit_its_schema(owner: httpx2.AsyncClient) -> None:
    bad = {**GREETING, "steps": [{"id": "done", "type": "final", "timeoutS": True, "oops": 1}]}
    answer = await owner.post("/v1/flow", json={"definition": bad})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    paths = {fault["path"] for fault in answer.json()["errors"]}
    assert paths == {"/definition/steps/0/timeoutS", "/definition/steps/0/oops"}


async def test_a_change_is_refused_where_it_was_sent(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, GREETING)
    refused = await owner.patch(f"/v1/flow/{flow_id}", json={"name": ""})
    assert (refused.status_code, refused.json()["path"]) == (400, "/name")


async def test_a_trigger_that_nothing_pulls_is_hinted_at(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, {**GREETING, "triggers": [{"type": "api"}, {"type": "webhook"}, {"type": "apis"}]})
    hints = (await owner.post(f"/v1/flow/{flow_id}/check")).json()["hints"]
    assert [(hint["code"], hint["path"]) for hint in hints] == [
        ("unknown_trigger", "/triggers/1/type"),
        ("unknown_trigger", "/triggers/2/type"),
    ]
    # And it keeps nobody from deploying
    assert (await owner.post(f"/v1/flow/{flow_id}/deploy")).status_code == 200


async def test_errors_forbid_publishing(owner: httpx2.AsyncClient) -> None:
    # Given a step that leads nowhere
    bad = {**GREETING, "steps": [{**GREETING["steps"][0], "next": "nowhere"}]}
    flow_id = await make_flow(owner, bad)
    # When it is checked and published
    findings = (await owner.post(f"/v1/flow/{flow_id}/check")).json()
    published = await owner.post(f"/v1/flow/{flow_id}/publish")
    # Then both say the same
    assert findings["errors"]
    assert published.status_code == 422
    assert published.json()["code"] == "checks_failed"
    assert published.json()["errors"] == findings["errors"]


async def test_warnings_forbid_deploying_only(owner: httpx2.AsyncClient) -> None:
    lonely = {"id": "lonely", "type": "final", "config": {"output": {}}}
    flow_id = await make_flow(owner, {**GREETING, "steps": [*GREETING["steps"], lonely]})
    assert (await owner.post(f"/v1/flow/{flow_id}/publish")).status_code == 200
    assert (await owner.post(f"/v1/flow/{flow_id}/deploy", json={"version": 1})).status_code == 422


@pytest.mark.row("B-47")
async def test_a_clone_is_a_draft_of_its_own(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, GREETING, deploy=True)
    clone = (await owner.post(f"/v1/flow/{flow_id}/clone")).json()
    assert clone["id"] != flow_id
    assert (clone["latestVersion"], clone["deployedVersion"]) == (None, None)
    assert clone["definition"]["steps"] == GREETING["steps"]


async def test_a_deleted_flow_is_gone(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, GREETING)
    assert (await owner.delete(f"/v1/flow/{flow_id}")).status_code == 204
    gone, never = await owner.get(f"/v1/flow/{flow_id}"), await owner.get("/v1/flow/nope")
    assert (gone.status_code, never.status_code) == (404, 404)
    assert gone.json() == {**never.json(), "detail": f"there is no flow '{flow_id}'"}


async def test_lists_are_paged(owner: httpx2.AsyncClient) -> None:
    # Given three flows
    made = [await make_flow(owner, {**GREETING, "name": f"Paged {number}"}) for number in range(3)]
    # When they are read two by two
    first = (await owner.get("/v1/flow", params={"search": "paged", "limit": 2})).json()
    second = (await owner.get("/v1/flow", params={"search": "paged", "cursor": first["nextCursor"]})).json()
    # Then each comes once, newest first
    assert [flow["id"] for flow in [*first["items"], *second["items"]]] == made[::-1]
    assert second["nextCursor"] is None
    assert (await owner.get("/v1/flow", params={"cursor": "forged"})).status_code == 400


@pytest.mark.parametrize("search", ["Übersicht", "übersicht", "ÜBERSICHT", "istanbul", "İstanbul", "100%_", "sıcak"])
async def test_a_search_knows_all_letters(owner: httpx2.AsyncClient, search: str) -> None:
    definition = {**GREETING, "name": "Übersicht İstanbul", "description": "100%_sıcak"}
    flow_id = await make_flow(owner, definition)
    found = (await owner.get("/v1/flow", params={"search": search, "limit": 1})).json()["items"]
    assert [flow["id"] for flow in found] == [flow_id]


@pytest.mark.parametrize("body", [{"definition": GREETING, "extra": 1}, {"definition": []}, {}, [], "text"])
async def test_bodies_are_closed(owner: httpx2.AsyncClient, body: object) -> None:
    answer = await owner.post("/v1/flow", json=body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_request"


async def test_a_request_without_its_body_is_told_so(owner: httpx2.AsyncClient) -> None:
    problem = (await owner.post("/v1/flow")).json()
    assert (problem["status"], problem["code"]) == (400, "invalid_request")
    assert [fault["message"] for fault in problem["errors"]] == ["a body is needed: a JSON object"]


async def test_schema_and_step_types_are_published(owner: httpx2.AsyncClient) -> None:
    schema = (await owner.get("/v1/flow/schema")).json()
    types = {item["type"] for item in (await owner.get("/v1/step-type")).json()["items"]}
    assert "steps" in schema["properties"]
    assert {"final", "condition", "loop", "parallel", "http-request", "user-approval", "show-form"} <= types
