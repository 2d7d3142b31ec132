"""Many people decide the same question at once, through both doors: one wins, one effect, and everyone is told."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx2
import pytest

from tests.faults.approvals import AMOUNTS, CONTESTED, asked, ended, flow, step
from tests.faults.doors import Answer, Door, RestDoor, SocketDoor
from tests.faults.seeding import seed_flow
from tests.faults.server_process import ServerProcess
from tests.faults.shop_process import ShopProcess

pytestmark = pytest.mark.anyio

DECIDERS = 8
FEW, MANY = 25, 500
"""Rounds on each of the two databases."""


@pytest.fixture
async def client(fresh_server: ServerProcess) -> AsyncIterator[httpx2.AsyncClient]:
    async with fresh_server.async_client() as client:
        yield client


@pytest.fixture
async def doors(fresh_server: ServerProcess, client: httpx2.AsyncClient) -> AsyncIterator[list[Door]]:
    """Eight people: every other one has a socket of their own, the others use REST."""
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(SocketDoor.open(fresh_server.url)) for _ in range(DECIDERS // 2)]
        yield [door for socket in sockets for door in (socket, RestDoor(client))]


async def race(
    client: httpx2.AsyncClient, doors: list[Door], flow_id: str, *, shop: ShopProcess, chance: random.Random
) -> None:
    """One round."""
    # Given an open question, and eight answers of which neighbours contradict each other
    run_id, interrupt_id = await asked(client, flow_id)
    names = list(AMOUNTS)
    answers = [{"decision": names[n % len(names)], "comment": f"by {n // len(names)}"} for n in range(len(doors))]
    chance.shuffle(answers)
    barrier = asyncio.Barrier(len(doors))

    async def decide(door: Door, resolution: dict[str, str]) -> Answer:
        await barrier.wait()
        return await door.decide(run_id, interrupt_id, resolution)

    # When all are sent at once
    told = await asyncio.gather(*map(decide, doors, answers))
    # Then one has won, and everyone else is told what was decided
    statuses = Counter((answer.status, answer.repeated) for answer in told)
    assert statuses == {(200, False): 1, (409, False): len(doors) - 1}
    (won,) = {str(answer.recorded) for answer in told}
    winner = next(answer.recorded for answer in told if answer.status == 200)
    assert won == str(winner)
    # And an identical repeat is answered with the record, through every door, another one is refused
    assert await doors[0].decide(run_id, interrupt_id, winner) == Answer(200, "ok", winner, repeated=True)
    assert await doors[1].decide(run_id, interrupt_id, winner) == Answer(200, "ok", winner, repeated=True)
    # And it had one effect: that of the winner
    assert (await ended(client, run_id))["status"] == "completed"
    assert shop.charges([run_id]) == [("1001", AMOUNTS[winner["decision"]])]


async def races(
    server: ServerProcess, client: httpx2.AsyncClient, doors: list[Door], *, shop: ShopProcess, rounds: int
) -> None:
    flow_id = seed_flow(server, CONTESTED, SHOP_URL=shop.url)
    chance = random.Random(20261120)
    for _ in range(rounds):
        await race(client, doors, flow_id, shop=shop, chance=chance)


@pytest.mark.promise("E3")
async def test_few_races_have_one_winner_each(
    fresh_server: ServerProcess, client: httpx2.AsyncClient, doors: list[Door], shop: ShopProcess
) -> None:
    await races(fresh_server, client, doors, shop=shop, rounds=FEW)


@pytest.mark.promise("E3")
@pytest.mark.soak
async def test_many_races_have_one_winner_each(
    fresh_server: ServerProcess, client: httpx2.AsyncClient, doors: list[Door], shop: ShopProcess
) -> None:
    await races(fresh_server, client, doors, shop=shop, rounds=MANY)


async def asked_in_vain(client: httpx2.AsyncClient, flow_id: str) -> tuple[str, str]:
    """Let a run ask what nobody answers until it goes on without an answer: run and interrupt id."""
    body = {"inputs": {}, "returnExecutionMetadata": True}
    answer = (await client.post(f"/v1/flow/execute/{flow_id}", json=body)).raise_for_status().json()
    run_id = answer["appRunId"]
    await ended(client, run_id)
    (interrupt,) = (await client.get("/v1/interrupt", params={"runId": run_id})).raise_for_status().json()["items"]
    return run_id, interrupt["interruptId"]


@pytest.mark.promise("E4")
async def test_a_decision_that_comes_too_late_is_told_how_it_ended(
    fresh_server: ServerProcess, client: httpx2.AsyncClient, doors: list[Door]
) -> None:
    # Given a question that was taken back, and one that nobody answered in time
    question = step("ask", "user-approval", {"approve": "done", "expired": "done"}, title="Now?", expiresInS=0.2)
    brief = seed_flow(fresh_server, flow("Brief", question, step("done", "final", output="late")))
    patient = seed_flow(fresh_server, flow("Patient", step("ask", "user-approval", title="Sure?")))
    taken_back = await asked(client, patient)
    socket = doors[0]
    assert isinstance(socket, SocketDoor)
    assert (await socket.command("interrupt.withdraw", interruptId=taken_back[1]))["type"] == "ack"
    expired = await asked_in_vain(client, brief)
    # When somebody answers them, then every door says what became of them
    for door in doors[:2]:
        late = await door.decide(*taken_back, {"decision": "approve"})
        assert (late.status, late.code) == (410, "interrupt_cancelled")
        late = await door.decide(*expired, {"decision": "approve"})
        assert (late.status, late.code) == (410, "interrupt_expired")
    # And nothing has moved
    assert (await ended(client, taken_back[0]))["status"] == "cancelled"
    assert (await ended(client, expired[0]))["output"] == "late"
