"""Several processes on one PostgreSQL: what one of them writes is seen by the sockets of another, without Redis."""

from pathlib import Path

import pytest

from tests.fakes.flows import GREETING, make_flow, make_peer
from tests.fakes.live_server import TOKEN, LiveServer
from tests.fakes.socket_talk import SocketClient


@pytest.mark.anyio
async def test_a_socket_sees_what_another_process_writes(postgres_url: str, tmp_path: Path) -> None:
    # Given two servers on one database, and a socket at the first of them
    key = {"secret_key": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}
    with (
        LiveServer(tmp_path / "one", database_url=postgres_url, **key) as one,
        LiveServer(tmp_path / "two", database_url=postgres_url, **key) as two,
    ):
        async with two.client() as http, one.socket() as connection:
            flow_id = await make_flow(http, GREETING, deploy=True)
            peer_id = await make_peer(http, {"flowId": flow_id, "toolName": "greet"})
            client = SocketClient(connection)
            await client.hello(TOKEN)
            conversation = (await client.command("conversation.open", peerId=peer_id))["conversationId"]
            # When a message is sent at the second one
            url = f"/v1/conversation/{conversation}/message"
            sent = await http.post(url, json={"content": '/greet {"name":"Ada"}'})
            assert sent.status_code == 201
            # Then the socket sees the whole turn, wherever it was executed, without a gap
            await client.event("turn.finished")
    assert client.seqs() == list(range(1, client.seqs()[-1] + 1))


@pytest.mark.anyio
async def test_a_worker_executes_flows_and_leaves_turns_to_the_web_node(postgres_url: str, tmp_path: Path) -> None:
    key = {"secret_key": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "database_url": postgres_url}
    # Given a worker alone on the database, a message that waits for its turn, and a flow that was run since
    with LiveServer(tmp_path / "worker", role="worker", **key) as worker:
        async with worker.client() as http:
            flow_id = await make_flow(http, GREETING, deploy=True)
            peer_id = await make_peer(http, {"flowId": flow_id, "toolName": "greet"})
            conversation = (await http.post("/v1/conversation", json={"peerId": peer_id})).json()["id"]
            await http.post(f"/v1/conversation/{conversation}/message", json={"content": '/greet {"name":"Ada"}'})
            run = await http.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"name": "Bo"}})
            view = (await http.get(f"/v1/conversation/{conversation}")).json()
        assert run.json() == {"greeting": "Hello Bo"}
        assert [message["role"] for message in view["messages"].values()] == ["user"]
        # When a web node joins
        with LiveServer(tmp_path / "web", **key) as web:
            async with web.socket() as connection:
                client = SocketClient(connection)
                await client.hello(TOKEN)
                await client.command("conversation.open", conversationId=conversation)
                # Then it answers
                await client.event("turn.finished")
