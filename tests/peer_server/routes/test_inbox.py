"""Inboxes over HTTP and sockets: everybody sees what they may answer or are close to, and nothing else."""

import copy
from typing import Any

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import APPROVAL, make_flow, make_peer
from tests.fakes.live_server import LiveServer
from tests.fakes.people import Person, join
from tests.fakes.socket_talk import SocketClient

pytestmark = pytest.mark.anyio


async def ask(owner: httpx2.AsyncClient, *approvers: str) -> tuple[str, str]:
    """The flow and the interrupt of a run that waits for one of these."""
    definition: dict[str, Any] = copy.deepcopy(APPROVAL)
    definition["steps"][0]["config"]["approvers"] = list(approvers)
    flow_id = await make_flow(owner, definition)
    waiting = (await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"amount": 5}})).json()
    return flow_id, waiting["waitState"]["executionId"]


async def inbox(person: Person) -> dict[str, bool]:
    found = (await person.client.get("/v1/interrupt", params={"status": "open", "limit": 200})).json()["items"]
    return {one["interruptId"]: one["mayAnswer"] for one in found}


async def answer(person: Person, interrupt_id: str) -> int:
    body = {"decision": "approve"}
    return (await person.client.post(f"/v1/interrupt/{interrupt_id}/resume", json=body)).status_code


async def test_each_kind_of_approver_finds_it_and_answers(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given Ada, an admin, and a group that Ada is in
    ada, stranger = await join(server, owner, "Ada Unique", role="admin"), await join(server, owner, "Bob")
    group = (await owner.post("/v1/workspace/group", json={"name": "Payers", "members": [ada.id]})).json()
    ways = [
        f"user:{ada.id}",
        f"user:{ada.name}",
        f"user:{ada.email.upper()}",
        "group:Payers",
        f"group:{group['id']}",
        "role:admin",
    ]
    for way in ways:
        # When a run waits for one of these
        flow_id, interrupt_id = await ask(owner, way)
        # Then she finds and answers it, and a stranger neither sees nor answers it, though it is a colleague's
        assert (await inbox(ada)).get(interrupt_id) is True, way
        assert interrupt_id not in await inbox(stranger), way
        assert (await stranger.client.get(f"/v1/interrupt/{interrupt_id}")).status_code == 404
        assert await answer(stranger, interrupt_id) == 404
        assert await answer(ada, interrupt_id) == 200, way
        assert interrupt_id not in await inbox(ada)
        assert (await ada.client.get(f"/v1/flow/{flow_id}")).status_code == 404


async def test_without_approvers_whoever_may_run_the_flow_decides(
    server: LiveServer, owner: httpx2.AsyncClient
) -> None:
    ada, bob = await join(server, owner), await join(server, owner, "Bob")
    flow_id, interrupt_id = await ask(owner)
    assert interrupt_id not in await inbox(ada)
    grants = [{"subjectId": ada.id, "role": "runner"}, {"subjectId": bob.id, "role": "viewer"}]
    await owner.put(f"/v1/flow/{flow_id}/grant", json={"grants": grants})
    assert (await inbox(ada))[interrupt_id] is True
    assert interrupt_id not in await inbox(bob)
    await owner.delete(f"/v1/flow/{flow_id}/grant/user/{ada.id}")
    assert interrupt_id not in await inbox(ada)
    assert await answer(ada, interrupt_id) == 404


async def test_a_name_that_two_people_have_names_nobody(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    first, second = await join(server, owner, "Sam Twice"), await join(server, owner, "Sam Twice")
    _, interrupt_id = await ask(owner, "user:Sam Twice")
    for person in (first, second):
        assert interrupt_id not in await inbox(person)
        assert await answer(person, interrupt_id) == 404
    # And nobody takes a name that somebody has
    third = await join(server, owner, "Third")
    renamed = await third.client.patch("/v1/me", json={"name": "sam twice"})
    assert (renamed.status_code, renamed.json()["code"]) == (409, "name_taken")


async def test_who_chats_sees_what_another_must_approve(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given a Peer that Ada may talk to, whose flow asks Bob
    ada, bob = await join(server, owner), await join(server, owner, "Bob")
    definition: dict[str, Any] = copy.deepcopy(APPROVAL)
    definition["steps"][0]["config"]["approvers"] = [f"user:{bob.id}"]
    flow_id = await make_flow(owner, definition, deploy=True)
    peer_id = await make_peer(owner, {"flowId": flow_id, "toolName": "pay"})
    await owner.patch(f"/v1/peer/{peer_id}", json={"visibility": "shared"})
    async with server.socket() as hers, server.socket() as his:
        talking, waiting = SocketClient(hers), SocketClient(his)
        await waiting.hello(bob.token)
        assert (await waiting.until(lambda frame: frame["type"] == "inbox.updated"))["open"] == 0
        await talking.hello(ada.token)
        # When she asks the Peer for it
        opened = await talking.command("conversation.open", peerId=peer_id)
        fields: dict[str, Json] = {"clientMessageId": "m1", "content": '/pay {"amount": 5}'}
        await talking.command("message.send", conversationId=opened["conversationId"], **fields)
        asked = await talking.event("interrupt.opened")
        # Then Bob is told at once, both see it, and only he may answer
        assert (await waiting.until(lambda frame: frame["type"] == "inbox.updated"))["open"] == 1
        interrupt_id = asked["interruptId"]
        assert (await inbox(ada))[interrupt_id] is False
        assert (await inbox(bob))[interrupt_id] is True
        assert await answer(ada, interrupt_id) == 404
        decided = await waiting.command(
            "interrupt.resume", interruptId=interrupt_id, resolution={"decision": "approve"}
        )
        assert decided["type"] == "ack"
        assert (await waiting.until(lambda frame: frame["type"] == "inbox.updated"))["open"] == 0
        assert "inbox.updated" not in [frame["type"] for frame in talking.frames[2:]]
