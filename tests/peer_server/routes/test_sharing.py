"""Sharing of flows and Peers over HTTP: who sees, runs, changes and gives them on."""

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import GREETING, make_flow, make_peer
from tests.fakes.live_server import LiveServer
from tests.fakes.people import Person, join

pytestmark = pytest.mark.anyio
NAMES = {"inputs": {"name": "Ada"}}


@pytest.fixture
async def ada(server: LiveServer, owner: httpx2.AsyncClient) -> Person:
    """A member with nothing of her own."""
    return await join(server, owner)


@pytest.fixture
async def flow_id(owner: httpx2.AsyncClient) -> str:
    """A flow of the owner, deployed."""
    return await make_flow(owner, GREETING, deploy=True)


async def listed(person: Person, path: str = "/v1/flow") -> dict[str, dict[str, Json]]:
    return {one["id"]: one for one in (await person.client.get(path)).json()["items"]}


async def give(owner: httpx2.AsyncClient, thing: str, *grants: dict[str, Json]) -> httpx2.Response:
    return await owner.put(f"/v1/{thing}/grant", json={"grants": list(grants)})


@pytest.mark.row("A-02", "A-06", "A-08", "A-12", "B-02")
async def test_a_flow_is_private_until_it_is_shared(owner: httpx2.AsyncClient, ada: Person, flow_id: str) -> None:
    # Given a new flow
    assert (await owner.get(f"/v1/flow/{flow_id}")).json()["visibility"] == "private"
    assert (await ada.client.get(f"/v1/flow/{flow_id}")).status_code == 404
    assert (await ada.client.post(f"/v1/flow/execute/{flow_id}", json=NAMES)).status_code == 404
    assert flow_id not in await listed(ada)
    # When it is shared with the workspace
    changed = await owner.patch(f"/v1/flow/{flow_id}", json={"visibility": "shared"})
    # Then everybody sees and runs it from the next request on
    assert changed.json()["visibility"] == "shared"
    assert (await ada.client.get(f"/v1/flow/{flow_id}")).json()["role"] == "runner"
    assert (await listed(ada))[flow_id]["visibility"] == "shared"
    assert (await ada.client.post(f"/v1/flow/execute/{flow_id}", json=NAMES)).status_code == 200
    # And when it is private again, nobody does
    assert (await owner.patch(f"/v1/flow/{flow_id}", json={"visibility": "private"})).json()["visibility"] == "private"
    assert (await ada.client.get(f"/v1/flow/{flow_id}")).status_code == 404
    assert flow_id not in await listed(ada)


@pytest.mark.row("A-09")
@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("viewer", {"look"}),
        ("runner", {"look", "run"}),
        ("editor", {"look", "run", "edit", "publish"}),
        ("manager", {"look", "run", "edit", "publish", "share"}),
        ("admin", {"look", "run", "edit", "publish", "share", "delete"}),
    ],
)
async def test_each_role_does_what_it_says(
    owner: httpx2.AsyncClient, ada: Person, flow_id: str, role: str, allowed: set[str]
) -> None:
    given = await give(owner, f"flow/{flow_id}", {"subjectId": ada.id, "role": role})
    assert [one["role"] for one in given.json()["grants"]] == [role]
    here = f"/v1/flow/{flow_id}"
    attempts = {
        "look": await ada.client.get(here),
        "run": await ada.client.post(f"/v1/flow/execute/{flow_id}", json=NAMES),
        "edit": await ada.client.patch(here, json={"definition": GREETING}),
        "publish": await ada.client.post(f"{here}/publish"),
        "share": await give(ada.client, f"flow/{flow_id}", {"subjectKind": "workspace", "role": "viewer"}),
        "delete": await ada.client.delete(here),
    }
    assert {name for name, answer in attempts.items() if answer.status_code < 300} == allowed
    assert {answer.status_code for name, answer in attempts.items() if name not in allowed} <= {403}


