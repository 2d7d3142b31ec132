"""Somebody in a conversation with a Peer on a fake provider, which can ask for approvals and calculate."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.fakes.openai_replies import Call, Reply
from tests.fakes.openai_server import FakeOpenAI
from tests.faults.approvals import flow, step
from tests.faults.follower import Follower
from tests.faults.seeding import seed_flow, seed_peer
from tests.faults.server_process import ServerProcess
from tests.faults.views import is_idle

NUMBERED = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}
ASK = flow(
    "Ask",
    step("ask", "user-approval", {"approve": "done", "reject": "done"}, title="Number {{ number }}?"),
    step("done", "final", output={"number": "{{ number }}", "decided": "{{ steps.ask.output.decision }}"}),
    inputs=NUMBERED,
)
SQUARE = flow("Square", step("done", "final", output="{{ number * number }}"), inputs=NUMBERED)


SLOW = "word " * 200


def respond(body: dict[str, Any]) -> Reply | None:
    """What a message says is what the model does: "ask [1, 2]", "slow", "ask [1] slowly"; else as was queued.

    Told by the message and not by a queue, so that no turn of another conversation can take it away.
    """
    said = [message["content"] for message in body["messages"] if message["role"] == "user"][-1]
    is_answer = body["messages"][-1]["role"] == "tool"
    if said == "slow" or (is_answer and str(said).endswith("slowly")):
        return Reply(text=SLOW, delay_ms=10)
    asked = re.match(r"ask (\[.*\])", str(said))
    if asked and not is_answer:
        return Reply(calls=tuple(Call("ask", {"number": number}) for number in json.loads(asked[1])))
    return None


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI(responder=respond) as provider:
        yield provider
        # A strict provider has accepted every single request.
        assert provider.violations == []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: FakeOpenAI) -> Iterator[ServerProcess]:
    settings = {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": provider.base_url}
    with ServerProcess(tmp_path_factory.mktemp("server"), settings=settings) as server:
        server.start()
        yield server


@pytest.fixture(scope="module")
def peer_id(server: ServerProcess) -> str:
    """A Peer on that provider which can ask for approvals and calculate."""
    flows = {"ask": seed_flow(server, ASK), "square": seed_flow(server, SQUARE)}
    return seed_peer(server, flows, model="openai:test")


@pytest.fixture
async def follower(server: ServerProcess, peer_id: str) -> AsyncIterator[Follower]:
    """Somebody in a new conversation with that Peer."""
    conversation = server.request("POST", "/v1/conversation", {"peerId": peer_id})["id"]
    async with Follower(server.url, conversation).following() as follower:
        yield follower


async def say(follower: Follower, text: str) -> str:
    """Say something, and hear the last answer once the Peer is idle again."""
    turns = len(follower.view.turns)
    fields = {"conversationId": follower.conversation_id, "clientMessageId": f"m{turns}", "content": text}
    assert (await follower.command("message.send", **fields))["type"] == "ack"
    view = await follower.until(lambda view: is_idle(view) and len(view.turns) > turns)
    return str(view.branch()[-1]["text"])
