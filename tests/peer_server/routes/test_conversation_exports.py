"""A conversation as a file: everything that happened in it, nothing secret, for who takes part and nobody else."""

import asyncio

import httpx2
import pytest

from tests.fakes.flows import APPROVAL, make_flow, make_peer
from tests.fakes.live_server import LiveServer
from tests.fakes.members import Member

pytestmark = pytest.mark.anyio


async def test_a_conversation_is_taken_out_whole(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given a conversation in which a flow asked, and was answered
    flow_id = await make_flow(owner, APPROVAL, deploy=True)
    tool = {"flowId": flow_id, "version": "deployed", "as": "tool", "toolName": "ask"}
    peer_id = await make_peer(owner, tool, name="Desk # one")
    talk = (await owner.post("/v1/conversation", json={"peerId": peer_id})).json()["id"]
    url = f"/v1/conversation/{talk}"
    await owner.post(f"{url}/message", json={"content": '/ask {"amount": 5}'})
    interrupt = await opened(owner, talk)
    answer = {"decision": "approve", "comment": "``` fine"}
    await owner.post(f"/v1/flowrun/resume/{interrupt['runId']}", json=answer)
    # When it is exported both ways
    document = await owner.get(f"{url}/export")
    events = await owner.get(f"{url}/export", params={"format": "json"})
    # Then the document tells what was called, asked and answered
    assert document.headers["content-type"].startswith("text/markdown")
    for words in ("With Desk # one.", "/ask", "Ran **", "Asked: **", "answered by", '"decision": "approve"'):
        assert words in document.text
    # And the list holds every event, without a gap
    items = events.json()["items"]
    assert [item["seq"] for item in items] == list(range(1, len(items) + 1))
    assert "interrupt.settled" in {item["event"]["type"] for item in items}
    for file in (document, events):
        assert file.headers["content-disposition"].startswith("attachment;")
    # And both were recorded; nobody else gets anything
    found = (await owner.get("/v1/workspace/audit", params={"filter": f"objectId:is:{talk}"})).json()["items"]
    assert [one["event"] for one in found] == ["conversation.exported"] * 2
    stranger = Member(server, "Stranger", role="admin")
    async with stranger.client() as client:
        assert (await client.get(f"{url}/export")).status_code == 404
    assert (await owner.get(f"{url}/export", params={"format": "pdf"})).status_code == 400


async def opened(client: httpx2.AsyncClient, talk: str) -> dict[str, str]:
    """What the conversation asks, once it does."""
    async with asyncio.timeout(20):
        while True:
            view = (await client.get(f"/v1/conversation/{talk}")).json()
            if view["openInterrupts"] and isinstance(view["openInterrupts"], list):
                found: dict[str, str] = view["interrupts"][view["openInterrupts"][0]]
                return found
            await asyncio.sleep(0.05)
