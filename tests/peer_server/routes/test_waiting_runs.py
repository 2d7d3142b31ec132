"""What is told as waiting: only runs that somebody outside must answer, wherever the question was asked."""

from typing import Any, Final

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import APPROVAL, key_headers, make_flow

pytestmark = pytest.mark.anyio

DELAY: Final[dict[str, Any]] = {"id": "nap", "type": "delay", "config": {"seconds": 600}, "next": "done"}
DONE: Final[dict[str, Any]] = {"id": "done", "type": "final", "config": {"output": "ok"}}


def flow_of(*steps: dict[str, Any], **parts: Json) -> dict[str, Any]:
    start = steps[0]["id"]
    return {"name": "Slow", "triggers": [{"type": "api"}], "start": start, "steps": [*steps, DONE], **parts}


async def calling(owner: httpx2.AsyncClient, child: dict[str, Any], **inputs: Json) -> str:
    """A deployed flow whose only step runs that other flow."""
    child_id = await make_flow(owner, child, deploy=True)
    config = {"flowId": child_id, "version": "deployed", "inputs": inputs}
    return await make_flow(
        owner, flow_of({"id": "call", "type": "run-flow", "config": config, "next": "done"}), deploy=True
    )


async def resting(owner: httpx2.AsyncClient, flow_id: str, **inputs: Json) -> str:
    """The id of a run of it whose first step rests."""
    key = await key_headers(owner, flow_id)
    made = await owner.post(f"/v1/client/flow/{flow_id}/async", json=inputs, headers=key)
    assert made.status_code == 202, made.text
    run_id: str = made.json()["appRunId"]
    url = f"/v1/flowrun/steps/{run_id}"
    while [step["status"] for step in (await owner.get(url)).json()["items"]] != ["waiting"]:
        pass
    return run_id


async def answered(owner: httpx2.AsyncClient, path: str, **query: Json) -> Json:
    answer = await owner.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ids(owner: httpx2.AsyncClient, path: str, name: str, **query: Json) -> list[str]:
    return [row[name] for row in (await answered(owner, path, **query))["items"]]


@pytest.mark.row("C-15", "C-43", "C-44")
async def test_a_delay_is_no_waiting_for_an_answer(owner: httpx2.AsyncClient) -> None:
    # Given a run that rests in a delay, and one whose child does
    for flow_id in (await make_flow(owner, flow_of(DELAY), deploy=True), await calling(owner, flow_of(DELAY))):
        run_id = await resting(owner, flow_id)
        monitor = f"/v1/flow/{flow_id}/monitor"
        # When a program polls it, and its record is read
        poll = await answered(owner, f"/v1/flowrun/poll/{run_id}")
        record = await answered(owner, f"/v1/flowrun/details/{run_id}")
        # Then it is running
        assert poll == {"status": "running", "appRunId": run_id}
        assert (record["status"], record["waitStates"]) == ("running", [])
        # And so it is for lists, the monitor, its figures and all filters
        assert await ids(owner, f"/v1/flow/{flow_id}/logs", "appRunId", status="running") == [run_id]
        assert await ids(owner, f"/v1/flow/{flow_id}/logs", "appRunId", status="waiting") == []
        (row,) = (await answered(owner, f"{monitor}/run"))["items"]
        assert (row["status"], row["runStatus"]) == ("In Progress", "running")
        panel = await answered(owner, f"/v1/monitor/run/{run_id}")
        assert (panel["status"], panel["runStatus"]) == ("In Progress", "running")
        for query in ({}, {"status": "In Progress"}, {"status": ["In Progress", "Waiting"]}):
            assert await ids(owner, f"{monitor}/run", "runId", **query) == [run_id]
            counts = (await answered(owner, f"{monitor}/metrics", **query))["counts"]
            assert (counts["In Progress"], counts["Waiting"]) == (1, 0)
        assert await ids(owner, f"{monitor}/run", "runId", status="Waiting") == []
        assert (await answered(owner, f"{monitor}/metrics", status="Waiting"))["total"] == 0


@pytest.mark.row("C-43", "C-44")
async def test_a_run_waits_for_what_its_child_asks(owner: httpx2.AsyncClient) -> None:
    # Given a run that asks a person, and one whose child's child does
    asking = await make_flow(owner, APPROVAL, deploy=True)
    middle = flow_of(
        {
            "id": "call",
            "type": "run-flow",
            "config": {"flowId": asking, "version": "deployed", "inputs": {"amount": 5}},
            "next": "done",
        }
    )
    for flow_id, inputs in ((asking, {"amount": 5}), (await calling(owner, middle), {})):
        run_id = await resting(owner, flow_id, **inputs)
        monitor = f"/v1/flow/{flow_id}/monitor"
        # When it is looked at
        while "waitState" not in (poll := await answered(owner, f"/v1/flowrun/poll/{run_id}")):
            pass
        # Then it waits, everywhere
        assert (poll["status"], poll["waitState"]["type"]) == ("waiting", "user-approval")
        assert (await answered(owner, f"/v1/flowrun/details/{run_id}"))["status"] == "waiting"
        assert await ids(owner, f"/v1/flow/{flow_id}/logs", "status", status="waiting") == ["waiting"]
        assert await ids(owner, f"/v1/flow/{flow_id}/logs", "status", status="running") == []
        assert await ids(owner, f"{monitor}/run", "status", status="Waiting") == ["Waiting"]
        assert await ids(owner, f"{monitor}/run", "runId", status="In Progress") == []
        counts = (await answered(owner, f"{monitor}/metrics"))["counts"]
        assert (counts["In Progress"], counts["Waiting"]) == (0, 1)
        assert (await answered(owner, f"/v1/monitor/run/{run_id}"))["status"] == "Waiting"
