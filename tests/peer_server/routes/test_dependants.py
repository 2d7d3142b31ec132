"""Whoever publishes or deploys what others would notice is told who they are, and asked."""

from typing import Any

import httpx2
import pytest

from tests.fakes.flows import key_headers, make_flow, make_peer
from tests.fakes.grants import give
from tests.fakes.live_server import LiveServer
from tests.fakes.people import join

pytestmark = pytest.mark.anyio


def flow(*inputs: str, output: str = "sum", name: str = "Adding") -> dict[str, Any]:
    properties = {one: {"type": "number"} for one in inputs}
    return {
        "name": name,
        "triggers": [{"type": "api"}, {"type": "peer.action"}, {"type": "schedule"}],
        "inputs": {"type": "object", "properties": properties, "required": list(inputs)},
        "start": "done",
        "steps": [{"id": "done", "type": "final", "config": {"output": {output: 1}}}],
    }


async def change(client: httpx2.AsyncClient, flow_id: str, definition: dict[str, Any]) -> None:
    assert (await client.patch(f"/v1/flow/{flow_id}", json={"definition": definition})).status_code == 200


def users(refused: httpx2.Response) -> set[tuple[str, str]]:
    assert (refused.status_code, refused.json()["code"]) == (409, "confirmation_needed"), refused.text
    return {(one["kind"], one["name"]) for one in refused.json()["details"]["dependants"]}


@pytest.mark.row("A-34")
async def test_everybody_who_would_notice_is_listed(owner: httpx2.AsyncClient) -> None:
    # Given a deployed flow that a Peer, another flow, a schedule and a program use
    flow_id = await make_flow(owner, flow("a", "b"), deploy=True)
    await make_peer(owner, {"flowId": flow_id}, name="Helper")
    call = {"id": "call", "type": "run-flow", "config": {"flowId": flow_id, "inputs": {"a": 1, "b": 2}}}
    await make_flow(owner, {**flow(name="Parent"), "start": "call", "steps": [call]}, deploy=True)
    schedule = {"cron": "0 8 * * *", "data": {"inputs": {"a": 1, "b": 2}}, "name": "Daily"}
    assert (await owner.post(f"/v1/flow/{flow_id}/schedule", json=schedule)).status_code in (200, 201)
    headers = await key_headers(owner, flow_id)
    await owner.post(f"/v1/client/flow/{flow_id}/execute", json={"a": 1, "b": 2}, headers=headers)
    # And a Peer that has pinned the version
    await make_peer(owner, {"flowId": flow_id, "version": 1}, name="Pinned")
    # When an input is renamed and the output drops a key
    await change(owner, flow_id, flow("a", "c", output="total"))
    hints = (await owner.post(f"/v1/flow/{flow_id}/check")).json()["hints"]
    refused = await owner.post(f"/v1/flow/{flow_id}/publish")
    # Then publishing lists what changes and who would notice
    assert users(refused) == {("peer", "Helper"), ("flow", "Parent"), ("schedule", "Daily"), ("key", "Test")}
    kinds = [one["kind"] for one in refused.json()["details"]["changes"]]
    assert kinds == ["input_removed", "input_required", "output_dropped"]
    assert len([hint for hint in hints if hint["code"] == "breaks_dependants"]) == 3
    # And nothing happens before it is confirmed; deploying asks again, because only that reaches them
    assert (await owner.get(f"/v1/flow/{flow_id}")).json()["latestVersion"] == 1
    assert (await owner.post(f"/v1/flow/{flow_id}/publish", json={"confirm": True})).json() == {"version": 2}
    assert users(await owner.post(f"/v1/flow/{flow_id}/deploy", json={"version": 2})) == users(refused)
    deployed = await owner.post(f"/v1/flow/{flow_id}/deploy", json={"version": 2, "confirm": True})
    assert deployed.json() == {"version": 2}


async def test_what_nobody_would_notice_needs_no_confirmation(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, flow("a"), deploy=True)
    # Nobody uses it
    await change(owner, flow_id, flow("b"))
    assert (await owner.post(f"/v1/flow/{flow_id}/deploy")).json() == {"version": 2}
    # A Peer uses it, and only the canvas and an added output change
    await make_peer(owner, {"flowId": flow_id})
    added = flow("b")
    added["steps"][0]["config"]["output"]["more"] = 1
    await change(owner, flow_id, {**added, "layout": {"done": {"x": 1}}})
    assert (await owner.post(f"/v1/flow/{flow_id}/deploy")).json() == {"version": 3}


async def test_deploying_in_one_go_asks_once_and_publishes_nothing_before(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, flow("a"), deploy=True)
    await make_peer(owner, {"flowId": flow_id, "version": "latest"}, name="Newest")
    await change(owner, flow_id, flow())
    assert users(await owner.post(f"/v1/flow/{flow_id}/deploy")) == {("peer", "Newest")}
    assert (await owner.get(f"/v1/flow/{flow_id}")).json()["latestVersion"] == 1
    assert (await owner.post(f"/v1/flow/{flow_id}/deploy", json={"confirm": True})).json() == {"version": 2}


async def test_those_who_may_not_see_a_dependant_learn_only_that_there_is_one(
    server: LiveServer, owner: httpx2.AsyncClient
) -> None:
    flow_id = await make_flow(owner, flow("a"), deploy=True)
    peer_id = await make_peer(owner, {"flowId": flow_id}, name="Private")
    ed = await join(server, owner, "Ed")
    give(server, ed, "editor", flow_id)
    await change(ed.client, flow_id, flow())
    refused = await ed.client.post(f"/v1/flow/{flow_id}/publish")
    assert users(refused) == set()
    assert refused.json()["details"]["hidden"] == 1
    assert peer_id not in refused.text + (await ed.client.post(f"/v1/flow/{flow_id}/check")).text
