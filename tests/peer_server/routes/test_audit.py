"""The audit log through the door: who did what from where, found by filters, taken out as CSV, and never changed."""

import csv
import io
from typing import Any

import httpx2
import pytest

from flow_runtime.errors import Json
from peer_server.audit_events import AUDIT_EVENTS
from peer_server.routes.order import ROUTERS
from tests.fakes.flows import APPROVAL, GREETING, make_flow, make_peer
from tests.fakes.live_server import LiveServer

pytestmark = pytest.mark.anyio


async def records(client: httpx2.AsyncClient, path: str = "/v1/workspace/audit", **query: Json) -> list[dict[str, Any]]:
    answer = await client.get(path, params={"limit": 200, **query})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def events_of(client: httpx2.AsyncClient, object_id: str) -> list[str]:
    """The events about one thing, oldest first."""
    found = await records(client, filter=f"objectId:is:{object_id}")
    return [record["event"] for record in reversed(found)]


@pytest.mark.row("C-70", "C-71")
async def test_what_is_done_with_a_flow_is_recorded(owner: httpx2.AsyncClient) -> None:
    # Given a flow with which everything is done
    flow_id = await make_flow(owner, GREETING)
    path = f"/v1/flow/{flow_id}"
    changed = {
        **GREETING,
        "name": "Hello",
        "description": "Says hello",
        "settings": {"mode": "async", "syncTimeoutS": 60},
    }
    await owner.patch(path, json={"definition": changed})
    await owner.post(f"{path}/publish")
    await owner.post(f"{path}/deploy", json={"version": 1})
    await owner.put(f"{path}/variable/TOKEN", json={"value": "canary-1", "secure": True})
    await owner.put(f"{path}/variable/TOKEN", json={"value": "canary-2", "secure": True})
    await owner.delete(f"{path}/variable/TOKEN")
    await owner.post(f"{path}/undeploy")
    await owner.post(f"{path}/undeploy")
    # When its log is read
    found = await records(owner, f"{path}/audit")
    # Then each change is there once, newest first
    assert [record["event"] for record in found] == [
        "flow.undeployed",
        "flow.variable_deleted",
        "flow.variable_edited",
        "flow.variable_added",
        "flow.deployed",
        "flow.published",
        "flow.async_enabled",
        "flow.sync_timeout_changed",
        "flow.described",
        "flow.renamed",
        "flow.created",
    ]
    # And each with who, from where, when, its category and a description; without the secret
    me = (await owner.get("/v1/me")).json()
    for record in found:
        assert record["category"] == AUDIT_EVENTS[record["event"]].category == "flow-tool"
        assert (record["userId"], record["userName"], record["ip"]) == (me["id"], "Owner", "127.0.0.1")
        assert record["description"]
        assert record["at"]
    assert "canary" not in str(found)


@pytest.mark.promise("A7")
@pytest.mark.row("C-70")
async def test_what_is_done_with_a_peer_and_an_approval_is_recorded(owner: httpx2.AsyncClient) -> None:
    # Given a Peer that is changed and removed, and a copied flow that is removed
    peer_id = await make_peer(owner)
    await owner.patch(f"/v1/peer/{peer_id}", json={"instructions": "Be kind."})
    await owner.patch(f"/v1/peer/{peer_id}", json={"instructions": "Be kind."})
    await owner.post(f"/v1/peer/{peer_id}/publish")
    await owner.delete(f"/v1/peer/{peer_id}")
    flow_id = await make_flow(owner, APPROVAL, deploy=True)
    copy_id = (await owner.post(f"/v1/flow/{flow_id}/clone")).json()["id"]
    await owner.delete(f"/v1/flow/{copy_id}")
    # And a run whose question is answered
    run = (await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"amount": 3}})).json()
    interrupt_id = run["waitState"]["executionId"]
    await owner.post(f"/v1/flowrun/resume/{run['appRunId']}", json={"decision": "approve"})
    # Then all of it is there; saving what was there already is no event
    assert await events_of(owner, peer_id) == ["peer.created", "peer.edited", "peer.published", "peer.deleted"]
    assert await events_of(owner, copy_id) == ["flow.cloned", "flow.deleted"]
    assert await events_of(owner, interrupt_id) == ["interrupt.decided"]
    # And the answer is in the log of the flow that asked
    newest = (await records(owner, f"/v1/flow/{flow_id}/audit"))[0]
    assert (newest["event"], newest["channel"], newest["category"]) == ("interrupt.decided", "rest", "decisions")


async def test_filters_hold_or_do_not_hold_all_or_any(owner: httpx2.AsyncClient) -> None:
    # Given the records of one flow
    flow_id = await make_flow(owner, GREETING, deploy=True)
    path = f"/v1/flow/{flow_id}/audit"

    async def found(*filters: str, match: str = "all") -> list[str]:
        items = await records(owner, path, filter=list(filters), match=match)
        return sorted(record["event"] for record in items)

    # Then each way of filtering finds what it says
    created, deployed, published = "flow.created", "flow.deployed", "flow.published"
    assert await found() == [created, deployed, published]
    assert await found("event:is:flow.created") == [created]
    assert await found("event:isNot:flow.created") == [deployed, published]
    assert await found("event:isNot:flow.created", "event:isNot:flow.deployed") == [published]
    assert await found("event:is:flow.created", "event:is:flow.deployed") == []
    assert await found("event:is:flow.created", "event:is:flow.deployed", match="any") == [created, deployed]
    assert await found("userName:is:Owner", "channel:is:rest", "ip:is:127.0.0.1") == [created, deployed, published]
    assert await found("userName:isNot:Owner") == []
    assert await found("category:isNot:people", f"flowId:is:{flow_id}") == [created, deployed, published]
    # And what is no filter is refused with what would be one
    for wrong in ("event", "event:is", "event:like:flow", "mac:is:x"):
        answer = await owner.get(path, params={"filter": wrong})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_filter"), wrong
        assert "field:is:value" in answer.json()["remedy"]
        assert answer.json()["path"] == "query:filter"
    # And so is a range that ends before it begins, here and in the monitor
    for place in (path, f"/v1/flow/{flow_id}/monitor/metrics"):
        answer = await owner.get(place, params={"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"})
        problem = answer.json()
        assert (problem["status"], problem["code"], problem["path"]) == (400, "invalid_range", "query:from")


