"""Nobody gets the rights of somebody else by what they call themselves, write into a flow, or try out."""

from collections.abc import AsyncIterator, Callable, Iterator

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import APPROVAL, make_flow
from tests.fakes.live_server import LiveServer
from tests.fakes.people import Person, join

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
async def owner(server: LiveServer) -> AsyncIterator[httpx2.AsyncClient]:
    async with server.client() as client:
        yield client


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