@pytest.mark.row("A-10", "A-11")
async def test_a_group_gives_its_members_a_role_of_its_own(
    server: LiveServer, owner: httpx2.AsyncClient, ada: Person, flow_id: str
) -> None:
    # Given Ada who may run, and a group with Grace that may edit
    grace, stranger = await join(server, owner, "Grace"), await join(server, owner, "Linus")
    body = {"name": f"Editors of {flow_id}", "members": [grace.id]}
    group = (await owner.post("/v1/workspace/group", json=body)).json()
    grants = [
        {"subjectId": ada.id, "role": "runner"},
        {"subjectKind": "group", "subjectId": group["id"], "role": "editor"},
    ]
    await give(owner, f"flow/{flow_id}", *grants)

    async def edits(person: Person) -> int:
        return (await person.client.patch(f"/v1/flow/{flow_id}", json={"definition": GREETING})).status_code

    # When each of them changes it
    assert [await edits(ada), await edits(grace), await edits(stranger)] == [403, 200, 404]
    # Then who leaves the group has lost it
    await owner.delete(f"/v1/workspace/group/{group['id']}/member/{grace.id}")
    assert await edits(grace) == 404
    # And with the group its role is gone
    await owner.put(f"/v1/workspace/group/{group['id']}/member/{grace.id}")
    assert await edits(grace) == 200
    await owner.delete(f"/v1/workspace/group/{group['id']}")
    assert await edits(grace) == 404


@pytest.mark.row("C-04", "C-05", "C-06", "C-07")
async def test_members_are_invited_to_a_flow_by_their_addresses(
    server: LiveServer, owner: httpx2.AsyncClient, ada: Person, flow_id: str
) -> None:
    grace = await join(server, owner, "Grace")
    other_id = await make_flow(owner, GREETING)
    path = f"/v1/flow/{flow_id}/invitation"
    # When somebody unknown is among the addresses, nobody is invited
    refused = await owner.post(path, json={"emails": [ada.email, "nobody@example.com"], "role": "viewer"})
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["path"]) == (400, "unknown_people", "/emails/1")
    given = {"grants": [{"email": ada.email, "role": "viewer"}, {"email": "nobody@example.com", "role": "viewer"}]}
    refused = await owner.put(f"/v1/flow/{flow_id}/grant", json=given)
    assert [fault["path"] for fault in refused.json()["errors"]] == ["/grants/1/email"]
    assert (await ada.client.get(f"/v1/flow/{flow_id}")).status_code == 404
    # When both are members, both get the role
    invited = await owner.post(path, json={"emails": [ada.email.upper(), grace.email], "role": "viewer"})
    assert invited.status_code == 201
    assert {one["subjectId"]: one["role"] for one in invited.json()["grants"]} == {ada.id: "viewer", grace.id: "viewer"}
    # Then they see this flow and no other, and may not invite further people
    for person in (ada, grace):
        seen = await listed(person)
        assert flow_id in seen
        assert other_id not in seen
        assert (await person.client.get(f"/v1/flow/{other_id}")).status_code == 404
    assert (await ada.client.post(path, json={"emails": [grace.email], "role": "viewer"})).status_code == 403


@pytest.mark.row("C-71")
async def test_the_log_of_a_flow_names_whom_it_was_shared_with(
    server: LiveServer, owner: httpx2.AsyncClient, ada: Person, flow_id: str
) -> None:
    # Given a flow that a person, a group and everybody get a role on, and lose it
    group = (await owner.post("/v1/workspace/group", json={"name": "Tellers"})).json()
    await owner.post(f"/v1/flow/{flow_id}/invitation", json={"emails": [ada.email], "role": "viewer"})
    await give(owner, f"flow/{flow_id}", {"subjectKind": "group", "subjectId": group["id"], "role": "editor"})
    await give(owner, f"flow/{flow_id}", {"subjectKind": "workspace", "role": "runner"})
    await owner.delete(f"/v1/flow/{flow_id}/grant/user/{ada.id}")
    # When its log is read
    log = (await owner.get(f"/v1/flow/{flow_id}/audit", params={"filter": "category:is:flow-people"})).json()["items"]
    # Then it says who got and lost what
    assert [record["description"] for record in reversed(log)] == [
        "made Ada its viewer",
        "made the group 'Tellers' its editor",
        "made everybody in the workspace its runner",
        "took the role viewer from Ada",
    ]