async def test_ranges_and_pages(owner: httpx2.AsyncClient) -> None:
    # Given some records, and the moment of the second
    flow_id = await make_flow(owner, GREETING, deploy=True)
    path = f"/v1/flow/{flow_id}/audit"
    newest, middle, oldest = await records(owner, path)
    # When ranges are asked for: the beginning belongs to them, the end does not
    since, until = middle["at"], newest["at"]
    assert [record["seq"] for record in await records(owner, path, **{"from": since})] == [newest["seq"], middle["seq"]]
    assert [record["seq"] for record in await records(owner, path, to=until)] == [middle["seq"], oldest["seq"]]
    assert [record["seq"] for record in await records(owner, path, **{"from": since, "to": until})] == [middle["seq"]]
    assert await records(owner, path, **{"from": "2020-01-01T00:00:00Z", "to": "2020-02-01T00:00:00Z"}) == []
    # And pages of one
    first = (await owner.get(path, params={"limit": 1})).json()
    second = (await owner.get(path, params={"limit": 1, "cursor": first["nextCursor"]})).json()
    last = (await owner.get(path, params={"limit": 1, "cursor": second["nextCursor"]})).json()
    assert [page["items"][0]["seq"] for page in (first, second, last)] == [newest["seq"], middle["seq"], oldest["seq"]]
    assert last["nextCursor"] is None
    # And what makes no sense is refused
    for query in ({"from": until, "to": since}, {"cursor": "x"}, {"cursor": "9" * 30}, {"match": "none"}):
        assert (await owner.get(path, params=query)).status_code == 400, query


async def test_a_csv_file_has_what_the_list_has(owner: httpx2.AsyncClient) -> None:
    # Given a flow whose name a spreadsheet would execute
    flow_id = await make_flow(owner, GREETING)
    await owner.patch(f"/v1/flow/{flow_id}", json={"definition": {**GREETING, "name": '=HYPERLINK("http://a")'}})
    listed = await records(owner, f"/v1/flow/{flow_id}/audit")
    # When its log is taken out
    answer = await owner.get(f"/v1/flow/{flow_id}/audit/export")
    # Then it is a CSV file with the same records
    assert answer.headers["content-type"].startswith("text/csv")
    assert "audit.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [int(row["number"]) for row in rows] == [record["seq"] for record in listed]
    assert [row["description"] for row in rows] == [record["description"] for record in listed]
    assert {(row["user name"], row["ip"]) for row in rows} == {("Owner", "127.0.0.1")}
    # And that somebody took it out is recorded
    assert (await records(owner, f"/v1/flow/{flow_id}/audit"))[0]["event"] == "audit.exported"
    # And filters hold for files too
    filters = [f"flowId:is:{flow_id}", "event:is:flow.created"]
    chosen = await owner.get("/v1/workspace/audit/export", params={"filter": filters})
    assert len(list(csv.DictReader(io.StringIO(chosen.text)))) == 1


@pytest.mark.promise("S9")
@pytest.mark.row("C-72")
async def test_no_door_changes_a_record(owner: httpx2.AsyncClient) -> None:
    # Given every route of the log
    paths = {route.path for router in ROUTERS for route in router.routes if "/audit" in route.path}  # type: ignore[attr-defined]  # all are API routes
    methods = {
        method
        for router in ROUTERS
        for route in router.routes
        if "/audit" in route.path  # type: ignore[attr-defined]  # as above
        for method in route.methods  # type: ignore[attr-defined]  # as above
    }
    # Then all of them only read
    assert len(paths) >= 6
    assert methods == {"GET"}
    # And the owner may neither remove nor replace a record
    flow_id = await make_flow(owner, GREETING)
    (record,) = await records(owner, f"/v1/flow/{flow_id}/audit")
    for method in ("DELETE", "PUT", "PATCH", "POST"):
        for path in (f"/v1/flow/{flow_id}/audit", "/v1/workspace/audit", f"/v1/workspace/audit/{record['id']}"):
            answer = await owner.request(method, path, json={})
            assert answer.status_code in {404, 405}, (method, path)
    # And the log is as it was written
    verified = (await owner.get("/v1/workspace/audit/verify")).json()
    assert verified["ok"]
    assert verified["records"] >= record["seq"]


async def test_the_list_of_events_can_be_asked_for(owner: httpx2.AsyncClient) -> None:
    answer = (await owner.get("/v1/workspace/audit/event")).json()
    assert {item["event"] for item in answer["items"]} == set(AUDIT_EVENTS)
    assert {item["category"] for item in answer["items"]} == set(answer["categories"])


async def test_a_flow_that_one_cannot_see_has_no_log(owner: httpx2.AsyncClient) -> None:
    assert (await owner.get("/v1/flow/nothing/audit")).status_code == 404
    assert (await owner.get("/v1/flow/nothing/audit/export")).status_code == 404


async def test_a_server_keeps_anchors_beside_its_database(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given records, whose newest is anchored
    await make_flow(owner, GREETING)
    server.services.trail.close()
    newest = (await records(owner))[0]
    # Then verifying compares with it
    anchors = server.services.audit._anchors.read()
    (noted,) = anchors.values()
    assert newest["seq"] in noted
