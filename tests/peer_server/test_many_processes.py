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
