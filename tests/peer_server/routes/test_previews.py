"""Trying out what is attached: previews talk to drafts, and the model is offered exactly what a flow can take."""

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import GREETING, make_flow, make_peer
from tests.fakes.live_server import TOKEN, LiveServer
from tests.fakes.openai_replies import Call, Reply
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.socket_talk import SocketClient
from tests.services.child import free_port

pytestmark = pytest.mark.anyio
INPUTS = {
    "type": "object",
    "properties": {
        "orderId": {"type": "string", "description": "As it stands on the receipt."},
        "amount": {"type": "number", "description": "In euros."},
    },
    "required": ["orderId"],
}
REFUND = {**GREETING, "name": "Refund", "inputs": INPUTS, "triggers": [{"type": "peer.action"}]}
DONE = {"id": "done", "type": "final", "config": {"output": {"refunded": "{{ orderId }}"}}}


@pytest.fixture(scope="module")
def port() -> int:
    """Where the model provider listens, for one test after the other."""
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[LiveServer]:
    settings = {"openai_api_key": "k", "openai_base_url": f"http://127.0.0.1:{port}/v1"}
    with LiveServer(tmp_path_factory.mktemp("previews"), **settings) as running:
        yield running


@pytest.fixture
async def provider(port: int) -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI(port=port) as running:
        yield running


async def said(server: LiveServer, conversation_id: str, content: str) -> str:
    """The last text of the turn that answers this message."""
    async with server.socket() as connection:
        client = SocketClient(connection)
        await client.hello(TOKEN)
        opened = await client.command("conversation.open", conversationId=conversation_id)
        assert opened["type"] == "ack"
        sent = await client.command(
            "message.send", conversationId=conversation_id, clientMessageId=f"m-{content}", content=content
        )
        ended = await client.until(
            lambda frame: (
                frame.get("event", {}).get("type") == "turn.finished" and frame["event"]["turnId"] == sent["turnId"]
            )
        )
        assert ended["event"]["status"] == "completed"
        texts = [frame["event"] for frame in client.frames if frame.get("event", {}).get("type") == "message.completed"]
        return str(texts[-1]["text"])


@pytest.mark.row("A-21")
async def test_the_model_is_offered_what_the_flow_takes(
    server: LiveServer, owner: httpx2.AsyncClient, provider: FakeOpenAI
) -> None:
    # Given a Peer with a flow that takes an order and perhaps an amount
    flow_id = await make_flow(owner, {**REFUND, "steps": [DONE]}, deploy=True)
    peer_id = await make_peer(owner, {"flowId": flow_id, "toolName": "refund"}, model="openai:fake")
    provider.reply(
        Reply(calls=(Call("refund", {"amount": 5}),)),
        Reply(text="Which order is it?"),
        Reply(calls=(Call("refund", {"orderId": "A-1"}),)),
        Reply(text="Refunded A-1."),
    )
    conversation = (await owner.post("/v1/conversation", json={"peerId": peer_id})).json()["id"]
    # When somebody asks without saying which order, and then says it
    asked = await said(server, conversation, "Refund 5 euros")
    done = await said(server, conversation, "A-1")
    # Then the model was offered the very inputs of the flow
    (tool,) = provider.requests[0]["tools"]
    assert tool["function"]["name"] == "refund"
    assert tool["function"]["parameters"]["properties"] == INPUTS["properties"]
    assert tool["function"]["parameters"]["required"] == INPUTS["required"]
    # And what is missing starts nothing: the model is told which field, and asks
    refused: Json = provider.requests[1]["messages"][-1]
    assert "orderId" in refused["content"]
    assert (asked, done) == ("Which order is it?", "Refunded A-1.")
    assert len((await owner.get(f"/v1/flow/{flow_id}/logs")).json()["items"]) == 1


@pytest.mark.row("A-22", "D-07", "D-10")
async def test_a_preview_talks_to_the_drafts(
    server: LiveServer, owner: httpx2.AsyncClient, provider: FakeOpenAI
) -> None:
    # Given a published Peer and flow, both of which have changed since
    flow_id = await make_flow(owner, {**REFUND, "steps": [DONE]}, deploy=True)
    peer_id = await make_peer(owner, {"flowId": flow_id, "toolName": "refund"}, model="openai:fake")
    changed = {**DONE, "config": {"output": {"draft": "{{ orderId }}"}}}
    await owner.patch(f"/v1/flow/{flow_id}", json={"definition": {**REFUND, "steps": [changed]}})
    await owner.patch(f"/v1/peer/{peer_id}", json={"instructions": "You are a draft."})
    outputs = []
    for preview in (True, False):
        # When each is talked to through the same chat
        provider.requests.clear()
        provider.reply(Reply(calls=(Call("refund", {"orderId": "A-1"}),)), Reply(text="Done."))
        made = await owner.post("/v1/conversation", json={"peerId": peer_id, "preview": preview})
        await said(server, made.json()["id"], "Refund A-1")
        instructions, result = provider.requests[1]["messages"][0], provider.requests[1]["messages"][-1]
        outputs.append(("draft" in instructions["content"], "draft" in result["content"]))
    # Then only the preview ran the drafts
    assert outputs == [(True, True), (False, False)]
