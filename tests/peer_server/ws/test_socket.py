"""`/v1/ws` through real sockets: signing in, following, resuming, and everything that must not end the process."""

import asyncio

import orjson
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from flow_runtime.errors import StoreUnavailable
from peer_server.bus import Frame
from peer_server.conversation_log import channel
from peer_server.services.chat.drafts import DraftService
from peer_server.ws.writer import CLOSE_RESUME_LATER
from tests.fakes.flows import APPROVAL, GREETING, make_flow, make_peer
from tests.fakes.live_server import TOKEN, LiveServer
from tests.fakes.socket_talk import SocketClient

pytestmark = pytest.mark.anyio


@pytest.fixture
async def peer_id(server: LiveServer) -> str:
    """A Peer with one tool."""
    async with server.client() as client:
        flow_id = await make_flow(client, GREETING, deploy=True)
        return await make_peer(client, {"flowId": flow_id, "toolName": "greet"})


@pytest.mark.row("D-01")
async def test_a_turn_is_followed_to_its_end(server: LiveServer, peer_id: str) -> None:
    async with server.socket() as connection:
        # Given a signed-in socket with an open conversation
        client = SocketClient(connection)
        hello = await client.hello(TOKEN)
        opened = await client.command("conversation.open", peerId=peer_id)
        # When a message is sent
        sent = await client.command(
            "message.send",
            conversationId=opened["conversationId"],
            clientMessageId="m1",
            content='/greet {"name":"Ada"}',
        )
        again = await client.command(
            "message.send",
            conversationId=opened["conversationId"],
            clientMessageId="m1",
            content='/greet {"name":"Ada"}',
        )
        finished = await client.event("turn.finished")
    # Then its events came without gaps, and the same client id was the same message
    assert (hello["user"]["name"], opened["lastSeq"]) == ("Owner", 0)
    assert sent["messageId"] == again["messageId"]
    assert finished["status"] == "completed"
    assert client.seqs() == list(range(1, client.seqs()[-1] + 1))
    tool = next(f["event"] for f in client.frames if f["type"] == "event" and f["event"]["type"] == "tool.finished")
    assert tool["result"] == {"greeting": "Hello Ada"}


async def test_an_inbox_is_told_how_much_waits(server: LiveServer) -> None:
    # Given a Peer whose flow asks, and a second socket of the same person
    async with server.client() as client:
        flow_id = await make_flow(client, APPROVAL, deploy=True)
        peer_id = await make_peer(client, {"flowId": flow_id, "toolName": "ask"})
    async with server.socket() as connection, server.socket() as other:
        talking, watching = SocketClient(connection), SocketClient(other)
        await watching.hello(TOKEN)
        before = await watching.until(lambda frame: frame["type"] == "inbox.updated")
        # When it asks, and when it is answered
        await talking.hello(TOKEN)
        opened = await talking.command("conversation.open", peerId=peer_id)
        fields = {"conversationId": opened["conversationId"], "clientMessageId": "m1", "content": '/ask {"amount": 5}'}
        await talking.command("message.send", **fields)
        asked = await talking.event("interrupt.opened")
        during = await watching.until(lambda frame: frame["type"] == "inbox.updated")
        answer = {"interruptId": asked["interruptId"], "resolution": {"decision": "approve"}}
        await talking.command("interrupt.resume", **answer)
        after = await watching.until(lambda frame: frame["type"] == "inbox.updated")
    # Then the other socket heard of both
    assert [before["open"], during["open"], after["open"]] == [0, 1, 0]


@pytest.mark.promise("D1")
async def test_a_client_that_returns_gets_what_it_missed(server: LiveServer, peer_id: str) -> None:
    # Given a conversation with a finished turn
    async with server.socket() as connection:
        first = SocketClient(connection)
        await first.hello(TOKEN)
        opened = await first.command("conversation.open", peerId=peer_id)
        conversation = opened["conversationId"]
        await first.command("message.send", conversationId=conversation, clientMessageId="m1", content="hi")
        await first.event("turn.finished")
    last = first.seqs()[-1]
    async with server.socket() as connection:
        second = SocketClient(connection)
        await second.hello(TOKEN)
        # When it is opened after the second event, under a foreign epoch, and from beyond the end
        fields = {"conversationId": conversation, "afterSeq": 2}
        resumed = await second.command("conversation.open", **fields, epoch=opened["epoch"])
        snapshot = await second.until(lambda frame: frame["type"] == "snapshot")
        missed = second.seqs()
        second.frames.clear()
        await second.command("conversation.open", **fields, epoch="another")
        reset = await second.until(lambda frame: frame["type"] == "reset")
        await second.until(lambda frame: frame["type"] == "snapshot")
        everything = second.seqs()
        second.frames.clear()
        await second.command("conversation.open", conversationId=conversation, afterSeq=last + 5)
        await second.until(lambda frame: frame["type"] == "reset")
        await second.until(lambda frame: frame["type"] == "snapshot")
    # Then it gets what it missed, or is told to forget and gets everything
    assert (resumed["epoch"], resumed["lastSeq"]) == (opened["epoch"], last)
    assert missed == list(range(3, last + 1))
    assert snapshot["lastSeq"] == last
    assert reset["epoch"] == opened["epoch"]
    assert everything == second.seqs() == list(range(1, last + 1))


