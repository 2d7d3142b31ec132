"""Reports: who chats says what is wrong with an answer; who manages the Peer reads it, and closes it."""

import httpx2
import pytest

from peer_server.access import Role
from tests.fakes.flows import make_peer
from tests.fakes.grants import give
from tests.fakes.live_server import LiveServer
from tests.fakes.people import Person, join
from tests.fakes.socket_talk import SocketClient

pytestmark = pytest.mark.anyio


async def colleague(server: LiveServer, owner: httpx2.AsyncClient, peer_id: str, name: str, role: Role) -> Person:
    """Somebody with that role on the Peer."""
    person = await join(server, owner, name)
    give(server, person, role, peer_id, kind="peer")
    return person


async def answered(talking: SocketClient, peer_id: str) -> tuple[str, str, str]:
    """A conversation, what was asked in it, and the Peer's answer."""
    conversation = str((await talking.command("conversation.open", peerId=peer_id))["conversationId"])
    sent = await talking.command("message.send", conversationId=conversation, clientMessageId="m1", content="Hello")
    answer = str((await talking.event("message.completed"))["messageId"])
    await talking.event("turn.finished")
    return conversation, str(sent["messageId"]), answer


async def test_a_report_reaches_who_manages_the_peer(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given somebody who chats with a Peer that somebody else manages
    peer_id = await make_peer(owner)
    mia = await colleague(server, owner, peer_id, "Mia", "runner")
    kim = await colleague(server, owner, peer_id, "Kim", "manager")
    async with server.socket() as connection:
        talking = SocketClient(connection)
        await talking.hello(mia.token)
        conversation, asked, answer = await answered(talking, peer_id)
        # When she reports an answer, and then says it better
        place = {"conversationId": conversation, "messageId": answer}
        await talking.command("message.report", **place, reason="other")
        told = await talking.command("message.report", **place, reason="wrong", comment=" It opens at nine. ")
        refused = await talking.command("message.report", **{**place, "messageId": asked}, reason="wrong")
        unknown = await talking.command("message.report", **{**place, "messageId": "gone"}, reason="wrong")
    assert (told["type"], refused["code"], unknown["code"]) == ("ack", "not_an_answer", "not_found")
    # Then she sees it in her conversation
    shown = (await mia.client.get(f"/v1/conversation/{conversation}")).json()["messages"][answer]
    assert (shown["reported"]["reason"], shown["reported"]["by"]["name"]) == ("wrong", "Mia")
    # And Kim reads it, with the answer and nothing else of the conversation
    path = f"/v1/peer/{peer_id}/report"
    [report] = (await kim.client.get(path, params={"status": "open"})).json()["items"]
    assert (report["reason"], report["comment"], report["reportedBy"]) == ("wrong", "It opens at nine.", "Mia")
    assert report["text"] == shown["text"]
    assert (await kim.client.get(f"/v1/conversation/{conversation}")).status_code == 404
    # And nobody else does
    assert (await mia.client.get(path)).status_code == 403
    # When Kim closes it, twice, then the first time counts
    closed = (await kim.client.post(f"{path}/{report['id']}/close", json={"note": "Corrected."})).json()
    again = (await kim.client.post(f"{path}/{report['id']}/close")).json()
    assert (closed["status"], closed["note"], closed["closedBy"]) == ("closed", "Corrected.", "Kim")
    assert again == closed
    assert (await kim.client.post(f"{path}/unknown/close")).status_code == 404
    assert (await kim.client.get(path, params={"status": "open"})).json()["items"] == []
    assert len((await kim.client.get(path, params={"status": "closed"})).json()["items"]) == 1
    # And the audit log has both, without a word of the answer
    found = await owner.get("/v1/workspace/audit", params={"filter": f"objectId:is:{peer_id}", "limit": 200})
    told_events = [record["event"] for record in found.json()["items"]]
    assert (told_events.count("message.reported"), told_events.count("report.closed")) == (2, 1)
    assert "nine" not in found.text
