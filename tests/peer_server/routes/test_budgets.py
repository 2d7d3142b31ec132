"""What may be spent on models: counted exactly, refused in words once it is spent, anew when the period is over."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import APPROVAL, key_headers, make_flow, make_peer
from tests.fakes.openai_replies import Reply
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.people import Person, client_of, join, tenant
from tests.fakes.socket_talk import Frame, SocketClient
from tests.fakes.timed_server import TimedServer, timed_server

pytestmark = pytest.mark.anyio
PRICES = {"m": {"prompt": 1000.0, "completion": 5000.0, "cached": 100.0}, "*": {"prompt": 1.0, "completion": 2.0}}
KEY = "sk-of-the-provider"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimedServer]:
    with timed_server(tmp_path_factory.mktemp("data"), http_allow="127.0.0.1:*") as running:
        running.clock.advance(timedelta(days=5000).total_seconds())  # Cookies are judged by the clock of the machine.
        yield running


@pytest.fixture
async def provider(owner: httpx2.AsyncClient) -> AsyncIterator[FakeOpenAI]:
    """A provider with prices, connected as `ours`."""
    async with FakeOpenAI(api_key=KEY) as fake:
        body = {"name": "ours", "baseUrl": fake.base_url, "key": KEY, "prices": PRICES, "currency": "EUR"}
        made = await owner.post("/v1/connection", json=body)
        assert made.status_code == 201, made.text
        yield fake
        await owner.delete(f"/v1/connection/{made.json()['id']}")


@pytest.fixture(autouse=True)
async def no_budgets(server: TimedServer, owner: httpx2.AsyncClient) -> AsyncIterator[None]:
    """Each test has a month of its own, and leaves no limit behind."""
    server.clock.advance(timedelta(days=32).total_seconds())
    yield
    for one in (await owner.get("/v1/budget", params={"limit": 200})).json()["items"]:
        await owner.delete(f"/v1/budget/{one['id']}")


def asking(**config: Json) -> dict[str, Json]:
    step = {"id": "ask", "type": "ask-to-llm", "config": {"prompt": "Hello", "model": "ours:m", **config}}
    step |= {"output": "answer", "next": "done"}
    done = {"id": "done", "type": "final", "config": {"output": "{{ answer.usage }}"}}
    triggers = [{"type": "api"}, {"type": "peer.action"}]
    return {"name": "Asks", "triggers": triggers, "start": "ask", "steps": [step, done]}


async def limit(client: httpx2.AsyncClient, kind: str, subject_id: str | None = None, **fields: Json) -> dict[str, Any]:
    made = await client.post("/v1/budget", json={"kind": kind, "subjectId": subject_id, **fields})
    assert made.status_code == 201, made.text
    budget: dict[str, Any] = made.json()
    return budget


async def now(client: httpx2.AsyncClient, budget: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/v1/budget/{budget['id']}")).json()
    return found


async def say(server: TimedServer, token: str, peer_id: str, *texts: str) -> list[Frame]:
    """How each of these turns ended, in one conversation."""
    ended = []
    async with server.socket() as connection:
        talking = SocketClient(connection)
        await talking.hello(token)
        opened = await talking.command("conversation.open", peerId=peer_id)
        for number, text in enumerate(texts):
            fields: dict[str, Json] = {"clientMessageId": f"m{number}", "content": text}
            await talking.command("message.send", conversationId=opened["conversationId"], **fields)
            ended.append(await talking.event("turn.finished"))
    return ended


@pytest.mark.row("A-17", "A-30")
async def test_what_a_run_used_is_counted_to_the_token_and_to_the_cent(
    owner: httpx2.AsyncClient, provider: FakeOpenAI, server: TimedServer
) -> None:
    # Given a flow that asks a model once, before anybody has set a limit
    flow_id = await make_flow(owner, asking(), deploy=True)
    provider.reply(Reply(text="one two three"))
    first = (await owner.post(f"/v1/flow/execute/{flow_id}", json={"version": "deployed"})).json()
    # When a limit is set, then what was used in this period counts already, by the prices of the connection
    budget = await limit(owner, "workspace", tokens=1000, cost=1.0, currency="EUR")
    used = first["totalTokens"]
    cost = round((1000 * first["promptTokens"] + 5000 * 3) / 1e6, 9)
    assert (budget["usedTokens"], budget["leftTokens"]) == (used, 1000 - used)
    assert (budget["usedCost"], budget["leftCost"], budget["state"]) == (cost, round(1 - cost, 9), "ok")
    # And the records of the run say the same
    server.clock.advance(1)
    [row] = (await owner.get(f"/v1/flow/{flow_id}/monitor/model-run")).json()["items"]
    assert row["usage"]["price"] == {"amount": cost, "currency": "EUR"}
    assert row["usage"]["credits"] == used / 1000
    details = (await owner.get(f"/v1/flowrun/credit-details/{row['runId']}")).json()
    assert details["totals"]["price"] == {"amount": cost, "currency": "EUR"}


@pytest.mark.row("A-30")
async def test_a_spent_budget_ends_the_step_and_begins_anew_at_midnight(
    owner: httpx2.AsyncClient, provider: FakeOpenAI, server: TimedServer
) -> None:
    # Given a budget of a day that one call more than spends
    flow_id = await make_flow(owner, asking(), deploy=True)
    budget = await limit(owner, "workspace", period="day", tokens=1)
    assert (await owner.post(f"/v1/flow/execute/{flow_id}", json={"version": "deployed"})).status_code == 200
    # When the flow runs again
    refused = await owner.post(f"/v1/flow/execute/{flow_id}", json={"version": "deployed"})
    # Then no model is asked, and the answer says whose budget it is, until when, and who can raise it
    midnight = (server.clock.now() + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["stepId"]) == (429, "budget_spent", "ask")
    details = {"budgetOf": "workspace", "period": "day", "renewsAt": midnight.isoformat(), "raisedBy": "workspaceAdmin"}
    assert problem["error"]["details"] == details
    assert len(provider.requests) == 1
    stands = await now(owner, budget)
    assert (stands["state"], stands["leftTokens"]) == ("spent", 0)
    # And the next day there is as much again
    server.until(midnight)
    assert (await now(owner, budget))["usedTokens"] == 0
    assert (await owner.post(f"/v1/flow/execute/{flow_id}", json={"version": "deployed"})).status_code == 200
    # And the log was told once in each period
    told = await audit(owner, budget["id"])
    assert told == {"budget.created": 1, "budget.low": 2, "budget.spent": 2}


async def audit(owner: httpx2.AsyncClient, budget_id: str) -> dict[str, int]:
    """How often each event is recorded about that budget."""
    since: dict[str, Any] = {"from": "2025-01-01T00:00:00Z", "to": "2060-01-01T00:00:00Z", "limit": 200}
    found = (await owner.get("/v1/workspace/audit", params=since)).json()["items"]
    events = [one["event"] for one in found if one["objectId"] == budget_id]
    return {event: events.count(event) for event in sorted(set(events))}


async def test_many_calls_at_once_overrun_by_those_in_flight_at_most(
    owner: httpx2.AsyncClient, provider: FakeOpenAI, server: TimedServer
) -> None:
    # Given a prompt of some 1,000 tokens and a budget of 5,000, and a provider that answers late
    flow_id = await make_flow(owner, asking(prompt="word " * 800), deploy=True)
    budget = await limit(owner, "workspace", tokens=5000)
    provider.reply(*[Reply(text="fine", delay_ms=100) for _ in range(24)])
    # When 24 runs ask at once
    start = owner.post(f"/v1/flow/execute/{flow_id}", json={"version": "deployed"})
    answers = await asyncio.gather(
        start, *[owner.post(f"/v1/flow/execute/{flow_id}", json={"version": "deployed"}) for _ in range(23)]
    )
    # Then prompts for the budget were let in and no more, and what they used is counted exactly
    let_in = [answer.json() for answer in answers if answer.status_code == 200]
    assert {answer.json()["code"] for answer in answers if answer.status_code != 200} == {"budget_spent"}
    assert len(let_in) == len(provider.requests) == 5
    stands = await now(owner, budget)
    assert stands["usedTokens"] == sum(one["totalTokens"] for one in let_in)
    # And nothing stays held once they are over
    await owner.patch(f"/v1/budget/{budget['id']}", json={"tokens": stands["usedTokens"] + 1})
    assert (await owner.post(f"/v1/flow/execute/{flow_id}", json={"version": "deployed"})).status_code == 200


async def test_a_call_that_broke_off_or_was_not_counted_by_its_provider_is_estimated(
    owner: httpx2.AsyncClient, provider: FakeOpenAI
) -> None:
    flow_id = await make_flow(owner, asking(prompt="x" * 400), deploy=True)
    budget = await limit(owner, "workspace", tokens=10**6)
    provider.reply(Reply(text="y" * 40, usage=False))
    assert (await owner.post(f"/v1/flow/execute/{flow_id}", json={"version": "deployed"})).status_code == 200
    assert (await now(owner, budget))["usedTokens"] == 110
    provider.reply(Reply(text="y " * 40, cut_after=10), Reply(status=400, error={"message": "no", "type": "bad"}))
    assert (await owner.post(f"/v1/flow/execute/{flow_id}", json={"version": "deployed"})).status_code == 500
    cut = (await now(owner, budget))["usedTokens"]
    assert 210 <= cut < 240
    # A call that was refused before anything came costs nothing
    assert (await owner.post(f"/v1/flow/execute/{flow_id}", json={"version": "deployed"})).status_code == 500
    assert (await now(owner, budget))["usedTokens"] == cut


async def test_a_judge_is_paid_too_and_its_refusal_is_no_fault_of_the_scanner(
    owner: httpx2.AsyncClient, provider: FakeOpenAI
) -> None:
    judged = asking()
    judged["guardrails"] = {"input": [{"type": "toxicity", "config": {"model": "ours:m"}}]}
    flow_id = await make_flow(owner, judged, deploy=True)
    budget = await limit(owner, "workspace", tokens=1)
    provider.reply(Reply(text='{"score": 0.0}'))
    for _ in range(2):
        refused = (await owner.post(f"/v1/flow/execute/{flow_id}", json={"version": "deployed"})).json()
        assert refused["code"] == "budget_spent"
    assert len(provider.requests) == 1
    assert (await now(owner, budget))["usedTokens"] > 1


async def test_embeddings_are_counted_and_refused_like_any_other_call(
    owner: httpx2.AsyncClient, provider: FakeOpenAI
) -> None:
    source = (await owner.post("/v1/data-source", json={"name": "Meaning", "embeddingModel": "ours:embed"})).json()
    budget = await limit(owner, "workspace", tokens=1000, cost=1.0, currency="EUR")
    searched = await owner.post(f"/v1/data-source/{source['id']}/search", json={"query": "vacation"})
    assert searched.status_code == 200, searched.text
    used = await now(owner, budget)
    assert (used["usedTokens"], used["usedCost"]) == (1, 0.000001)
    await owner.patch(f"/v1/budget/{budget['id']}", json={"tokens": 1})
    refused = await owner.post(f"/v1/data-source/{source['id']}/search", json={"query": "vacation"})
    assert (refused.status_code, refused.json()["code"]) == (429, "budget_spent")


@pytest.mark.row("D-09")
async def test_a_visitor_of_a_spent_link_is_told_in_words_and_without_figures(
    server: TimedServer, owner: httpx2.AsyncClient
) -> None:
    # Given a Peer that asks for approval, open by two links, one with a budget for one turn
    flow_id = await make_flow(owner, APPROVAL, deploy=True)
    peer_id = await make_peer(owner, {"flowId": flow_id, "toolName": "pay"})
    links = [(await owner.post(f"/v1/peer/{peer_id}/link", json={})).json() for _ in range(2)]
    async with server.anonymous() as stranger:
        mia, zoe = [
            (await stranger.post("/v1/auth/visit", json={"token": link["token"]})).json()["session"] for link in links
        ]
    # When Mia starts the flow, which asks somebody, and goes on talking
    [went] = await say(server, mia, peer_id, '/pay {"amount": 3}')
    budget = await limit(owner, "link", links[0]["id"], tokens=1)
    [refused] = await say(server, mia, peer_id, "hello again")
    # Then her second turn is refused, in words
    assert (went["status"], refused["status"]) == ("completed", "failed")
    assert refused["error"]["code"] == "budget_spent"
    assert refused["error"]["details"]["raisedBy"] == "linkMaker"
    assert str((await now(owner, budget))["usedTokens"]) not in refused["error"]["message"].replace("-", " ").split()
    # And the question of her flow can still be answered
    [asked] = (await owner.get("/v1/interrupt", params={"status": "open"})).json()["items"]
    assert (await owner.post(f"/v1/interrupt/{asked['id']}/resume", json={"decision": "approve"})).status_code == 200
    # And Zoe, who came by the other link, is not kept from talking
    assert [one["status"] for one in await say(server, zoe, peer_id, "hello")] == ["completed"]
    # And a visitor sees no budget
    assert (await client_of(server, mia).get("/v1/budget")).status_code == 403
    # And it goes with the link
    await owner.delete(f"/v1/peer/{peer_id}/link/{links[0]['id']}")
    assert (await owner.get(f"/v1/budget/{budget['id']}")).status_code == 404


async def test_a_share_link_has_a_budget_of_its_own_and_programs_have_that_of_the_workspace(
    server: TimedServer, owner: httpx2.AsyncClient, provider: FakeOpenAI
) -> None:
    flow_id = await make_flow(owner, asking(), deploy=True)
    link = (await owner.post(f"/v1/flow/{flow_id}/share", json={})).json()
    await limit(owner, "link", link["id"], tokens=1)
    async with server.anonymous() as stranger:
        address = f"/v1/flow/share/execute/{link['token']}"
        assert (await stranger.post(address, json={})).status_code == 200
        refused = await stranger.post(address, json={})
    assert (refused.status_code, refused.json()["code"]) == (429, "budget_spent")
    headers = await key_headers(owner, flow_id)
    ran = await owner.post(f"/v1/client/flow/{flow_id}/execute", json={}, headers=headers)
    assert ran.status_code == 200, ran.text
    await owner.delete(f"/v1/flow/{flow_id}/share/{link['id']}")
    assert (await owner.get("/v1/budget", params={"kind": "link"})).json()["items"] == []


@pytest.mark.row("D-10")
async def test_one_persons_budget_is_nobody_elses_and_a_peers_counts_for_all(
    server: TimedServer, owner: httpx2.AsyncClient
) -> None:
    ada, ben = await join(server, owner, "Ada"), await join(server, owner, "Ben")
    peer_id = await make_peer(owner)
    other_id = await make_peer(owner)
    for one in (peer_id, other_id):
        grants = [{"subjectId": person.id, "role": "runner"} for person in (ada, ben)]
        await owner.put(f"/v1/peer/{one}/grant", json={"grants": grants})
    await limit(owner, "user", ada.id, tokens=1)
    assert [one["status"] for one in await say(server, ada.token, peer_id, "hi", "hi")] == ["completed", "failed"]
    assert [one["status"] for one in await say(server, ben.token, peer_id, "hi")] == ["completed"]
    # What both of them used counts for the Peer
    budget = await limit(owner, "peer", peer_id, tokens=1)
    assert budget["state"] == "spent"
    assert [one["status"] for one in await say(server, ben.token, peer_id, "hi")] == ["failed"]
    assert [one["status"] for one in await say(server, ben.token, other_id, "hi")] == ["completed"]
    # Ada sees her own, and may not raise it
    [own] = (await ada.client.get("/v1/budget")).json()["items"]
    assert (own["kind"], own["state"]) == ("user", "spent")
    assert (await ada.client.patch(f"/v1/budget/{own['id']}", json={"tokens": 5})).status_code == 403
    assert (await ada.client.delete(f"/v1/budget/{own['id']}")).status_code == 403
    assert (await ben.client.get(f"/v1/budget/{own['id']}")).status_code == 404


@pytest.mark.row("D-10")
async def test_limits_are_set_by_those_whose_matter_it_is(server: TimedServer, owner: httpx2.AsyncClient) -> None:
    # Given a Peer and its link, and people who are this and that to it
    peer_id = await make_peer(owner)
    link = (await owner.post(f"/v1/peer/{peer_id}/link", json={})).json()
    people = {role: await join(server, owner, f"A {role}") for role in ("editor", "manager", "admin")}
    grants = [{"subjectId": person.id, "role": role} for role, person in people.items()]
    await owner.put(f"/v1/peer/{peer_id}/grant", json={"grants": grants})
    admin = await join(server, owner, "Admin", role="admin")
    stranger = await join(server, owner, "Stranger")
    other = await tenant(server, "Other")

    async def asks(person: Person, kind: str, subject_id: str | None) -> int:
        body = {"kind": kind, "subjectId": subject_id, "tokens": 5}
        answer = await person.client.post("/v1/budget", json=body)
        if answer.status_code == 201:
            await person.client.delete(f"/v1/budget/{answer.json()['id']}")
        return answer.status_code

    # Then the Peer is limited by its admins, its links by whoever may share it, people and workspace by admins
    assert [await asks(person, "peer", peer_id) for person in people.values()] == [403, 403, 201]
    assert [await asks(person, "link", link["id"]) for person in people.values()] == [403, 201, 201]
    assert [await asks(person, "workspace", None) for person in (*people.values(), admin)] == [403, 403, 403, 201]
    assert [await asks(admin, "user", person.id) for person in (stranger, other)] == [201, 404]
    # And what one may not see is not there
    for kind, subject_id in (("peer", peer_id), ("link", link["id"])):
        assert [await asks(person, kind, subject_id) for person in (stranger, admin, other)] == [404, 404, 404]
    budget = await limit(owner, "peer", peer_id, tokens=5)
    for person, seen in ((people["admin"], 200), (people["manager"], 404), (admin, 404), (other, 404)):
        assert (await person.client.get(f"/v1/budget/{budget['id']}")).status_code == seen
    again = await owner.post("/v1/budget", json={"kind": "peer", "subjectId": peer_id, "tokens": 9})
    assert (again.status_code, again.json()["code"]) == (409, "budget_exists")
    for body in ({"kind": "peer", "subjectId": peer_id, "period": "day"}, {"kind": "user", "tokens": 5}):
        assert (await owner.post("/v1/budget", json=body)).status_code == 400
    assert (await owner.patch(f"/v1/budget/{budget['id']}", json={"tokens": None})).json()["code"] == "no_limit"
    changed = await owner.patch(f"/v1/budget/{budget['id']}", json={"tokens": None, "cost": 2.5})
    assert (changed.json()["tokens"], changed.json()["cost"]) == (None, 2.5)
