"""Nobody gets the rights of somebody else by what they call themselves, write into a flow, or try out."""

import json
from collections.abc import Callable, Iterator

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import APPROVAL, make_flow, make_peer
from tests.fakes.live_server import LiveServer
from tests.fakes.people import PASSWORD, Person, invite, join
from tests.fakes.socket_talk import SocketClient

pytestmark = pytest.mark.anyio
SECRET = "seven-green-bottles"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("data")) as running:
        yield running


def asking(approver: str) -> dict[str, Json]:
    ask, *rest = APPROVAL["steps"]
    return {**APPROVAL, "steps": [{**ask, "config": {**ask["config"], "approvers": [approver]}}, *rest]}


@pytest.mark.promise("A3")
@pytest.mark.parametrize("named_by", [lambda boss: boss.email, lambda boss: boss.id], ids=["address", "id"])
async def test_a_name_that_reads_as_another_person_does_not_approve(
    server: LiveServer, owner: httpx2.AsyncClient, named_by: Callable[[Person], str]
) -> None:
    # Given a question that one person shall answer, and another one who is called as that one is addressed
    boss = await join(server, owner, "Boss")
    called, renamed = await join(server, owner, "Eve"), await join(server, owner, "Mallory")
    assert (await owner.patch(f"/v1/workspace/member/{called.id}", json={"name": named_by(boss)})).is_success
    flow_id = await make_flow(owner, asking(f"user:{named_by(boss)}"))
    waiting = (await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"amount": 5}})).json()
    url = f"/v1/flowrun/resume/{waiting['appRunId']}"
    approve = {"decision": "approve", "interruptId": waiting["waitState"]["interruptId"]}
    # When a third one takes that name, and everybody approves
    taken = await renamed.client.patch("/v1/me", json={"name": named_by(boss).upper()})
    answers = [(await one.client.post(url, json=approve)).status_code for one in (called, renamed, boss)]
    # Then that name is not to be had, and it lends nobody a right
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    assert answers == [404, 404, 200]


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u200b", "\u00ad", "\x07", "\U000e0041"], ids=lambda one: f"{ord(one):x}"
)
async def test_no_name_hides_anything(server: LiveServer, owner: httpx2.AsyncClient, hidden: str) -> None:
    # Given a member, a public link and an invitation
    ada = await join(server, owner, "Ada")
    token = (await owner.post(f"/v1/peer/{await make_peer(owner)}/link", json={})).json()["token"]
    [code] = await invite(owner, f"guest.{ord(hidden)}@example.com")
    name = f"Bo{hidden}ss"
    # When somebody takes a name that looks like another one, at every door where a name is taken
    async with server.anonymous() as stranger:
        answers = [
            await ada.client.patch("/v1/me", json={"name": name}),
            await owner.patch(f"/v1/workspace/member/{ada.id}", json={"name": name}),
            await stranger.post("/v1/auth/visit", json={"token": token, "name": name}),
            await stranger.post("/v1/auth/accept", json={"code": code, "name": name, "password": PASSWORD}),
        ]
    # Then it is refused, and the character is named
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(400, "invalid_request")}
    assert all(f"U+{ord(hidden):04X}" in one.text for one in answers)
    # And names of every script are taken
    persian = "\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645"  # With a joiner, as it is spelled.
    taken = await ada.client.patch("/v1/me", json={"name": f"{persian} {ord(hidden)}"})
    assert taken.is_success, taken.text


async def test_the_owners_token_does_not_act_for_who_is_locked_out(server: LiveServer) -> None:
    # Given a second owner, who locks the first one out
    async with server.client() as owner:
        first = (await owner.get("/v1/me")).json()["id"]
        second = await join(server, owner, "Second", role="owner")
        assert (await second.client.patch(f"/v1/workspace/member/{first}", json={"disabled": True})).is_success
        # When the token of the settings is used, then it stands for the owner who is left
        acting = (await owner.get("/v1/me")).json()
        assert (await second.client.patch(f"/v1/workspace/member/{first}", json={"disabled": False})).is_success
        assert acting["id"] == second.id
        assert (await owner.get("/v1/me")).json()["id"] == first


def ends(output: Json) -> dict[str, Json]:
    return {"id": "done", "type": "final", "config": {"output": output}}


def starting(*steps: dict[str, Json]) -> dict[str, Json]:
    triggers = [{"type": "api"}, {"type": "peer.action"}]
    return {"name": "Eve's", "triggers": triggers, "start": steps[0]["id"], "steps": list(steps)}


def calling(flow_id: str) -> dict[str, Json]:
    call = {"id": "call", "type": "run-flow", "config": {"flowId": flow_id}, "output": "told", "next": "done"}
    return starting(call, ends("{{ told }}"))


async def secret_flow(owner: httpx2.AsyncClient) -> str:
    """A flow of the owner's that is shared with nobody, and tells a secret to whoever runs it."""
    flow_id = await make_flow(owner, starting(ends("{{ env.SECRET }}")))
    assert (await owner.put(f"/v1/flow/{flow_id}/variable/SECRET", json={"value": SECRET})).is_success
    assert (await owner.post(f"/v1/flow/{flow_id}/deploy")).is_success
    return flow_id