async def test_nobody_gives_or_takes_more_than_they_have(
    server: LiveServer, owner: httpx2.AsyncClient, ada: Person, flow_id: str
) -> None:
    grace = await join(server, owner, "Grace")
    grants = [{"subjectId": ada.id, "role": "manager"}, {"subjectId": grace.id, "role": "admin"}]
    await give(owner, f"flow/{flow_id}", *grants)
    for refused in (
        await give(ada.client, f"flow/{flow_id}", {"subjectId": ada.id, "role": "admin"}),
        await give(ada.client, f"flow/{flow_id}", {"subjectId": grace.id, "role": "viewer"}),
        await ada.client.delete(f"/v1/flow/{flow_id}/grant/user/{grace.id}"),
        await ada.client.patch(f"/v1/flow/{flow_id}", json={"visibility": "private"}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "role_too_high")
    assert (await grace.client.delete(f"/v1/flow/{flow_id}/grant/user/{ada.id}")).status_code == 204
    assert (await grace.client.delete(f"/v1/flow/{flow_id}/grant/user/{ada.id}")).status_code == 404
    assert (await ada.client.get(f"/v1/flow/{flow_id}")).status_code == 404


@pytest.mark.parametrize(
    "grant",
    [
        {"role": "viewer"},
        {"role": "owner", "subjectId": "x"},
        {"role": "viewer", "subjectId": "x", "email": "a@example.com"},
        {"role": "viewer", "subjectKind": "group", "email": "a@example.com"},
        {"role": "viewer", "subjectKind": "team", "subjectId": "x"},
    ],
)
async def test_a_grant_names_one_subject(owner: httpx2.AsyncClient, flow_id: str, grant: dict[str, Json]) -> None:
    assert (await give(owner, f"flow/{flow_id}", grant)).status_code == 400


async def test_strangers_get_no_roles(owner: httpx2.AsyncClient, flow_id: str) -> None:
    for kind in ("user", "group", "workspace"):
        grant = {"subjectKind": kind, "subjectId": "elsewhere", "role": "viewer"}
        assert (await give(owner, f"flow/{flow_id}", grant)).status_code == 404


@pytest.mark.row("A-35")
async def test_a_flow_is_handed_to_another_owner(owner: httpx2.AsyncClient, ada: Person, flow_id: str) -> None:
    me = (await owner.get("/v1/me")).json()["id"]
    assert (await owner.get(f"/v1/flow/{flow_id}")).json()["ownerId"] == me
    handed = await owner.post(f"/v1/flow/{flow_id}/owner", json={"userId": ada.id, "keepRole": "viewer"})
    assert handed.json()["ownerId"] == ada.id
    assert [(one["subjectId"], one["role"]) for one in handed.json()["grants"]] == [(me, "viewer")]
    assert (await ada.client.get(f"/v1/flow/{flow_id}")).json()["role"] == "admin"
    assert (await ada.client.post(f"/v1/flow/{flow_id}/owner", json={"userId": "nobody"})).status_code == 404
    records = (await owner.get(f"/v1/flow/{flow_id}/audit")).json()["items"]
    [record] = [one for one in records if one["event"] == "flow.owner_changed"]
    assert record["details"]["after"] == ada.id


@pytest.mark.row("A-14")
async def test_the_workspace_takes_sharing_and_publishing_from_a_member(owner: httpx2.AsyncClient, ada: Person) -> None:
    # Given Ada with a flow, to whom the workspace left only the clock
    flow_id = await make_flow(ada.client, GREETING)
    await owner.patch(f"/v1/workspace/member/{ada.id}", json={"switches": ["schedule"]})
    # When she shares and publishes
    refused = [
        await give(ada.client, f"flow/{flow_id}", {"subjectKind": "workspace", "role": "viewer"}),
        await ada.client.patch(f"/v1/flow/{flow_id}", json={"visibility": "shared"}),
        await ada.client.post(f"/v1/flow/{flow_id}/publish"),
        await ada.client.post(f"/v1/flow/{flow_id}/deploy"),
    ]
    # Then she is refused, and the log knows it
    assert [one.status_code for one in refused] == [403] * 4
    records = (await owner.get(f"/v1/flow/{flow_id}/audit")).json()["items"]
    denied = {one["details"]["permission"] for one in records if one["event"] == "access.refused"}
    assert denied == {"flow.share", "flow.publish"}
    # And once she may again, she can
    await owner.patch(f"/v1/workspace/member/{ada.id}", json={"switches": ["share", "publish", "schedule"]})
    assert (await ada.client.post(f"/v1/flow/{flow_id}/deploy")).status_code == 200


@pytest.mark.row("D-09", "D-10")
async def test_a_peer_is_reached_only_when_it_is_shared(owner: httpx2.AsyncClient, ada: Person, flow_id: str) -> None:
    # Given a Peer of the owner's with a flow that Ada has no right on
    secret = {"instructions": "Never tell.", "script": [{"when": "hi", "say": "Hello."}]}
    peer_id = await make_peer(owner, {"flowId": flow_id, "toolName": "greet"}, **secret)
    assert peer_id not in await listed(ada, "/v1/peer")
    assert (await ada.client.get(f"/v1/peer/{peer_id}/card")).status_code == 404
    assert (await ada.client.get(f"/v1/peer/{peer_id}")).status_code == 404
    assert (await ada.client.post("/v1/conversation", json={"peerId": peer_id})).status_code == 404
    # When it is shared with her as runner, and its draft is changed afterwards
    await give(owner, f"peer/{peer_id}", {"email": ada.email, "role": "runner"})
    await owner.patch(f"/v1/peer/{peer_id}", json={"name": "Draft", "greeting": "Draft"})
    # Then she sees what is published, and neither instructions nor script, attachments or draft
    seen = (await listed(ada, "/v1/peer"))[peer_id]
    assert (seen["name"], seen["greeting"], seen["role"], seen["visibility"]) == ("Peer", "", "runner", "shared")
    assert not seen.keys() & {"instructions", "script", "attachments", "draftRev"}
    assert (await ada.client.get(f"/v1/peer/{peer_id}")).json() == seen
    # And she talks to it, though she has no right on the flow
    started = await ada.client.post("/v1/conversation", json={"peerId": peer_id})
    assert started.status_code == 201
    assert (await ada.client.get(f"/v1/flow/{flow_id}")).status_code == 404
    preview = await ada.client.post("/v1/conversation", json={"peerId": peer_id, "preview": True})
    assert preview.status_code == 403
    # And an editor previews the draft
    await give(owner, f"peer/{peer_id}", {"subjectId": ada.id, "role": "editor"})
    preview = await ada.client.post("/v1/conversation", json={"peerId": peer_id, "preview": True})
    assert preview.status_code == 201
    assert (await listed(ada, "/v1/peer"))[peer_id]["instructions"] == "Never tell."


async def test_a_peer_has_visibility_and_an_owner(owner: httpx2.AsyncClient, ada: Person) -> None:
    peer_id = await make_peer(owner)
    changed = (await owner.patch(f"/v1/peer/{peer_id}", json={"visibility": "shared", "greeting": "Hi"})).json()
    assert (changed["visibility"], changed["greeting"]) == ("shared", "Hi")
    assert (await ada.client.get(f"/v1/peer/{peer_id}/card")).status_code == 200
    audience = (await owner.get(f"/v1/peer/{peer_id}/grant")).json()
    assert [(one["subjectKind"], one["role"]) for one in audience["grants"]] == [("workspace", "runner")]
    assert (await ada.client.get(f"/v1/peer/{peer_id}/grant")).status_code == 403
    handed = await owner.post(f"/v1/peer/{peer_id}/owner", json={"userId": ada.id})
    assert handed.json()["ownerId"] == ada.id
    assert (await ada.client.patch(f"/v1/peer/{peer_id}", json={"visibility": "private"})).status_code == 200