@pytest.mark.row("D-06")
async def test_two_sockets_decide_once(server: LiveServer) -> None:
    # Given an open approval that two sockets see
    async with server.client() as http:
        flow_id = await make_flow(http, APPROVAL, deploy=True)
        peer_id = await make_peer(http, {"flowId": flow_id, "toolName": "pay"})
    async with server.socket() as one, server.socket() as two:
        left, right = SocketClient(one), SocketClient(two)
        await left.hello(TOKEN)
        await right.hello(TOKEN)
        conversation = (await left.command("conversation.open", peerId=peer_id))["conversationId"]
        await right.command("conversation.open", conversationId=conversation)
        await left.command(
            "message.send", conversationId=conversation, clientMessageId="m1", content='/pay {"amount": 5}'
        )
        asked = await left.event("interrupt.opened")
        # When both answer, differently
        yes = left.command("interrupt.resume", interruptId=asked["interruptId"], resolution={"decision": "approve"})
        no = right.command("interrupt.resume", interruptId=asked["interruptId"], resolution={"decision": "reject"})
        answers = await asyncio.gather(yes, no)
        # Then one is done, the other is told what was decided, and both see it settled
        assert sorted(answer["type"] for answer in answers) == ["ack", "error"]
        refused = next(answer for answer in answers if answer["type"] == "error")
        assert refused["code"] == "already_settled"
        for client in (left, right):
            seen = [f["event"] for f in client.frames if f["type"] == "event"]
            settled = [event for event in seen if event["type"] == "interrupt.settled"] or [
                await client.event("interrupt.settled")
            ]
            assert settled[0]["status"] == "settled"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nonsense", "invalid_json"),
        ("[" * 100_000, "json_too_deep"),
        ('{"id":"x","type":"zonk"}', "unknown_type"),
        ('{"id":"x"}', "unknown_type"),
        ("[]", "invalid_command"),
        ("null", "invalid_command"),
        ('{"id":"x","type":"ping","extra":1}', "invalid_command"),
        ('{"id":"","type":"ping"}', "invalid_command"),
        ('{"id":7,"type":"ping"}', "invalid_command"),
        ('{"id":"x","type":"conversation.open","afterSeq":true}', "invalid_command"),
        ('{"id":"x","type":"conversation.open","afterSeq":-1}', "invalid_command"),
        (r'{"id":"x","type":"ping\ud800"}', "invalid_json"),
        ('{"id":"x","type":"ping"}', "not_signed_in"),
        ('{"id":"x","type":"hello"}', "invalid_command"),
        ('{"id":"x","type":"hello","ticket":"a","token":"b"}', "invalid_command"),
    ],
)
async def test_bad_frames_are_answered_and_the_socket_lives(server: LiveServer, text: str, code: str) -> None:
    async with server.socket() as connection:
        client = SocketClient(connection)
        await connection.send(text)
        refused = await client.until(lambda frame: frame["type"] == "error")
        assert refused["code"] == code
        assert (await client.hello(TOKEN))["type"] == "ack"


async def test_unreadable_frames_close_that_socket_only(server: LiveServer) -> None:
    # Given a healthy socket and three bad ones
    async with server.socket() as healthy:
        client = SocketClient(healthy)
        await client.hello(TOKEN)
        for payload, closed_with in ((b"binary", 1003), ("x" * ((1 << 20) + 1), 1009)):
            async with server.socket() as bad:
                with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 - the second line raises
                    await bad.send(payload)
                    await bad.recv()
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == closed_with
        # Then the healthy one does not notice
        assert (await client.command("ping"))["type"] == "ack"


async def test_wrong_credentials_close_the_socket(server: LiveServer) -> None:
    for hello in ({"token": "wrong"}, {"ticket": "wrong"}):
        async with server.socket() as connection:
            await connection.send(orjson.dumps({"id": "x", "type": "hello", **hello}).decode())
            refused = orjson.loads(await connection.recv())
            assert refused["code"] == "unauthenticated"
            with pytest.raises(ConnectionClosed) as closed:
                await connection.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4401


