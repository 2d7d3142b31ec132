"""Versions of Peers through the door: what they remember, how they differ, how they come back."""

import httpx2
import pytest

from tests.fakes.flows import GREETING, make_flow, make_peer
from tests.fakes.grants import give, take_all
from tests.fakes.live_server import LiveServer
from tests.fakes.people import join

pytestmark = pytest.mark.anyio


async def test_a_version_comes_back_with_what_it_attached(owner: httpx2.AsyncClient) -> None:
    # Given a Peer whose second version lost its flow and changed its greeting
    flow_id = await make_flow(owner, GREETING, deploy=True)
    peer_id = await make_peer(owner, {"flowId": flow_id}, greeting="Hello")
    attachment = (await owner.get(f"/v1/peer/{peer_id}")).json()["attachments"][0]
    await owner.patch(f"/v1/peer/{peer_id}", json={"greeting": "Hi", "attachments": []})
    assert (await owner.post(f"/v1/peer/{peer_id}/publish", json={"notes": "shorter"})).json() == {"version": 2}
    # Then both are listed, and what differs is told
    listed = (await owner.get(f"/v1/peer/{peer_id}/version")).json()["items"]
    assert [(one["version"], one["notes"]) for one in listed] == [(2, "shorter"), (1, "")]
    page = (await owner.get(f"/v1/peer/{peer_id}/version", params={"limit": 1})).json()
    assert ([one["version"] for one in page["items"]], page["nextCursor"]) == ([2], "2")
    assert (await owner.get(f"/v1/peer/{peer_id}/version/1")).json()["content"]["greeting"] == "Hello"
    diff = (await owner.get(f"/v1/peer/{peer_id}/diff", params={"from": 1, "to": "latest"})).json()["fields"]
    assert diff == [
        {"path": "/greeting", "change": "changed", "before": "Hello", "after": "Hi"},
        {"path": f"/attachments/{attachment['id']}", "change": "removed", "before": attachment},
    ]
    # When the first is restored
    restored = await owner.post(f"/v1/peer/{peer_id}/version/1/restore", json={"draftRev": 2})
    # Then the draft is as it was, attachment and all, and conversations go on with version 2
    assert restored.status_code == 200, restored.text
    assert (restored.json()["greeting"], restored.json()["attachments"]) == ("Hello", [attachment])
    assert (restored.json()["version"], restored.json()["draftRev"]) == (2, 3)
    stale = await owner.post(f"/v1/peer/{peer_id}/version/1/restore", json={"draftRev": 2})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_draft")
    assert (await owner.get(f"/v1/peer/{peer_id}/version/9")).status_code == 404
    # And a version whose flow is gone says so
    await owner.delete(f"/v1/flow/{flow_id}")
    gone = await owner.post(f"/v1/peer/{peer_id}/version/1/restore")
    assert (gone.status_code, gone.json()["code"], gone.json()["path"]) == (400, "invalid_peer", "/attachments/0")


async def test_a_version_offers_its_audience(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given a version that was published while somebody could chat
    peer_id, ada = await make_peer(owner), await join(server, owner, "Ada")
    give(server, ada, "runner", peer_id, kind="peer")
    await owner.post(f"/v1/peer/{peer_id}/publish")
    take_all(server, peer_id, kind="peer")
    # When it is restored, with and without its audience
    url = f"/v1/peer/{peer_id}/version/2/restore"
    offered = (await owner.post(url)).json()["audience"]
    card = f"/v1/peer/{peer_id}/card"
    before = (await ada.client.get(card)).status_code
    again = (await owner.post(url, json={"restoreAudience": True})).json()["audience"]
    # Then it is offered, given only when asked for, and told to editors only
    assert (offered["differs"], again["differs"], before) == (True, False, 404)
    assert (await ada.client.get(card)).status_code == 200
    assert (await ada.client.get(f"/v1/peer/{peer_id}/version")).status_code == 403
    # And the log says that she was let in again
    told = (await owner.get("/v1/workspace/audit", params={"event": "peer.invited"})).json()["items"]
    assert any(one["details"]["subjectId"] == ada.id for one in told)
