"""Somebody in a conversation with a Peer on a fake provider, which can ask for approvals and calculate."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

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


@pytest.fixture
async def provider() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as provider:
        yield provider
        # A strict provider has accepted every single request.
        assert provider.violations == []


@pytest.fixture
def server(tmp_path: Path, provider: FakeOpenAI) -> Iterator[ServerProcess]:
    settings = {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": provider.base_url}
    with ServerProcess(tmp_path / "server", settings=settings) as server:
        server.start()
        yield server


@pytest.fixture
async def follower(server: ServerProcess) -> AsyncIterator[Follower]:
    """Somebody in a conversation with a Peer on that provider, which can ask for approvals and calculate."""
    flows = {"ask": seed_flow(server, ASK), "square": seed_flow(server, SQUARE)}
    peer_id = seed_peer(server, flows, model="openai:test")
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