async def test_a_ticket_opens_one_socket(server: LiveServer) -> None:
    async with server.client() as http:
        ticket = (await http.post("/v1/auth/ticket")).json()["ticket"]
    async with server.socket(origin=server.url) as first, server.socket(origin=server.url) as second:
        welcome = await SocketClient(first).command("hello", ticket=ticket)
        refused = await SocketClient(second).command("hello", ticket=ticket)
    assert (welcome["type"], refused["code"]) == ("ack", "unauthenticated")


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1.evil.example", "null"])
async def test_pages_of_other_origins_get_no_socket(server: LiveServer, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with server.socket(origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_conversations_of_nobody_are_not_found(server: LiveServer) -> None:
    async with server.socket() as connection:
        client = SocketClient(connection)
        await client.hello(TOKEN)
        for command, fields in (
            ("conversation.open", {"conversationId": "nope"}),
            ("conversation.open", {"peerId": "nope"}),
            ("message.send", {"conversationId": "nope", "clientMessageId": "m", "content": "hi"}),
            ("interrupt.resume", {"interruptId": "nope", "resolution": {"decision": "approve"}}),
            ("widget.action", {"messageWidgetId": "nope", "name": "a", "rev": 0}),
            ("clientTool.claim", {"interruptId": "nope"}),
            ("form.draft", {"interruptId": "nope", "values": {}, "rev": 0}),
        ):
            assert (await client.command(command, **fields))["code"] == "not_found"


@pytest.mark.promise("D5")
async def test_a_reader_who_stops_is_told_to_resume_later(server: LiveServer, peer_id: str) -> None:
    # Given one socket that reads and one that does not, on the same conversation
    flood = Frame(orjson.dumps({"type": "typing", "conversationId": "c", "actor": {"name": "x" * 20_000}}))
    async with server.socket() as reading, server.socket(max_queue=1) as stalled:
        reader, stopped = SocketClient(reading), SocketClient(stalled)
        await reader.hello(TOKEN)
        await stopped.hello(TOKEN)
        conversation = (await reader.command("conversation.open", peerId=peer_id))["conversationId"]
        await stopped.command("conversation.open", conversationId=conversation)

        # When more is said than its buffers hold, while the reader keeps up
        async def say() -> None:
            for _ in range(50):
                server.services.bus.publish(channel(conversation), flood)
                await asyncio.sleep(0)

        for _ in range(40):
            server.run(say())
            for _ in range(50):
                await reader.until(lambda frame: frame["type"] == "typing")
        # Then the reader got everything, and the other one is closed with a reason once it reads again
        assert (await reader.command("ping"))["type"] == "ack"
        with pytest.raises(ConnectionClosed) as closed:
            await stopped.until(lambda _frame: False)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4008, "resume later")


LOCATE = {"type": "function", "function": {"name": "locate", "parameters": {"type": "object"}}}


@pytest.mark.parametrize("tool", ["locate", {"name": "locate", "parameters": {"type": "object"}}, LOCATE])
async def test_client_tools_are_offered_in_whatever_form_the_page_has_them(server: LiveServer, tool: object) -> None:
    # Given a run that waits for a browser
    config = {"toolName": "locate"}
    steps = [{"id": "ask", "type": "client-tool", "config": config}]
    async with server.client() as client:
        flow_id = await make_flow(client, {"name": "Locate", "start": "ask", "steps": steps})
        waiting = (await client.post(f"/v1/flow/execute/{flow_id}", json={})).json()
    # When a socket offers the tool
    async with server.socket() as connection:
        talk = SocketClient(connection)
        assert (await talk.command("hello", token=TOKEN, clientTools=[tool]))["type"] == "ack"
        claimed = await talk.command("clientTool.claim", interruptId=waiting["waitState"]["interruptId"])
    # Then it may have the call
    assert claimed["type"] == "ack"


async def test_a_wrong_part_is_told_by_its_place_in_the_frame(server: LiveServer) -> None:
    async with server.socket() as connection:
        client = SocketClient(connection)
        await client.hello(TOKEN)
        fields = {"conversationId": "c", "clientMessageId": "m", "content": [{"type": "picture"}]}
        refused = await client.command("message.send", **fields)
    assert refused["code"] == "invalid_command"
    assert "/content/0" in {fault["path"] for fault in refused["details"]}


async def test_a_store_that_goes_away_in_the_middle_of_opening_sends_the_client_away_to_resume(
    server: LiveServer, peer_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a conversation, and a store that goes away once its opening is acknowledged
    async with server.client() as http:
        conversation = (await http.post("/v1/conversation", json={"peerId": peer_id})).json()["id"]
    with monkeypatch.context() as patch:

        async def away(*_: object) -> None:
            raise StoreUnavailable("store_unavailable", "the store is away")

        patch.setattr(DraftService, "of_conversation", away)
        async with server.socket() as connection:
            client = SocketClient(connection)
            await client.hello(TOKEN)
            # When it is opened
            await client.command("conversation.open", conversationId=conversation)
            # Then the client does not sit in front of a conversation in which nothing would ever happen
            with pytest.raises(ConnectionClosed) as closed:
                await client.until(lambda frame: frame["type"] == "snapshot")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == CLOSE_RESUME_LATER
    # And it can resume once the store is back
    async with server.socket() as connection:
        client = SocketClient(connection)
        await client.hello(TOKEN)
        await client.command("conversation.open", conversationId=conversation)
        await client.until(lambda frame: frame["type"] == "snapshot")
