"""A socket that is cut anywhere: the client ends up with what a fresh one fetches, and nothing came twice."""

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from peer_server.conversation import ConversationView, fold_all
from tests.fakes.openai_replies import Call, Reply
from tests.fakes.openai_server import FakeOpenAI, improvise
from tests.faults.approvals import flow, step
from tests.faults.cutting_proxy import CuttingProxy
from tests.faults.follower import Follower
from tests.faults.seeding import seed_flow, seed_peer
from tests.faults.server_process import ServerProcess
from tests.faults.views import is_idle

pytestmark = pytest.mark.anyio

LONG_TEXT = "Two things need a decision – 🧾 first: " + " ".join(f"word{n}" for n in range(60))
ASK = flow(
    "Ask",
    step("ask", "user-approval", {"approve": "done", "reject": "done"}, title="Number {{ number }}?"),
    step("done", "final", output={"decided": "{{ steps.ask.output.decision }}"}),
    inputs={"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]},
)


def respond(body: dict[str, Any]) -> Reply:
    """Two questions for "ask"; everything else is answered at length, slowly enough to be cut in the middle."""
    last = body["messages"][-1]
    if last["role"] == "user" and last["content"] == "ask":
        return Reply(text=LONG_TEXT, calls=(Call("ask", {"number": 1}), Call("ask", {"number": 2})), delay_ms=1)
    return Reply(text=f"{LONG_TEXT} {improvise(body).text}", delay_ms=1)


@pytest.fixture
async def provider() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI(responder=respond) as provider:
        yield provider
        assert provider.violations == []


@pytest.fixture
def server(tmp_path: Path, database_url: str, provider: FakeOpenAI) -> Iterator[ServerProcess]:
    settings = {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": provider.base_url}
    with ServerProcess(tmp_path / "server", database_url=database_url, settings=settings) as server:
        server.start()
        yield server


@pytest.fixture
def peer_id(server: ServerProcess) -> str:
    return seed_peer(server, {"ask": seed_flow(server, ASK)}, model="openai:test")


def has_asked(view: ConversationView) -> bool:
    return is_idle(view) and len(view.open_interrupts) == 2


def has_told_both(view: ConversationView) -> bool:
    outcomes = [turn for turn in view.turns.values() if turn["reason"] == "outcome"]
    return is_idle(view) and len(outcomes) == 2 and not view.open_interrupts


async def talk(follower: Follower) -> None:
    """One question with two interrupts, answered in the other order; everything over the socket that breaks."""
    said = {"conversationId": follower.conversation_id, "clientMessageId": "m1", "content": "ask"}
    assert (await follower.command("message.send", **said))["type"] == "ack"
    asked = (await follower.until(has_asked)).open_interrupts
    for interrupt_id, decision in ((asked[1], "reject"), (asked[0], "approve")):
        answer = await follower.command("interrupt.resume", interruptId=interrupt_id, resolution={"decision": decision})
        assert answer["type"] == "ack", answer
    await follower.until(has_told_both)


async def check(follower: Follower, client: httpx2.AsyncClient) -> None:
    """The view of the client is that of a fresh one, and the fold of the log."""
    path = f"/v1/conversation/{follower.conversation_id}"
    fetched = (await client.get(path)).json()
    log = (await client.get(f"{path}/events", params={"limit": 1000})).json()["items"]
    shown = follower.view.as_json()
    assert [frame["seq"] for frame in log] == list(range(1, len(log) + 1))
    assert shown == fold_all((frame["seq"], frame["at"], frame["event"]) for frame in log).as_json()
    assert shown == {**{name: fetched[name] for name in shown}, "title": shown["title"]}
    assert (follower.resets, follower.mismatches) == (0, [])
    assert sum(message["role"] == "user" for message in shown["messages"].values()) == 1


async def cut_often(server: ServerProcess, peer_id: str, *, cuts: int) -> None:
    """Talk again and again until the socket was cut that often."""
    chance = random.Random(cuts)
    done = 0
    async with server.async_client() as client, AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(CuttingProxy(server.port, lambda: chance.randrange(300, 12_000)))
        while proxy.cuts < cuts:
            # Given a conversation over a socket that is cut in the middle of anything
            conversation = (await client.post("/v1/conversation", json={"peerId": peer_id})).json()["id"]
            # When a streamed turn asks two questions, and both are answered
            async with Follower(proxy.url, conversation).following() as follower:
                await talk(follower)
            # Then nothing was lost, doubled or out of order
            await check(follower, client)
            done += 1
    assert done > 0


@pytest.mark.promise("D6")
@pytest.mark.promise("D1")
async def test_a_socket_that_is_cut_ten_times_loses_nothing(server: ServerProcess, peer_id: str) -> None:
    await cut_often(server, peer_id, cuts=10)


@pytest.mark.promise("D6")
@pytest.mark.promise("D1")
@pytest.mark.soak
async def test_a_socket_that_is_cut_a_hundred_times_loses_nothing(server: ServerProcess, peer_id: str) -> None:
    await cut_often(server, peer_id, cuts=200)


@pytest.mark.promise("D1")
@pytest.mark.row("B-26", "D-05")
async def test_a_client_goes_on_where_it_was_after_the_server_was_killed(server: ServerProcess, peer_id: str) -> None:
    # Given a client in the middle of a conversation
    conversation = server.request("POST", "/v1/conversation", {"peerId": peer_id})["id"]
    async with Follower(server.url, conversation).following() as follower:
        said = {"conversationId": conversation, "clientMessageId": "m1", "content": "ask"}
        sent = await follower.command("message.send", **said)
        await follower.until(has_asked)
        # When the server is killed and comes back
        server.kill()
        await server.start_soon()
        # Then the message that is sent once more is the same one, and the talk goes on under the same epoch
        again = await follower.command("message.send", **said)
        assert again["messageId"] == sent["messageId"]
        await talk(follower)
    async with server.async_client() as client:
        await check(follower, client)


async def acknowledged(server: ServerProcess, peer_id: str, *, rounds: int) -> None:
    """Kill the server straight after an ack, each time."""
    conversation = server.request("POST", "/v1/conversation", {"peerId": peer_id})["id"]
    async with Follower(server.url, conversation).following() as follower:
        for n in range(rounds):
            said = {"conversationId": conversation, "clientMessageId": f"m{n}", "content": f"message {n}"}
            # Given a message that was acknowledged
            sent = await follower.command("message.send", **said)
            # When the server is killed at once
            server.kill()
            await server.start_soon()
            # Then the message is there, and sending it again changes nothing
            messages = server.request("GET", f"/v1/conversation/{conversation}")["messages"]
            assert messages[sent["messageId"]]["text"] == f"message {n}"
            assert (await follower.command("message.send", **said))["messageId"] == sent["messageId"]
        # And all of them are answered
        await follower.until(lambda view: is_idle(view) and len(view.turns) == rounds)
    assert len([one for one in follower.view.messages.values() if one["role"] == "user"]) == rounds
    assert follower.resets == 0


@pytest.mark.promise("D3")
@pytest.mark.promise("D4")
async def test_an_acknowledged_message_survives_a_kill(server: ServerProcess, peer_id: str) -> None:
    await acknowledged(server, peer_id, rounds=2)


@pytest.mark.promise("D3")
@pytest.mark.promise("D4")
@pytest.mark.soak
async def test_every_acknowledged_message_survives_a_kill(server: ServerProcess, peer_id: str) -> None:
    await acknowledged(server, peer_id, rounds=50)
