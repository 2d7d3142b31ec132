"""Peers that are open by a public link: strangers talk to them, and reach nothing else."""

import copy
from typing import Any

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import APPROVAL, GREETING, make_flow, make_peer
from tests.fakes.live_server import LiveServer, stored_bytes
from tests.fakes.people import client_of
from tests.fakes.socket_talk import SocketClient

pytestmark = pytest.mark.anyio
FORM: dict[str, Any] = {
    "name": "Ask for a name",
    "triggers": [{"type": "peer.action"}],
    "inputs": {"type": "object", "properties": {}},
    "start": "form",
    "steps": [
        {
            "id": "form",
            "type": "show-form",
            "config": {"title": "Name", "schema": {"type": "object", "properties": {"name": {"type": "string"}}}},
            "output": "values",
            "next": {"submitted": "done"},
        },
        {"id": "done", "type": "final", "config": {"output": {"name": "{{ values.name }}"}}},
    ],
}


async def make_link(owner: httpx2.AsyncClient, peer_id: str, **fields: Json) -> dict[str, Any]:
    made = await owner.post(f"/v1/peer/{peer_id}/link", json=fields)
    assert made.status_code == 201, made.text
    link: dict[str, Any] = made.json()
    return link


async def visit(server: LiveServer, token: str) -> dict[str, Any]:
    async with server.anonymous() as stranger:
        came = await stranger.post("/v1/auth/visit", json={"token": token, "name": "Mia"})
    assert came.status_code == 201, came.text
    visitor: dict[str, Any] = came.json()
    return visitor


@pytest.mark.row("D-09")
async def test_a_stranger_talks_to_the_peer_and_reaches_nothing_else(
    server: LiveServer, owner: httpx2.AsyncClient
) -> None:
    # Given a Peer with a flow that is open by a link, and another Peer
    flow_id = await make_flow(owner, GREETING, deploy=True)
    peer_id, other_id = await make_peer(owner, {"flowId": flow_id, "toolName": "greet"}), await make_peer(owner)
    link = await make_link(owner, peer_id)
    # When Mia comes by it
    mia = await visit(server, link["token"])
    client = client_of(server, mia["session"])
    async with server.socket() as connection:
        talking = SocketClient(connection)
        welcome = await talking.hello(mia["session"])
        opened = await talking.command("conversation.open", peerId=peer_id)
        fields: dict[str, Json] = {"clientMessageId": "m1", "content": '/greet {"name": "Mia"}'}
        await talking.command("message.send", conversationId=opened["conversationId"], **fields)
        finished = await talking.event("turn.finished")
        elsewhere = await talking.command("conversation.open", peerId=other_id)
    # Then the Peer answers, by a flow that she has no right on
    assert (welcome["user"]["kind"], welcome["user"]["name"]) == ("visitor", "Mia")
    assert finished["status"] == "completed"
    assert elsewhere["code"] == "not_found"
    assert (mia["kind"], mia["peerId"]) == ("visitor", peer_id)
    # And she sees this Peer and her own conversation, and nothing of the workspace
    assert (await client.get(f"/v1/peer/{peer_id}/card")).status_code == 200
    [seen] = (await client.get("/v1/peer")).json()["items"]
    assert (await client.get(f"/v1/peer/{peer_id}")).json() == seen
    assert (seen["id"], "instructions" in seen) == (peer_id, False)
    conversations = (await client.get("/v1/conversation")).json()["items"]
    assert [one["id"] for one in conversations] == [opened["conversationId"]]
    for path in ("/v1/flow", "/v1/workspace/member", "/v1/workspace", f"/v1/peer/{peer_id}/version", "/v1/me/token"):
        assert (await client.get(path)).status_code == 403, path
    # And the next visitor has a conversation of their own
    zoe = client_of(server, (await visit(server, link["token"]))["session"])
    assert (await zoe.get("/v1/conversation")).json()["items"] == []
    assert (await zoe.get(f"/v1/conversation/{opened['conversationId']}")).status_code == 404


async def test_visitors_fill_in_forms_and_approve_only_where_they_are_named(
    server: LiveServer, owner: httpx2.AsyncClient
) -> None:
    own = copy.deepcopy(APPROVAL)
    own["steps"][0]["config"]["approvers"] = ["participants"]
    tools = [
        {"flowId": await make_flow(owner, definition, deploy=True), "toolName": name}
        for name, definition in (("form", FORM), ("usual", APPROVAL), ("own", own))
    ]
    peer_id = await make_peer(owner, *tools)
    mia = await visit(server, (await make_link(owner, peer_id))["token"])
    client = client_of(server, mia["session"])
    answers: dict[str, Json] = {
        "form": {"formData": {"name": "Mia"}},
        "usual": {"decision": "approve"},
        "own": {"decision": "approve"},
    }
    async with server.socket() as connection:
        talking = SocketClient(connection)
        await talking.hello(mia["session"])
        conversation = (await talking.command("conversation.open", peerId=peer_id))["conversationId"]
        outcomes = {}
        for name, resolution in answers.items():
            content = "/form {}" if name == "form" else f'/{name} {{"amount": 5}}'
            fields: dict[str, Json] = {"clientMessageId": name, "content": content}
            await talking.command("message.send", conversationId=conversation, **fields)
            asked = await talking.event("interrupt.opened")
            seen = await client.get(f"/v1/interrupt/{asked['interruptId']}")
            done = await talking.command("interrupt.resume", interruptId=asked["interruptId"], resolution=resolution)
            outcomes[name] = (seen.status_code, done["type"])
    assert outcomes == {"form": (200, "ack"), "usual": (200, "error"), "own": (200, "ack")}


async def test_unknown_withdrawn_and_expired_links_answer_alike(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    peer_id = await make_peer(owner)
    link = await make_link(owner, peer_id, name="Shop")
    mia = client_of(server, (await visit(server, link["token"]))["session"])
    listed = (await owner.get(f"/v1/peer/{peer_id}/link")).json()["items"]
    assert [one["name"] for one in listed] == ["Shop"]
    assert link["token"] not in str(listed)
    assert link["token"].encode() not in stored_bytes(server.settings.data_dir)
    # When the link is withdrawn
    assert (await owner.delete(f"/v1/peer/{peer_id}/link/{link['id']}")).status_code == 204
    assert (await owner.delete(f"/v1/peer/{peer_id}/link/{link['id']}")).status_code == 404
    # Then whoever came by it is out, and it answers like one that never was
    assert (await mia.get("/v1/me")).status_code == 401
    async with server.anonymous() as stranger:
        gone = await stranger.post("/v1/auth/visit", json={"token": link["token"]})
        never = await stranger.post("/v1/auth/visit", json={"token": "psq_never"})
    assert gone.status_code == never.status_code == 404
    assert gone.json() == never.json()


async def test_a_link_admits_so_many_a_minute(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    link = await make_link(owner, await make_peer(owner), rateLimit=1)
    async with server.anonymous() as stranger:
        came = [await stranger.post("/v1/auth/visit", json={"token": link["token"]}) for _ in range(2)]
    assert [one.status_code for one in came] == [201, 429]


async def test_who_may_not_share_makes_no_links(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    peer_id = await make_peer(owner)
    mia = client_of(server, (await visit(server, (await make_link(owner, peer_id))["token"]))["session"])
    assert (await mia.post(f"/v1/peer/{peer_id}/link", json={})).status_code == 403
    assert (await owner.post("/v1/peer/nope/link", json={})).status_code == 404
