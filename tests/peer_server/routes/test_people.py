"""People over HTTP: invitations, passwords, roles in the workspace, leaving."""

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.live_server import TOKEN, LiveServer, stored_bytes
from tests.fakes.people import PASSWORD, invite, join

pytestmark = pytest.mark.anyio


async def test_several_people_are_invited_at_once_and_join(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given two invitations with one role
    grace, linus = await invite(owner, "Grace@Example.com", "linus@example.com", role="admin")
    async with server.anonymous() as browser:
        # When Grace looks at hers and accepts it
        seen = (await browser.post("/v1/auth/invitation", json={"code": grace})).json()
        body = {"code": grace, "name": "Grace", "password": PASSWORD}
        accepted = await browser.post("/v1/auth/accept", json=body)
        # Then she is signed in as what she was invited as
        me = (await browser.get("/v1/me")).json()
        again = await browser.post("/v1/auth/accept", json=body)
    assert (seen["email"], seen["role"], seen["invitedBy"]) == ("grace@example.com", "admin", "Owner")
    assert accepted.status_code == 200
    assert (me["name"], me["email"], me["role"]) == ("Grace", "grace@example.com", "admin")
    # And her link is over, while the other one still waits
    assert (again.status_code, again.json()["code"]) == (404, "invitation_over")
    waiting = (await owner.get("/v1/workspace/invitation")).json()["items"]
    assert [one["email"] for one in waiting] == ["linus@example.com"]
    assert linus not in str(waiting)


async def test_a_renewed_or_withdrawn_invitation_is_over(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    [first] = await invite(owner, "alan@example.com")
    waiting = (await owner.get("/v1/workspace/invitation")).json()["items"]
    invitation_id = next(one["id"] for one in waiting if one["email"] == "alan@example.com")
    renewed = (await owner.post(f"/v1/workspace/invitation/{invitation_id}/renew")).json()
    second = renewed["link"].partition("invitation=")[2]
    async with server.anonymous() as browser:
        assert (await browser.post("/v1/auth/invitation", json={"code": first})).status_code == 404
        assert (await browser.post("/v1/auth/invitation", json={"code": second})).status_code == 200
        assert (await owner.delete(f"/v1/workspace/invitation/{renewed['id']}")).status_code == 204
        assert (await browser.post("/v1/auth/invitation", json={"code": second})).status_code == 404


@pytest.mark.parametrize("emails", [["no address"], ["a@example.com", "b@"], ["x" * 65 + "@example.com"], []])
async def test_what_is_no_address_invites_nobody(owner: httpx2.AsyncClient, emails: list[str]) -> None:
    before = (await owner.get("/v1/workspace/invitation")).json()
    answer = await owner.post("/v1/workspace/invitation", json={"emails": emails})
    assert answer.status_code == 400
    assert (await owner.get("/v1/workspace/invitation")).json() == before


async def test_members_are_not_invited_again(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    ada = await join(server, owner)
    answer = await owner.post("/v1/workspace/invitation", json={"emails": ["new@example.com", ada.email]})
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json()["errors"]] == ["/emails/1"]


async def test_the_page_is_told_which_ways_in_there_are(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    async with server.anonymous() as browser:
        # Given a server whose settings fix the owner's token, and on which somebody has a password
        await join(server, owner, "Ada")
        ways = (await browser.get("/v1/auth")).json()
        assert ways == {"singleSignOn": None, "password": True, "ownerToken": True, "mail": False}
        # Then the token opens a session for the owner, and nothing else does
        wrong = await browser.post("/v1/auth/sign-in", json={"token": "psk_wrong"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "unauthenticated")
        both = await browser.post("/v1/auth/sign-in", json={"token": TOKEN, "code": "psl_x"})
        assert both.status_code == 400
        came = await browser.post("/v1/auth/sign-in", json={"token": TOKEN})
        assert (came.status_code, came.json()["role"]) == (200, "owner")
        assert (await browser.get("/v1/me")).json()["role"] == "owner"


async def test_a_password_signs_in(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given Ada
    ada = await join(server, owner)
    async with server.anonymous() as browser:

        async def attempt(email: str, password: str) -> httpx2.Response:
            return await browser.post("/v1/auth/sign-in", json={"email": email, "password": password})

        # When a wrong address or password is tried, the answers are the same
        wrong = [await attempt(ada.email, "another password"), await attempt("nobody@example.com", PASSWORD)]
        assert [one.status_code for one in wrong] == [401, 401]
        assert wrong[0].json() == wrong[1].json()
        # When hers is, then she is in, whatever the case of her address
        assert (await attempt(ada.email.upper(), PASSWORD)).json()["id"] == ada.id
    # And the password is nowhere
    assert PASSWORD.encode() not in stored_bytes(server.settings.data_dir)


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "x" * 257])
async def test_weak_passwords_are_refused(server: LiveServer, owner: httpx2.AsyncClient, password: str) -> None:
    [code] = await invite(owner, "weak@example.com")
    async with server.anonymous() as browser:
        answer = await browser.post("/v1/auth/accept", json={"code": code, "name": "W", "password": password})
        assert (answer.status_code, answer.json()["code"]) == (400, "weak_password")
        assert (await browser.post("/v1/auth/invitation", json={"code": code})).status_code == 200


async def test_a_forgotten_password_is_set_by_a_link(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given Ada with a session, and a link that an owner made for her
    ada = await join(server, owner)
    async with server.anonymous() as old, server.anonymous() as browser:
        await old.post("/v1/auth/sign-in", json={"email": ada.email, "password": PASSWORD})
        made = (await owner.post(f"/v1/workspace/member/{ada.id}/reset")).json()
        body = {"code": made["link"].partition("password=")[2], "password": "nine blue bottles"}
        # When she sets a new password with it, twice
        first = await browser.post("/v1/auth/password", json=body)
        second = await browser.post("/v1/auth/password", json=body)
        # Then it worked once, she is signed in, and her earlier session is over
        assert (first.status_code, second.status_code, second.json()["code"]) == (200, 404, "link_over")
        assert (await browser.get("/v1/me")).json()["id"] == ada.id
        assert (await old.get("/v1/me")).status_code == 401
        for password, status in ((PASSWORD, 401), ("nine blue bottles", 200)):
            answer = await old.post("/v1/auth/sign-in", json={"email": ada.email, "password": password})
            assert answer.status_code == status


async def test_people_change_their_own_account(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    ada = await join(server, owner)
    assert (await ada.client.patch("/v1/me", json={"name": "Ada L."})).json()["name"] == "Ada L."
    assert (await ada.client.get("/v1/me")).json()["name"] == "Ada L."
    wrong = await ada.client.put("/v1/me/password", json={"currentPassword": "no", "password": "nine blue bottles"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_password")
    right = {"currentPassword": PASSWORD, "password": "nine blue bottles"}
    assert (await ada.client.put("/v1/me/password", json=right)).status_code == 204


async def test_sessions_are_listed_and_ended(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    ada = await join(server, owner)
    origin = {"Origin": server.url, "User-Agent": "Firefox"}
    async with server.anonymous() as here, server.anonymous() as there:
        for browser in (here, there):
            await browser.post("/v1/auth/sign-in", json={"email": ada.email, "password": PASSWORD}, headers=origin)
        seen = (await here.get("/v1/me/session")).json()["items"]
        assert [one["isThis"] for one in seen].count(True) == 1
        assert {one["agent"] for one in seen} >= {"Firefox"}
        other = next(one["id"] for one in seen if not one["isThis"])
        assert (await here.delete(f"/v1/me/session/{other}", headers=origin)).status_code == 204
        assert (await there.get("/v1/me")).status_code == 401
        assert (await here.delete(f"/v1/me/session/{other}", headers=origin)).status_code == 404
        await here.delete("/v1/me/session", headers=origin)
        assert len((await here.get("/v1/me/session")).json()["items"]) == 1


async def test_personal_tokens_are_shown_once_and_end(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    ada = await join(server, owner)
    made = (await ada.client.post("/v1/me/token", json={"name": "laptop", "expiresInDays": 30})).json()
    listed = (await ada.client.get("/v1/me/token")).json()["items"]
    async with server.client(headers={"Authorization": f"Bearer {made['token']}"}) as laptop:
        assert (await laptop.get("/v1/me")).json()["id"] == ada.id
        assert (await ada.client.delete(f"/v1/me/token/{made['id']}")).status_code == 204
        assert (await laptop.get("/v1/me")).status_code == 401
    assert [one["name"] for one in listed] == ["laptop", "test"]
    assert made["token"] not in str(listed)
    assert made["token"].encode() not in stored_bytes(server.settings.data_dir)


async def test_a_role_counts_from_the_next_request(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    ada = await join(server, owner)

    async def invites() -> int:
        answer = await ada.client.post("/v1/workspace/invitation", json={"emails": ["later@example.com"]})
        return answer.status_code

    assert await invites() == 403
    changed = await owner.patch(f"/v1/workspace/member/{ada.id}", json={"role": "admin"})
    assert changed.json()["role"] == "admin"
    assert await invites() == 201
    await owner.patch(f"/v1/workspace/member/{ada.id}", json={"role": "member"})
    assert await invites() == 403


async def test_who_is_locked_out_is_out_at_once(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    ada = await join(server, owner)
    assert (await owner.patch(f"/v1/workspace/member/{ada.id}", json={"disabled": True})).json()["disabled"]
    assert (await ada.client.get("/v1/me")).status_code == 401
    async with server.anonymous() as browser:
        body = {"email": ada.email, "password": PASSWORD}
        assert (await browser.post("/v1/auth/sign-in", json=body)).status_code == 401
        await owner.patch(f"/v1/workspace/member/{ada.id}", json={"disabled": False})
        assert (await browser.post("/v1/auth/sign-in", json=body)).status_code == 200
    assert (await ada.client.get("/v1/me")).status_code == 200  # a token is asleep, not over


async def test_who_leaves_hands_over_what_is_theirs(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given Ada with a flow, and Grace
    ada, grace = await join(server, owner), await join(server, owner, "Grace")
    flow = {"definition": {"name": "Hers", "start": "end", "steps": [{"id": "end", "type": "final", "config": {}}]}}
    flow_id = (await ada.client.post("/v1/flow", json=flow)).json()["id"]
    # When Ada is removed with Grace as heir
    gone = await owner.delete(f"/v1/workspace/member/{ada.id}", params={"heirId": grace.id})
    # Then the flow is Grace's, Ada is out, and her address is free again
    assert gone.status_code == 204
    assert (await grace.client.get(f"/v1/flow/{flow_id}")).json()["ownerId"] == grace.id
    assert (await ada.client.get("/v1/me")).status_code == 401
    assert (await owner.get(f"/v1/workspace/member/{ada.id}")).status_code == 404
    assert len(await invite(owner, ada.email)) == 1


async def test_admins_do_not_decide_about_owners(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    admin, ada = await join(server, owner, "Root", role="admin"), await join(server, owner)
    me = (await owner.get("/v1/me")).json()["id"]
    for target, body in ((me, {"role": "member"}), (me, {"disabled": True}), (ada.id, {"role": "owner"})):
        refused = await admin.client.patch(f"/v1/workspace/member/{target}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "owners_only")
    assert (await admin.client.delete(f"/v1/workspace/member/{me}")).status_code == 403
    assert (await admin.client.post(f"/v1/workspace/member/{me}/reset")).status_code == 403
    invited = await admin.client.post("/v1/workspace/invitation", json={"emails": ["o@example.com"], "role": "owner"})
    assert (invited.status_code, invited.json()["code"]) == (403, "role_too_high")


async def test_the_last_owner_stays(owner: httpx2.AsyncClient) -> None:
    me = (await owner.get("/v1/me")).json()["id"]
    for refused in (
        await owner.patch(f"/v1/workspace/member/{me}", json={"role": "admin"}),
        await owner.patch(f"/v1/workspace/member/{me}", json={"disabled": True}),
        await owner.delete(f"/v1/workspace/member/{me}"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")


async def test_groups_hold_people(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    ada, grace = await join(server, owner), await join(server, owner, "Grace")
    made = (await owner.post("/v1/workspace/group", json={"name": "Support", "members": [ada.id]})).json()
    taken = await owner.post("/v1/workspace/group", json={"name": "support"})
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    assert (await owner.put(f"/v1/workspace/group/{made['id']}/member/{grace.id}")).status_code == 204
    assert (await owner.put(f"/v1/workspace/group/{made['id']}/member/{grace.id}")).status_code == 204
    assert (await owner.put(f"/v1/workspace/group/{made['id']}/member/nobody")).status_code == 404
    assert (await owner.delete(f"/v1/workspace/group/{made['id']}/member/{ada.id}")).status_code == 204
    assert (await owner.delete(f"/v1/workspace/group/{made['id']}/member/{ada.id}")).status_code == 404
    seen = (await ada.client.get(f"/v1/workspace/group/{made['id']}")).json()
    assert [one["id"] for one in seen["members"]] == [grace.id]
    member = (await owner.get(f"/v1/workspace/member/{grace.id}")).json()
    assert member["groups"] == [{"id": made["id"], "name": "Support"}]
    assert (await owner.patch(f"/v1/workspace/group/{made['id']}", json={"name": "Help"})).json()["name"] == "Help"
    assert (await ada.client.delete(f"/v1/workspace/group/{made['id']}")).status_code == 403
    assert (await owner.delete(f"/v1/workspace/group/{made['id']}")).status_code == 204
    assert (await owner.get("/v1/workspace/group")).json()["items"] == []


async def test_the_workspace_has_a_name(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    ada = await join(server, owner)
    assert (await owner.patch("/v1/workspace", json={"name": "Acme"})).json()["name"] == "Acme"
    assert (await ada.client.get("/v1/workspace")).json()["name"] == "Acme"
    assert (await ada.client.patch("/v1/workspace", json={"name": "Mine"})).status_code == 403


@pytest.mark.parametrize(
    "loss", [{"role": "member"}, {"disabled": True}, None], ids=["demoted", "locked out", "removed"]
)
async def test_an_invitation_ends_with_the_right_of_who_made_it(
    server: LiveServer, owner: httpx2.AsyncClient, loss: dict[str, Json] | None
) -> None:
    # Given an admin who has invited an admin, and an owner who has invited somebody too
    admin = await join(server, owner, "Adam", role="admin")
    address = f"friend.{admin.id}@example.com"
    [code] = await invite(admin.client, address, role="admin")
    [other] = await invite(owner, f"colleague.{admin.id}@example.com")
    # When the admin is let go
    url = f"/v1/workspace/member/{admin.id}"
    gone = await (owner.delete(url) if loss is None else owner.patch(url, json=loss))
    assert gone.is_success
    # Then nobody comes in by their word any more, and others do
    async with server.anonymous() as browser:
        for path, body in (
            ("invitation", {"code": code}),
            ("accept", {"code": code, "name": "F", "password": PASSWORD}),
        ):
            refused = await browser.post(f"/v1/auth/{path}", json=body)
            assert (refused.status_code, refused.json()["code"]) == (404, "invitation_over")
        assert (await browser.post("/v1/auth/invitation", json={"code": other})).is_success


async def test_who_has_no_address_gives_themselves_one(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given the first owner, who came without an address
    for wrong in ("two@example.com, three@example.com", "a@example.com\r\nBcc: b@example.com", "nobody"):
        refused = await owner.patch("/v1/me", json={"email": wrong})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_address")
    # When they set one, in whatever case
    given = await owner.patch("/v1/me", json={"email": " First.Owner@Example.com "})
    assert (await owner.get("/v1/me")).json()["email"] == given.json()["email"] == "first.owner@example.com"
    # Then it signs them in, and cannot be set again
    assert (await owner.put("/v1/me/password", json={"password": PASSWORD})).status_code == 204
    async with server.anonymous() as browser:
        body = {"email": "FIRST.owner@example.com", "password": PASSWORD}
        assert (await browser.post("/v1/auth/sign-in", json=body)).status_code == 200
    again = await owner.patch("/v1/me", json={"email": "other@example.com"})
    assert (again.status_code, again.json()["code"]) == (409, "address_taken")
