"""The client for programs against a running server: what blocks and what is awaited do the very same."""

import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from peer_server.client import (
    AsyncPeerServer,
    Conflict,
    InvalidRequest,
    NotFound,
    NotSignedIn,
    PeerServer,
    RunFailed,
    Unreachable,
    WaitedTooLong,
)
from peer_server.client.retries import Retries
from tests.fakes.flows import APPROVAL, GREETING, make_flow, make_key, make_peer
from tests.fakes.live_server import TOKEN, LiveServer
from tests.services.child import free_port

Json = Any
pytestmark = pytest.mark.anyio
ASKING = {
    "name": "Ask for days",
    "triggers": [{"type": "api"}],
    "start": "form",
    "steps": [
        {
            "id": "form",
            "type": "show-form",
            "config": {
                "title": "Days",
                "schema": {"type": "object", "properties": {"days": {"type": "integer"}}, "required": ["days"]},
            },
            "output": "asked",
            "next": {"submitted": "where"},
        },
        {
            "id": "where",
            "type": "client-tool",
            "config": {"toolName": "getPlace", "parameters": {}},
            "output": "place",
            "next": {"ok": "done"},
        },
        {"id": "done", "type": "final", "config": {"output": {"days": "{{ asked.days }}", "place": "{{ place }}"}}},
    ],
}


async def told(answer: Json) -> Json:
    """The answer of either client."""
    if hasattr(answer, "__aiter__"):
        return [item async for item in answer]
    if inspect.isawaitable(answer):
        return await answer
    return list(answer) if isinstance(answer, Iterator) else answer


@pytest.fixture(params=["blocking", "awaiting"])
async def client(request: pytest.FixtureRequest, server: LiveServer) -> AsyncIterator[Any]:
    """Each of the two, as the owner."""
    if request.param == "blocking":
        with PeerServer(server.url, token=TOKEN) as blocking:
            yield blocking
    else:
        async with AsyncPeerServer(server.url, token=TOKEN) as awaiting:
            yield awaiting


async def test_a_flow_is_made_checked_and_run(client: Json) -> None:
    # Given a flow that a program made
    flow = await told(client.flows.create(GREETING))
    findings = await told(client.flows.check(flow.id))
    assert (findings.errors, findings.warnings) == ([], [])
    # When it is deployed, and changed after that
    deployed = await told(client.flows.deploy(flow.id))
    steps = [{"id": "done", "type": "final", "config": {"output": {"greeting": "Hi {{ name }}"}}}]
    changed = await told(client.flows.update(flow.id, {**GREETING, "steps": steps}, draft_rev=flow.draft_rev))
    with pytest.raises(Conflict):
        await told(client.flows.update(flow.id, GREETING, draft_rev=flow.draft_rev))
    # Then the draft and the version say different things
    assert (deployed.version, changed.deployed_version) == (1, 1)
    draft = await told(client.flows.execute(flow.id, {"name": "Ada"}))
    first = await told(client.flows.execute(flow.id, {"name": "Ada"}, version=1))
    assert (draft.output, first.output) == ({"greeting": "Hi Ada"}, {"greeting": "Hello Ada"})
    # And it is found, with its runs and all that is known of one
    assert flow.id in [one.id for one in await told(client.flows.list(search="Greeting"))]
    assert [run.status for run in await told(client.flows.runs(flow.id))] == ["completed", "completed"]
    record = await told(client.runs.details(first.run_id))
    assert (record.version, record.inputs, [step.status for step in record.steps]) == (1, {"name": "Ada"}, ["done"])
    assert [step.step_id for step in await told(client.runs.watch(first.run_id))] == ["done"]


async def test_an_approval_waits_for_its_answer(client: Json) -> None:
    flow = await told(client.flows.create(APPROVAL))
    # Given a run that asks
    outcome = await told(client.flows.execute(flow.id, {"amount": 5}))
    assert (outcome.waiting, outcome.question.title) == (True, "Pay 5?")
    asked = await told(client.interrupts.list(run_id=outcome.run_id))
    assert [one.id for one in asked] == [outcome.question.interrupt_id]
    with pytest.raises(WaitedTooLong):
        await told(client.runs.wait(outcome.run_id, until="ended", timeout_s=0))
    # When it is answered, then it goes on; the same answer again is the same, and another is refused
    assert (await told(client.runs.approve(outcome.run_id, comment="fine"))).output == {"paid": 5}
    again = await told(client.runs.approve(outcome.run_id, comment="fine", interrupt_id=asked[0].id))
    assert again.output == {"paid": 5}
    with pytest.raises(Conflict) as refused:
        await told(client.runs.reject(outcome.run_id, interrupt_id=asked[0].id))
    assert refused.value.code == "already_settled"
    assert (await told(client.interrupts.get(asked[0].id))).resolution["decision"] == "approve"


