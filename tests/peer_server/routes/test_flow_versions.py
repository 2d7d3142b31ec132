"""Versions through the door: what they freeze, how they differ, how they come back, and which one the endpoint runs."""

from typing import Any

import httpx2
import pytest

from tests.fakes.flows import GREETING, key_headers, make_flow
from tests.fakes.grants import give, take_all
from tests.fakes.live_server import LiveServer
from tests.fakes.people import join

pytestmark = pytest.mark.anyio


def saying(text: str, **parts: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A flow that needs no inputs and says this."""
    step = {"id": "done", "type": "final", "config": {"output": {"said": text}}}
    return {"name": "Saying", "triggers": [{"type": "api"}], "start": "done", "steps": [step], **parts}


async def run(client: httpx2.AsyncClient, flow_id: str, **query: str) -> httpx2.Response:
    headers = await key_headers(client, flow_id)
    return await client.post(f"/v1/client/flow/{flow_id}/execute", params=query, json={}, headers=headers)


@pytest.mark.row("B-15")
@pytest.mark.row("A-33")
async def test_programs_run_the_version_they_name_and_never_the_draft(owner: httpx2.AsyncClient) -> None:
    # Given two published versions, of which the first is deployed, and a newer draft
    flow_id = await make_flow(owner, saying("one"), deploy=True)
    for text in ("two", "draft"):
        await owner.patch(f"/v1/flow/{flow_id}", json={"definition": saying(text)})
        if text == "two":
            await owner.post(f"/v1/flow/{flow_id}/publish")
    # When programs name a version, or none
    named = {name: (await run(owner, flow_id, version=name)).json()["said"] for name in ("1", "2", "latest")}
    # Then they get that one; without a name the deployed one
    assert named == {"1": "one", "2": "two", "latest": "two"}
    assert (await run(owner, flow_id)).json() == {"said": "one"}
    # And what does not exist is told so, and a draft is no version for programs
    assert (await run(owner, flow_id, version="99")).status_code == 404
    assert (await run(owner, flow_id, version="abc")).status_code == 400
    assert (await run(owner, flow_id, version="draft")).status_code == 400


@pytest.mark.row("C-21")
@pytest.mark.row("C-10")
async def test_the_deployed_version_can_be_looked_at_while_the_draft_goes_on(owner: httpx2.AsyncClient) -> None:
    # Given a flow that is not deployed
    flow_id = await make_flow(owner, saying("one"))
    assert (await run(owner, flow_id)).status_code == 409
    nothing = await owner.get(f"/v1/flow/{flow_id}/deployed")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "not_deployed")
    # When it is deployed and then edited
    await owner.post(f"/v1/flow/{flow_id}/deploy", json={"notes": "first"})
    await owner.patch(f"/v1/flow/{flow_id}", json={"definition": saying("two")})
    # Then the endpoint and its read-only view still have what was deployed
    shown = (await owner.get(f"/v1/flow/{flow_id}/deployed")).json()
    assert shown["definition"] == saying("one")
    assert (shown["version"], shown["notes"], shown["hasNewerDraft"]) == (1, "first", True)
    assert shown["deployedAt"]
    url, key = shown["endpointUrl"], await key_headers(owner, flow_id)
    assert (await owner.post(url, json={}, headers=key)).json() == {"said": "one"}
    assert (await owner.patch(f"/v1/flow/{flow_id}/deployed", json={"definition": saying("x")})).status_code == 405
    # And after a redeploy the same address gives the edits
    await owner.post(f"/v1/flow/{flow_id}/deploy")
    assert (await owner.post(url, json={}, headers=key)).json() == {"said": "two"}
    assert (await owner.get(f"/v1/flow/{flow_id}/deployed")).json()["hasNewerDraft"] is False
    # And without a deployment there is nothing to look at again
    assert (await owner.post(f"/v1/flow/{flow_id}/undeploy")).status_code == 204
    assert (await owner.get(f"/v1/flow/{flow_id}/deployed")).status_code == 409


@pytest.mark.row("C-80", "C-81", "C-82")
async def test_settings_change_one_by_one_and_take_effect_on_redeploy(owner: httpx2.AsyncClient) -> None:
    # Given a deployed flow that answers at once
    flow_id = await make_flow(owner, saying("one", settings={"syncTimeoutS": 100}), deploy=True)
    # When its mode, its name and its description are changed
    change = {"settings": {"mode": "async"}, "name": "Renamed", "description": "said better"}
    changed = (await owner.patch(f"/v1/flow/{flow_id}", json=change)).json()
    # Then the rest of the draft stays, and programs notice nothing before the redeploy
    assert changed["definition"]["settings"] == {"syncTimeoutS": 100, "mode": "async"}
    assert (changed["name"], changed["description"]) == ("Renamed", "said better")
    assert (await run(owner, flow_id)).status_code == 200
    await owner.post(f"/v1/flow/{flow_id}/deploy")
    assert (await run(owner, flow_id)).status_code == 202
    # And a setting out of its range is refused with its path
    refused = await owner.patch(f"/v1/flow/{flow_id}", json={"settings": {"syncTimeoutS": 59}})
    assert (refused.status_code, refused.json()["path"]) == (400, "/settings/syncTimeoutS")


@pytest.mark.row("C-11")
async def test_deploying_lists_errors_and_warnings(owner: httpx2.AsyncClient) -> None:
    # Given a step that nothing leads to, and one that leads nowhere
    lonely = {"id": "lonely", "type": "final", "config": {"output": {}}, "next": "nowhere"}
    flow_id = await make_flow(owner, saying("x", steps=[*saying("x")["steps"], lonely]))
    # When it is deployed
    refused = await owner.post(f"/v1/flow/{flow_id}/deploy")
    # Then nothing is, and both are named
    assert refused.status_code == 422
    assert {(fault["level"], fault["code"]) for fault in refused.json()["errors"]} == {
        ("error", "unknown_next"),
        ("warning", "unreachable_step"),
    }
    assert (await owner.get(f"/v1/flow/{flow_id}")).json()["latestVersion"] is None


async def test_autosave_keeps_the_revision_of_what_did_not_change(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, saying("one"))

    async def save(text: str, rev: int) -> httpx2.Response:
        body = {"definition": saying(text), "draftRev": rev}
        return await owner.post(f"/v1/flow/{flow_id}/autosave", json=body)

    assert (await save("one", 1)).json()["draftRev"] == 1
    assert (await save("two", 1)).json()["draftRev"] == 2
    # A repeated request whose answer was lost is no conflict; another draft from the old revision is one.
    assert (await save("two", 1)).json()["draftRev"] == 2
    stale = await save("three", 1)
    assert (stale.status_code, stale.json()["details"]) == (409, {"draftRev": 2})


async def test_a_draft_is_published_only_at_the_revision_that_was_meant(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, saying("one"))
    await owner.patch(f"/v1/flow/{flow_id}", json={"description": "somebody else's"})
    refused = await owner.post(f"/v1/flow/{flow_id}/publish", json={"draftRev": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "stale_draft")
    assert (await owner.post(f"/v1/flow/{flow_id}/publish", json={"draftRev": 2})).json() == {"version": 1}


async def test_two_states_are_compared_by_name(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, saying("one"), deploy=True)
    await owner.patch(f"/v1/flow/{flow_id}", json={"definition": saying("two")})
    url = f"/v1/flow/{flow_id}/diff"
    # Without names: from what is deployed to the draft
    told = (await owner.get(url)).json()
    (step,) = told["steps"]
    assert step["fields"] == [
        {"path": "/config/output/said", "change": "changed", "before": "one", "after": "two"},
    ]
    assert (told["fields"], told["layoutChanged"]) == ([], False)
    assert (await owner.get(url, params={"from": "1", "to": "latest"})).json()["steps"] == []
    assert (await owner.get(url, params={"from": "7"})).status_code == 404
    assert (await owner.get(url, params={"from": "yesterday"})).status_code == 400


async def test_versions_are_paged(owner: httpx2.AsyncClient) -> None:
    # Given three versions
    flow_id = await make_flow(owner, saying("1"))
    for _ in range(3):
        await owner.post(f"/v1/flow/{flow_id}/publish")
    # When they are read two by two
    path = f"/v1/flow/{flow_id}/version"
    first = (await owner.get(path, params={"limit": 2})).json()
    second = (await owner.get(path, params={"limit": 2, "cursor": first["nextCursor"]})).json()
    # Then each comes once, newest first
    assert [[one["version"] for one in page["items"]] for page in (first, second)] == [[3, 2], [1]]
    assert second["nextCursor"] is None
    for cursor in ("-1", "forged", "9" * 10):
        refused = await owner.get(path, params={"cursor": cursor})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.row("B-03")
async def test_a_version_remembers_its_audience_and_offers_it_again(
    server: LiveServer, owner: httpx2.AsyncClient
) -> None:
    # Given a version that was published while the flow was shared with somebody
    ada, flow_id = await join(server, owner, "Ada"), await make_flow(owner, saying("one"))
    give(server, ada, "viewer", flow_id)
    await owner.post(f"/v1/flow/{flow_id}/publish", json={"notes": "for Ada"})
    # When the sharing ends and the draft goes on
    take_all(server, flow_id)
    await owner.patch(f"/v1/flow/{flow_id}", json={"definition": saying("two")})
    # Then the version still says who could reach it, when, by whom and why
    version = (await owner.get(f"/v1/flow/{flow_id}/version/1")).json()
    share = {"subjectKind": "user", "subjectId": ada.id, "name": "Ada", "role": "viewer"}
    assert (version["audience"]["visibility"], version["audience"]["grants"]) == ("shared", [share])
    assert version["notes"] == "for Ada"
    # And restoring it brings the draft back, offers the audience, and does not force it
    restored = (await owner.post(f"/v1/flow/{flow_id}/version/1/restore")).json()
    assert restored["definition"] == saying("one")
    assert restored["audience"]["differs"] is True
    assert restored["audience"]["recorded"]["grants"] == [share]
    assert restored["audience"]["current"]["visibility"] == "private"
    assert (await ada.client.get(f"/v1/flow/{flow_id}")).status_code == 404
    again = await owner.post(f"/v1/flow/{flow_id}/version/1/restore", json={"restoreAudience": True})
    assert again.json()["audience"]["differs"] is False
    assert (await ada.client.get(f"/v1/flow/{flow_id}")).status_code == 200
    # And she, who may only look, is not told who else may
    assert (await ada.client.get(f"/v1/flow/{flow_id}/version/1")).json()["audience"] is None
    assert (await ada.client.post(f"/v1/flow/{flow_id}/version/1/restore")).status_code == 403


async def test_only_those_who_may_share_bring_an_audience_back(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given an editor and a manager, and a version from when somebody was admin
    eve, max_, zoe = [await join(server, owner, name) for name in ("Eve", "Max", "Zoe")]
    flow_id = await make_flow(owner, saying("one"))
    give(server, zoe, "admin", flow_id)
    await owner.post(f"/v1/flow/{flow_id}/publish")
    take_all(server, flow_id)
    give(server, eve, "editor", flow_id)
    give(server, max_, "manager", flow_id)
    body = {"restoreAudience": True}
    # When they restore it with its audience
    for member, code in ((eve, "forbidden"), (max_, "role_too_high")):
        refused = await member.client.post(f"/v1/flow/{flow_id}/version/1/restore", json=body)
        # Then neither may: the one may not share, the other would make an admin
        assert (refused.status_code, refused.json()["code"]) == (403, code)
        assert (await member.client.post(f"/v1/flow/{flow_id}/version/1/restore")).status_code == 200
    assert (await zoe.client.get(f"/v1/flow/{flow_id}")).status_code == 404


async def test_an_editor_cannot_reach_through_a_flow_what_is_not_theirs(
    server: LiveServer, owner: httpx2.AsyncClient
) -> None:
    # Given a private flow of the owner, and somebody else who has learned its id
    secret = await make_flow(owner, GREETING, deploy=True)
    eve = await join(server, owner, "Eve")
    call = {"id": "call", "type": "run-flow", "config": {"flowId": secret, "inputs": {"name": "x"}}}
    flow_id = await make_flow(eve.client, saying("x", start="call", steps=[call]))
    # When she publishes a flow that runs it, or tries the draft
    published = await eve.client.post(f"/v1/flow/{flow_id}/publish")
    tried = await eve.client.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {}})
    # Then it is as if that flow did not exist, and nothing has run
    for refused in (published, tried):
        assert refused.status_code == 422
        assert [(fault["code"], fault["path"]) for fault in refused.json()["errors"]] == [
            ("missing_resource", "/steps/0/config/flowId")
        ]
    assert (await owner.get(f"/v1/flow/{secret}/logs")).json()["items"] == []
    # And once it is hers to run, both work
    give(server, eve, "runner", secret)
    assert (await eve.client.post(f"/v1/flow/{flow_id}/publish")).status_code == 200
    ran = await eve.client.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {}, "version": "draft"})
    assert ran.status_code == 200, ran.text