async def test_a_flow_is_not_within_reach_because_its_id_was_published(
    server: LiveServer, owner: httpx2.AsyncClient
) -> None:
    # Given somebody who has published a flow in which the id of another one's flow stands as a mere text
    other, eve = await secret_flow(owner), (await join(server, owner, "Eve")).client
    flow_id = await make_flow(eve, starting(ends(other)))
    assert (await eve.post(f"/v1/flow/{flow_id}/publish")).is_success
    # When the draft runs that flow
    assert (await eve.patch(f"/v1/flow/{flow_id}", json={"definition": calling(other)})).is_success
    tried = await eve.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {}})
    published = await eve.post(f"/v1/flow/{flow_id}/publish")
    # Then it can neither be tried nor published
    assert [(one.status_code, one.json()["code"]) for one in (tried, published)] == [(422, "checks_failed")] * 2


async def test_what_was_published_with_the_right_to_it_stays(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given a published flow that runs another one, which an editor of the former may not run
    editor, other = await join(server, owner, "Ed"), await secret_flow(owner)
    flow_id = await make_flow(owner, calling(other), deploy=True)
    grants = {"grants": [{"subjectId": editor.id, "role": "editor"}]}
    assert (await owner.put(f"/v1/flow/{flow_id}/grant", json=grants)).is_success
    # When the editor changes something else of it
    renamed = {**calling(other), "name": "Renamed"}
    assert (await editor.client.patch(f"/v1/flow/{flow_id}", json={"definition": renamed})).is_success
    # Then it can still be published
    assert (await editor.client.post(f"/v1/flow/{flow_id}/publish")).is_success


async def told(server: LiveServer, person: Person, peer_id: str, *, content: str, preview: bool = False) -> str:
    """Everything that a turn said."""
    async with server.socket() as connection:
        client = SocketClient(connection)
        await client.hello(person.token)
        opened = await client.command("conversation.open", peerId=peer_id, preview=preview)
        sent = {"conversationId": opened["conversationId"], "clientMessageId": "m1", "content": content}
        await client.command("message.send", **sent)
        await client.event("turn.finished")
        events = [frame.get("event", {}) for frame in client.frames]
        for widget in [event for event in events if event.get("type") == "widget.added"]:
            act = {"messageWidgetId": widget["messageWidgetId"], "name": "go", "payload": None, "rev": 1}
            acted = await client.command("widget.action", **act)
            assert acted["code"] == "not_found", acted
        return json.dumps(client.frames)


@pytest.mark.parametrize("attached_as", ["tool", "message"])
async def test_a_preview_runs_no_draft_that_uses_what_is_out_of_reach(
    server: LiveServer, owner: httpx2.AsyncClient, attached_as: str
) -> None:
    # Given somebody who attaches a draft to their Peer that runs a flow of another one
    other, eve = await secret_flow(owner), await join(server, owner, "Eve")
    flow_id = await make_flow(eve.client, calling(other))
    peer_id = await make_peer(eve.client, {"flowId": flow_id, "as": attached_as, "toolName": "spy"})
    # When they try it out
    found = await told(server, eve, peer_id, content="/spy {}", preview=True)
    # Then nothing has run
    assert SECRET not in found
    # But once they may run that flow, it does
    grants = {"grants": [{"subjectId": eve.id, "role": "runner"}]}
    assert (await owner.put(f"/v1/flow/{other}/grant", json=grants)).is_success
    assert SECRET in await told(server, eve, peer_id, content="/spy {}", preview=True)


async def test_a_widget_names_its_flows_as_they_are_written(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given somebody whose widget runs a flow that is named by a template, which no check follows
    other, eve = await secret_flow(owner), await join(server, owner, "Eve")

    def showing(**action: Json) -> dict[str, Json]:
        state = {"question": "?", "stars": [], "comment": ""}
        config = {"widgetId": "rating", "initialState": state, "actions": {"go": action}}
        return starting({"id": "show", "type": "add-widget-to-message", "config": config, "next": "done"}, ends("ok"))

    # When they publish it by its id, by a template, and as a draft
    hidden = f"{{{{ '{other}' }}}}"
    refused = []
    for action in ({"flowId": other}, {"flowId": hidden}, {"say": "x", "version": "draft"}):
        flow_id = await make_flow(eve.client, showing(**action))
        refused.append((await eve.client.post(f"/v1/flow/{flow_id}/publish")).status_code)
    # Then none of them can be
    assert refused == [422, 422, 422]
    # And tried out, its action leads nowhere
    flow_id = await make_flow(eve.client, showing(flowId=hidden))
    peer_id = await make_peer(eve.client, {"flowId": flow_id, "toolName": "show"})
    found = await told(server, eve, peer_id, content="/show {}", preview=True)
    assert "widget.added" in found
    assert SECRET not in found