async def test_forms_and_client_tools_are_answered(client: Json) -> None:
    flow = await told(client.flows.create(ASKING))
    outcome = await told(client.flows.execute(flow.id))
    with pytest.raises(InvalidRequest) as refused:
        await told(client.runs.submit_form(outcome.run_id, {"days": "many"}))
    assert [fault["path"] for fault in refused.value.faults] == ["/formData/days"]
    outcome = await told(client.runs.submit_form(outcome.run_id, {"days": 3}))
    assert outcome.question.kind == "client_tool"
    outcome = await told(client.runs.submit_tool_result(outcome.run_id, {"city": "Bonn"}))
    assert outcome.output == {"days": 3, "place": {"city": "Bonn"}}


async def test_a_conversation_is_held(client: Json, owner: httpx2.AsyncClient) -> None:
    # Given a Peer with a flow that asks
    flow_id = await make_flow(owner, APPROVAL, deploy=True)
    attachment = {"flowId": flow_id, "version": "deployed", "as": "tool", "toolName": "pay"}
    peer = await told(client.peers.get(await make_peer(owner, attachment)))
    talk = await told(client.conversations.create(peer.id))
    # When somebody asks for it
    answer = await told(client.conversations.say(talk.id, '/pay {"amount": 7}'))
    # Then the Peer says that it waits, and the question is there to be answered
    assert answer.waiting
    assert answer.text
    decided = await told(client.interrupts.answer(answer.questions[0]["interruptId"], {"decision": "approve"}))
    assert decided.status == "settled"
    texts = [message.text for message in await told(client.conversations.messages(talk.id))]
    assert answer.text in texts
    assert talk.id in [one.id for one in await told(client.conversations.list())]


async def test_files_keys_and_people_are_kept(client: Json) -> None:
    stored = await told(client.files.upload(b"some bytes", name="a.txt", mime="text/plain"))
    assert await told(client.files.download(stored.id)) == b"some bytes"
    assert (await told(client.files.info(stored.id))).name == "a.txt"
    key = await told(client.keys.create("Billing", scopes=["run"]))
    assert (key.id, None) in [(one.id, one.key) for one in await told(client.keys.list())]
    await told(client.keys.delete(key.id))
    assert key.id not in [one.id for one in await told(client.keys.list())]
    address = f"{key.id}@example.com"
    (invited,) = await told(client.people.invite([address]))
    assert invited.link
    assert address in [one.email for one in await told(client.people.invitations())]
    assert "owner" in [one.role for one in await told(client.people.list())]


async def test_a_key_runs_a_flow_by_its_endpoint(server: LiveServer, owner: httpx2.AsyncClient) -> None:
    # Given a flow whose endpoint answers at once, and one that waits
    slow = await make_flow(owner, {**APPROVAL, "settings": {"mode": "async"}}, deploy=True)
    quick = await make_flow(owner, GREETING, deploy=True)
    with PeerServer(server.url, api_key=await make_key(owner, None)) as client:
        # When a program runs them by a key
        greeting = client.flows.execute(quick, {"name": "Ada"}, version="deployed")
        outcome = client.flows.execute(slow, {"amount": 2})
        started = client.flows.start(slow, {"amount": 3})
        # Then both are followed to where they settle
        assert greeting.output == {"greeting": "Hello Ada"}
        assert (outcome.waiting, outcome.resume_secret is not None) == (True, True)
        assert client.runs.wait(started.run_id).waiting
        assert client.runs.reject(started.run_id).output == {"paid": 0}
        # And what only people may do is refused
        with pytest.raises(NotSignedIn):
            client.flows.get(quick)


async def test_problems_are_exceptions(client: Json, server: LiveServer) -> None:
    with pytest.raises(NotFound) as missing:
        await told(client.flows.get("nope"))
    assert (missing.value.status, missing.value.code, bool(missing.value.remedy)) == (404, "not_found", True)
    flow = await told(client.flows.create(GREETING))
    with pytest.raises(InvalidRequest) as refused:
        await told(client.flows.execute(flow.id))
    assert (refused.value.code, refused.value.path) == ("invalid_inputs", "/inputs/name")
    step = {"id": "get", "type": "http-request", "config": {"url": "http://127.0.0.1:1/"}}
    failing = await told(client.flows.create({"name": "Out", "start": "get", "steps": [step]}))
    with pytest.raises(RunFailed) as failed:
        await told(client.flows.execute(failing.id))
    assert (failed.value.step_id, failed.value.category) == ("get", "network")
    assert (await told(client.runs.wait(failed.value.run_id))).status == "failed"
    with pytest.raises(NotSignedIn), PeerServer(server.url, token="psk_wrong") as stranger:
        stranger.flows.page()


def test_nobody_there_is_told() -> None:
    url, quick = f"http://127.0.0.1:{free_port()}", Retries(attempts=2, first_s=0)
    with PeerServer(url, token=TOKEN, retries=quick) as client, pytest.raises(Unreachable) as failed:
        client.flows.get("any")
    assert failed.value.code == "unreachable"


def test_one_credential_is_enough() -> None:
    with pytest.raises(ValueError, match="not both"):
        PeerServer(token="psk_a", api_key="pak_a")
