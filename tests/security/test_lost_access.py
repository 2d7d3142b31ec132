"""What is taken from somebody is gone at once: for open sockets, for keys under load; and refusals are recorded."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed

from flow_runtime.errors import Json
from peer_server.services.people.sign_in import RECHECK_S
from peer_server.ws.session import CLOSE_SIGNED_OUT
from peer_server.ws.wheel import SLICES, TICK_S
from tests.fakes.flows import APPROVAL, GREETING, make_flow, make_peer
from tests.fakes.live_server import LiveServer
from tests.fakes.people import Person, join
from tests.fakes.socket_talk import SocketClient

pytestmark = pytest.mark.anyio
Loss = Callable[[httpx2.AsyncClient, Person], Awaitable[httpx2.Response]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("data"), rate_limit="100000/second") as running:
        yield running


async def removed(owner: httpx2.AsyncClient, person: Person) -> httpx2.Response:
    return await owner.delete(f"/v1/workspace/member/{person.id}")


async def locked_out(owner: httpx2.AsyncClient, person: Person) -> httpx2.Response:
    return await owner.patch(f"/v1/workspace/member/{person.id}", json={"disabled": True})


async def token_ended(_owner: httpx2.AsyncClient, person: Person) -> httpx2.Response:
    [token] = (await person.client.get("/v1/me/token")).json()["items"]
    return await person.client.delete(f"/v1/me/token/{token['id']}")


LOSSES: tuple[Loss, ...] = (removed, locked_out, token_ended)


async def desk(owner: httpx2.AsyncClient, *people: Person) -> str:
    """A Peer with an approval that these people may talk to and run."""
    flow_id = await make_flow(owner, APPROVAL, deploy=True)
    peer_id = await make_peer(owner, {"flowId": flow_id, "toolName": "pay"})
    grants = [{"subjectId": person.id, "role": "runner"} for person in people]
    for thing in (f"flow/{flow_id}", f"peer/{peer_id}"):
        assert (await owner.put(f"/v1/{thing}/grant", json={"grants": grants})).is_success
    return peer_id


async def asked(client: SocketClient, person: Person, peer_id: str) -> tuple[str, str]:
    """Sign in, and have the Peer ask; the conversation and the question."""
    assert (await client.hello(person.token))["type"] == "ack"
    conversation_id = (await client.command("conversation.open", peerId=peer_id))["conversationId"]
    sent = {"conversationId": conversation_id, "clientMessageId": "m1", "content": '/pay {"amount": 5}'}
    await client.command("message.send", **sent)
    return conversation_id, (await client.event("interrupt.opened"))["interruptId"]


@pytest.mark.parametrize("loss", LOSSES)
async def test_no_command_works_after_it(server: LiveServer, loss: Loss) -> None:
    # Given somebody who is connected, and has been asked something
    async with server.client() as owner, server.socket() as connection:
        person = await join(server, owner, "Ada")
        client = SocketClient(connection)
        _, interrupt_id = await asked(client, person, await desk(owner, person))
        # When they lose their place
        assert (await loss(owner, person)).is_success
        resolution: Json = {"decision": "approve"}
        answer = await client.command("interrupt.resume", interruptId=interrupt_id, resolution=resolution)
        # Then the next command is refused, the socket ends, and the question is open
        assert (answer["type"], answer["code"]) == ("error", "unauthenticated")
        with pytest.raises(ConnectionClosed) as closed:
            await client.until(lambda _: False)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == CLOSE_SIGNED_OUT
        assert (await owner.get(f"/v1/interrupt/{interrupt_id}")).json()["status"] == "open"


async def test_who_only_listens_hears_nothing_more_within_seconds(server: LiveServer) -> None:
    # Given people who are connected and send nothing
    async with server.client() as owner:
        people = [await join(server, owner, "Bo") for _ in LOSSES]
        peer_id = await desk(owner, *people)
        sockets = [await server.socket() for _ in people]
        questions = [
            (await asked(SocketClient(socket), person, peer_id))[1]
            for socket, person in zip(sockets, people, strict=True)
        ]
        # When they lose their places
        for loss, person in zip(LOSSES, people, strict=True):
            assert (await loss(owner, person)).is_success
        # Then their sockets end by themselves, and what happens afterwards is not told to them
        codes = [await asyncio.wait_for(_ended(socket), 20) for socket in sockets]
        assert codes == [CLOSE_SIGNED_OUT] * len(LOSSES)
        for interrupt_id in questions:
            answer = await owner.post(f"/v1/interrupt/{interrupt_id}/resume", json={"decision": "approve"})
            assert answer.is_success
    assert SLICES * TICK_S + RECHECK_S <= 5.0  # A look at each socket in this time, and a credential trusted so long.


async def test_a_role_that_was_taken_counts_for_no_command(server: LiveServer) -> None:
    # Given somebody who talks to a Peer and is asked something
    async with server.client() as owner, server.socket() as connection:
        person = await join(server, owner, "Cy")
        peer_id = await desk(owner, person)
        client = SocketClient(connection)
        conversation_id, _ = await asked(client, person, peer_id)
        # When the Peer is no longer shared with them
        gone = await owner.delete(f"/v1/peer/{peer_id}/grant/user/{person.id}")
        assert gone.is_success, gone.text
        # Then they write no more there; what was said stays theirs to read
        sent = {"conversationId": conversation_id, "clientMessageId": "m2", "content": "Hello?"}
        assert (await client.command("message.send", **sent))["code"] == "not_found"
        assert (await client.command("conversation.open", peerId=peer_id))["code"] == "not_found"
        assert (await client.command("conversation.open", conversationId=conversation_id))["type"] == "ack"


async def test_the_record_of_a_socket_keeps_the_address_after_a_look(server: LiveServer) -> None:
    async with server.client() as owner, server.socket() as connection:
        person = await join(server, owner, "Dee")
        client = SocketClient(connection)
        _, interrupt_id = await asked(client, person, await desk(owner, person))
        await owner.patch(f"/v1/workspace/member/{person.id}", json={"role": "admin"})  # Everybody is looked at again.
        resolution: Json = {"decision": "approve"}
        await client.command("interrupt.resume", interruptId=interrupt_id, resolution=resolution)
        records = (await owner.get("/v1/workspace/audit", params={"limit": 20})).json()["items"]
        [record] = [one for one in records if one["event"] == "interrupt.decided"]
        assert (record["ip"], record["channel"]) == ("127.0.0.1", "socket")


@pytest.mark.promise("S3")
@pytest.mark.row("C-25")
async def test_a_key_that_is_withdrawn_under_load_starts_nothing_more(server: LiveServer) -> None:
    # Given a key that eight programs use without a pause
    async with server.client() as owner, server.anonymous() as program:
        flow_id = await make_flow(owner, GREETING, deploy=True)
        made = (await owner.post(f"/v1/flow/{flow_id}/api-key", json={"name": "Busy"})).json()
        url, is_gone, busy, late, done = f"/v1/client/flow/{flow_id}/sync", asyncio.Event(), asyncio.Event(), [], 0

        async def call_on(number: int) -> None:
            nonlocal done
            shown = {"x-api-key": made["key"]} if number % 2 else {"Authorization": f"Bearer {made['key']}"}
            while True:
                began_late = is_gone.is_set()
                answer = await program.post(url, json={"name": "Ada"}, headers=shown)
                if began_late:
                    late.append(answer.status_code)
                    return
                done += 1
                if done == 20:
                    busy.set()

        async with asyncio.TaskGroup() as group:
            for number in range(8):
                group.create_task(call_on(number))
            await asyncio.wait_for(busy.wait(), 20)
            # When it is withdrawn
            assert (await owner.delete(f"/v1/flow/{flow_id}/api-key/{made['id']}")).status_code == 204
            is_gone.set()
        # Then every request that begins afterwards is refused, however the key is shown; an address never shows one
        assert late == [401] * 8
        runs = len((await owner.get(f"/v1/flow/{flow_id}/logs", params={"limit": 200})).json()["items"])
        assert (await program.post(f"{url}?apiKey={made['key']}", json={"name": "Ada"})).status_code == 401
        after = len((await owner.get(f"/v1/flow/{flow_id}/logs", params={"limit": 200})).json()["items"])
        assert after == runs


@pytest.mark.row("C-70")
async def test_who_may_not_schedule_is_refused_and_recorded(server: LiveServer) -> None:
    # Given an editor of a flow, from whom the workspace has taken the permission to schedule
    async with server.client() as owner:
        person = await join(server, owner, "Eve")
        flow_id = await make_flow(owner, GREETING, deploy=True)
        grant = {"grants": [{"subjectId": person.id, "role": "editor"}]}
        assert (await owner.put(f"/v1/flow/{flow_id}/grant", json=grant)).is_success
        body = {"cron": "0 9 * * 1", "data": {"inputs": {"name": "Ada"}}}
        planned = await person.client.post(f"/v1/flow/{flow_id}/schedule", json=body)
        assert planned.is_success, planned.text
        taken = await owner.patch(f"/v1/workspace/member/{person.id}", json={"switches": ["share", "publish"]})
        assert taken.is_success, taken.text
        # When they plan it anyway
        refused = await person.client.post(f"/v1/flow/{flow_id}/schedule", json=body)
        # Then it is refused, and the log tells who tried what
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        records = (await owner.get("/v1/workspace/audit", params={"limit": 20})).json()["items"]
        [record] = [one for one in records if one["event"] == "access.refused"]
        assert (record["userId"], record["details"]["permission"]) == (person.id, "flow.schedule")


async def _ended(socket: object) -> int:
    """Read on until the socket ends; the code."""
    client = SocketClient(socket)  # type: ignore[arg-type]  # a connection
    try:
        await client.until(lambda _: False)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0
    return 0
