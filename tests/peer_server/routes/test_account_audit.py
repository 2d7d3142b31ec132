"""What people do to their accounts, to each other and to the workspace is in its audit log."""

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import GREETING, make_flow
from tests.fakes.live_server import LiveServer
from tests.fakes.people import PASSWORD, join

pytestmark = pytest.mark.anyio


async def log_of(owner: httpx2.AsyncClient, object_id: str) -> list[dict[str, Json]]:
    """The records about somebody or something, oldest first."""
    found = await owner.get("/v1/workspace/audit", params={"filter": f"objectId:is:{object_id}", "limit": 200})
    items: list[dict[str, Json]] = found.json()["items"]
    return items[::-1]


@pytest.mark.row("C-70")
async def test_coming_and_going_is_recorded(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given somebody who mistypes their password, comes in and goes
    ada = await join(server, owner, "Ada")
    async with server.anonymous() as browser:

        async def attempt(email: str, password: str) -> None:
            await browser.post("/v1/auth/sign-in", json={"email": email, "password": password})

        await attempt(ada.email, "something else entirely")
        await attempt(ada.email, PASSWORD)
        await browser.post("/v1/auth/sign-out", json={}, headers={"Origin": server.url})
        # When the log is read, then all of it is there; a refusal is written beside its answer, so it may take a moment
        found = await log_of(owner, ada.id)
        while "session.refused" not in {record["event"] for record in found}:
            found = await log_of(owner, ada.id)
        assert {"session.started", "session.ended"} <= {record["event"] for record in found}
        # And from which address, and nothing of what they typed
        (refused,) = [record for record in found if record["event"] == "session.refused"]
        assert (refused["userId"], refused["userKind"], refused["ip"]) == (ada.id, "visitor", "127.0.0.1")
        assert "something else" not in str(found)
        # And an address that is unknown leaves nothing
        total = (await owner.get("/v1/workspace/audit/verify")).json()["records"]
        await attempt("nobody@example.com", "something else entirely")
        assert (await owner.get("/v1/workspace/audit/verify")).json()["records"] == total


@pytest.mark.row("C-70", "C-71")
async def test_what_is_done_to_people_is_recorded(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given a member whose role is changed, who is locked out, put into a group and removed
    bea = await join(server, owner, "Bea")
    path = f"/v1/workspace/member/{bea.id}"
    await owner.patch(path, json={"role": "admin"})
    await owner.patch(path, json={"disabled": True})
    await owner.patch(path, json={"disabled": False})
    group = (await owner.post("/v1/workspace/group", json={"name": "Desk"})).json()
    await owner.put(f"/v1/workspace/group/{group['id']}/member/{bea.id}")
    await owner.delete(f"/v1/workspace/group/{group['id']}")
    flow_id = await make_flow(owner, GREETING)
    await owner.post(f"/v1/flow/{flow_id}/grant", json={"subjectId": bea.id, "role": "viewer"})
    key = (await owner.post("/v1/workspace/api-key", json={"name": "All"})).json()
    await owner.delete(f"/v1/workspace/api-key/{key['id']}")
    await owner.delete(path)
    # Then each is there, by whom, in its category
    found = {record["event"]: record for record in await log_of(owner, bea.id)}
    assert {"role.changed", "user.disabled", "user.enabled", "user.deleted"} <= set(found)
    assert found["role.changed"]["category"] == "roles"
    assert found["user.deleted"]["userName"] == "Owner"
    assert {record["event"] for record in await log_of(owner, group["id"])} == {
        "group.created",
        "group.edited",
        "group.deleted",
    }
    # And the workspace's key, by name and never by value
    newest = (await owner.get("/v1/workspace/audit", params={"filter": "category:is:workspace", "limit": 200})).json()
    events = [record["event"] for record in newest["items"]]
    assert {"workspace.key_created", "workspace.key_deleted"} <= set(events)
    assert key["key"] not in str(newest)
