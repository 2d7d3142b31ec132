"""Who may answer a run over HTTP, and what they learn by it: an approver without a right on the flow sees no output."""

import httpx2
import pytest

from tests.fakes.flows import APPROVAL, make_flow
from tests.fakes.live_server import Json, LiveServer
from tests.fakes.members import Member

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def approver(server: LiveServer) -> Member:
    return Member(server, "Mo")


def asking(*approvers: str) -> dict[str, Json]:
    ask, *rest = APPROVAL["steps"]
    return {**APPROVAL, "steps": [{**ask, "config": {**ask["config"], "approvers": list(approvers)}}, *rest]}


async def wait(owner: httpx2.AsyncClient, definition: dict[str, Json]) -> tuple[str, str]:
    """Start a run that waits; its id and that of its question."""
    flow_id = await make_flow(owner, definition)
    waiting = (await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"amount": 5}})).json()
    return waiting["appRunId"], waiting["waitState"]["interruptId"]


async def test_an_approver_decides_and_learns_nothing_else(
    owner: httpx2.AsyncClient, server: LiveServer, approver: Member
) -> None:
    # Given a run that asks somebody who has no right on the flow
    run_id, interrupt_id = await wait(owner, asking(f"user:{approver.id}"))
    url, approve = f"/v1/flowrun/resume/{run_id}", {"decision": "approve", "interruptId": interrupt_id}
    async with approver.client() as mo, Member(server, "Nina").client() as nina:
        # When they look at the run, answer without naming the question, and answer it
        views = ("poll", "details", "inputs", "outputs", "errorDetails", "steps", "context", "credit-details")
        looks = {(await mo.get(f"/v1/flowrun/{view}/{run_id}")).status_code for view in views}
        blind = await mo.post(url, json={"decision": "approve"})
        foreign = await nina.post(url, json=approve)
        answers = [await mo.post(url, json=approve) for _ in range(2)]
        other = await mo.post(url, json={**approve, "decision": "reject"})
        after = {(await mo.get(f"/v1/flowrun/{view}/{run_id}")).status_code for view in views}
    # Then the answer counts, and they are told of it alone
    assert looks == after == {404}
    assert (blind.status_code, foreign.status_code) == (404, 404)
    first, again = [answer.json() for answer in answers]
    assert (first["status"], first["repeated"], again["status"], again["repeated"]) == (
        "settled",
        False,
        "already_settled",
        True,
    )
    assert set(first) == {"status", "appRunId", "interruptId", "resolution", "decidedBy", "repeated"}
    assert (first["decidedBy"]["id"], first["resolution"]["decision"]) == (approver.id, "approve")
    assert (other.status_code, other.json()["code"]) == (409, "already_settled")
    assert (await owner.get(f"/v1/flowrun/outputs/{run_id}")).json() == {"paid": 5}


async def test_runners_decide_by_default_and_viewers_do_not(owner: httpx2.AsyncClient, server: LiveServer) -> None:
    # Given a flow that names nobody, and people with roles on it
    statuses = []
    for role in ("viewer", "runner"):
        person = Member(server, role)
        run_id, interrupt_id = await wait(owner, APPROVAL)
        flow_id = (await owner.get(f"/v1/flowrun/details/{run_id}")).json()["flowId"]
        person.gets(role, flow_id)
        # When they approve
        async with person.client() as client:
            body = {"decision": "approve", "interruptId": interrupt_id}
            answer = await client.post(f"/v1/flowrun/resume/{run_id}", json=body)
        statuses.append(answer.status_code)
    # Then only who may run it decides
    assert statuses == [404, 200]
