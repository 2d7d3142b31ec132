"""The monitor through the door: rows of runs and model runs, figures, panels, filters, and what is kept out."""

from typing import Any

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import APPROVAL, GREETING, key_headers, make_flow

pytestmark = pytest.mark.anyio

ASK: dict[str, Any] = {
    "id": "ask",
    "type": "ask-to-llm",
    "name": "Summary",
    "config": {"model": "scripted", "system": "Be brief.", "prompt": "Say {{ inputs.name }}"},
    "output": "said",
    "next": "done",
}
FAILING: dict[str, Any] = {
    **GREETING,
    "name": "Failing",
    "start": "fine",
    "steps": [
        {"id": "fine", "type": "set-variable", "config": {"values": {"a": "1"}}, "next": "choose"},
        {
            "id": "choose",
            "type": "condition",
            "config": {"cases": [{"port": "never", "when": "name == 'nobody'"}]},
            "next": {"never": "untaken", "else": "wrong"},
        },
        {"id": "untaken", "type": "final", "config": {"output": 1}},
        {
            "id": "wrong",
            "type": "code",
            "name": "Divide",
            "config": {"source": "1 / 0", "inputs": {"who": "{{ name }}"}},
        },
    ],
}


def asking(*, model: str = "scripted") -> dict[str, Any]:
    step = {**ASK, "config": {**ASK["config"], "model": model}}
    final = {"id": "done", "type": "final", "config": {"output": "{{ said.response }}"}}
    return {**GREETING, "name": "Asking", "start": "ask", "steps": [step, final]}


def looping() -> dict[str, Any]:
    body = {**ASK, "next": None}
    loop = {
        "id": "each",
        "type": "loop",
        "config": {"mode": "each", "items": "[1, 2, 3, 4]", "start": "ask", "steps": [body]},
        "next": "done",
    }
    final = {"id": "done", "type": "final", "config": {"output": "ok"}}
    return {**GREETING, "name": "Looping", "start": "each", "steps": [loop, final]}


async def run(client: httpx2.AsyncClient, flow_id: str, **inputs: Json) -> Json:
    """Start the deployed version as a program does."""
    key = await key_headers(client, flow_id)
    return (await client.post(f"/v1/client/flow/{flow_id}/execute", json=inputs, headers=key)).json()


async def look(client: httpx2.AsyncClient, flow_id: str, what: str = "run", **query: Json) -> Json:
    answer = await client.get(f"/v1/flow/{flow_id}/monitor/{what}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.row("C-35", "C-37", "C-42", "C-43", "C-45", "C-46", "C-47", "C-48", "C-39")
async def test_only_deployed_runs_are_in_the_monitor(owner: httpx2.AsyncClient) -> None:
    # Given three runs of a draft and two of the deployed version
    flow_id = await make_flow(owner, GREETING, deploy=True)
    for _ in range(3):
        body = {"inputs": {"name": "Ada"}, "version": "draft"}
        assert (await owner.post(f"/v1/flow/execute/{flow_id}", json=body)).status_code == 200
    await run(owner, flow_id, name="Bea")
    await run(owner, flow_id, name="Cleo")
    # When the monitor is opened
    found = (await look(owner, flow_id))["items"]
    # Then the two are there, with all columns
    assert len(found) == 2
    row = found[0]
    assert (row["status"], row["nodesExecuted"], row["type"], row["triggerType"]) == ("Success", 1, "API-based", "api")
    details = (await owner.get(f"/v1/flowrun/details/{row['runId']}")).json()
    assert (row["startedAt"], row["endedAt"]) == (details["createdAt"], details["endedAt"])
    assert row["responseTimeMs"] == details["responseTimeMs"]
    assert row["source"] == details["trigger"]["source"]
    assert row["version"] == 1
    # And the figures are of the same two
    figures = await look(owner, flow_id, "metrics")
    assert (figures["total"], figures["failureRate"]) == (2, 0.0)
    longest = max(one["responseTimeMs"] for one in found)
    assert figures["p90ResponseTimeMs"] == figures["p99ResponseTimeMs"] == longest


@pytest.mark.row("A-27", "A-28", "C-43", "C-44", "C-50", "C-52", "C-54", "C-46")
async def test_states_and_the_step_that_failed(owner: httpx2.AsyncClient) -> None:
    # Given a flow that waits and one that fails
    waiting_id = await make_flow(owner, APPROVAL, deploy=True)
    waiting = await run(owner, waiting_id, amount=3)
    failing_id = await make_flow(owner, FAILING, deploy=True)
    await run(owner, failing_id, name="Ada")
    # Then the monitor says so
    (waits,) = (await look(owner, waiting_id))["items"]
    assert (waits["status"], waits["responseTimeMs"], waits["endedAt"]) == ("Waiting", None, None)
    (failed,) = (await look(owner, failing_id))["items"]
    assert failed["status"] == "Failed"
    # And the branch that was not taken is not counted
    assert failed["nodesExecuted"] == 3
    # And the panel shows every step with its order and times, and names the one that failed
    panel = (await owner.get(f"/v1/monitor/run/{failed['runId']}")).json()
    assert [step["stepId"] for step in panel["flowLog"]] == ["fine", "choose", "wrong"]
    assert all(step["startedAt"] <= step["endedAt"] for step in panel["flowLog"])
    assert panel["failedStep"]["stepId"] == "wrong"
    assert panel["failedStep"]["error"]["message"]
    # And what that step was given, as far as it came, next to what it gave
    assert panel["failedStep"]["input"] == {"inputs": {"who": "Ada"}}
    assert "input" not in panel["flowLog"][0]
    assert panel["input"] == {"name": "Ada"}
    assert panel["error"]["code"] == panel["failedStep"]["error"]["code"]
    # And a waiting run ends once it is answered; the waiting belongs to its response time
    await owner.post(f"/v1/flowrun/resume/{waiting['appRunId']}", json={"decision": "approve"})
    (done,) = (await look(owner, waiting_id))["items"]
    panel = (await owner.get(f"/v1/monitor/run/{done['runId']}")).json()
    assert done["status"] == "Success"
    assert panel["output"] == {"paid": 3}
    assert 0 <= panel["waitingMs"] <= panel["responseTimeMs"]
    assert abs(panel["waitingMs"] + panel["activeMs"] - panel["responseTimeMs"]) <= 1


@pytest.mark.row("C-38", "C-41", "C-49", "C-50", "C-55")
async def test_each_execution_of_an_ai_step_is_a_model_run(owner: httpx2.AsyncClient) -> None:
    # Given a flow that asks a model once, one that asks in a loop of four, and one that never asks
    once = await make_flow(owner, asking(), deploy=True)
    output = await run(owner, once, name="hello")
    loop = await make_flow(owner, looping(), deploy=True)
    await run(owner, loop, name="hello")
    never = await make_flow(owner, GREETING, deploy=True)
    await run(owner, never, name="Ada")
    # Then there are one, four and no model runs
    (row,) = (await look(owner, once, "model-run"))["items"]
    assert len((await look(owner, loop, "model-run"))["items"]) == 4
    assert (await look(owner, never, "model-run"))["items"] == []
    # And each has all columns
    assert (row["status"], row["nodeName"], row["modelName"]) == ("Success", "Summary", "scripted")
    assert row["connectionName"] == "scripted"
    assert row["startedAt"] <= row["endedAt"]
    assert row["responseTimeMs"] >= 0
    # And the figures change with the view
    assert (await look(owner, loop, "metrics"))["total"] == 1
    assert (await look(owner, loop, "metrics", view="model-run"))["total"] == 4
    # And the panel shows what was asked and answered
    panel = (await owner.get(f"/v1/monitor/model-run/{row['requestId']}")).json()
    assert panel["input"] == {"system": "Be brief.", "prompt": "Say hello"}
    assert panel["output"]["response"] == output
    assert panel["flowLog"][0]["stepId"] == "ask"
    # And the tokens of a run are those of its model runs
    (looped,) = (await look(owner, loop))["items"]
    whole = (await owner.get(f"/v1/monitor/run/{looped['runId']}")).json()
    assert len(whole["modelRuns"]) == 4
    assert whole["usage"]["totalTokens"] == sum(one["usage"]["totalTokens"] for one in whole["modelRuns"]) > 0
    # And a loop's step is one node, however often it ran
    assert looped["nodesExecuted"] == 3


@pytest.mark.row("C-38", "C-54")
async def test_a_model_that_fails_is_a_failed_model_run(owner: httpx2.AsyncClient) -> None:
    # Given a flow that asks a model whose provider has no key here
    flow_id = await make_flow(owner, asking(model="openai:model"), deploy=True)
    await run(owner, flow_id, name="hello")
    # Then it is a failed model run of that model, and the figures say so
    (row,) = (await look(owner, flow_id, "model-run"))["items"]
    assert (row["status"], row["modelName"], row["connectionName"]) == ("Failed", "openai:model", "openai")
    assert (await look(owner, flow_id, "metrics", view="model-run"))["failureRate"] == 1.0
    panel = (await owner.get(f"/v1/monitor/model-run/{row['requestId']}")).json()
    assert panel["error"]["code"]
    assert panel["output"] is None


@pytest.mark.row("C-39")
async def test_nothing_is_shown_as_nothing(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, GREETING, deploy=True)
    assert await look(owner, flow_id, "metrics") == {
        "total": 0,
        "p90ResponseTimeMs": None,
        "p99ResponseTimeMs": None,
        "failureRate": None,
        "counts": {"In Progress": 0, "Waiting": 0, "Success": 0, "Failed": 0, "Cancelled": 0},
    }


async def test_filters_hold_for_rows_and_figures(owner: httpx2.AsyncClient) -> None:
    # Given runs of two versions, and one that waits
    flow_id = await make_flow(owner, APPROVAL, deploy=True)
    first = await run(owner, flow_id, amount=1)
    await owner.post(f"/v1/flowrun/resume/{first['appRunId']}", json={"decision": "approve"})
    await owner.post(f"/v1/flow/{flow_id}/publish")
    await owner.post(f"/v1/flow/{flow_id}/deploy", json={"version": 2})
    second = await run(owner, flow_id, amount=2)

    async def found(**query: Json) -> list[str]:
        rows = (await look(owner, flow_id, **query))["items"]
        assert (await look(owner, flow_id, "metrics", **query))["total"] == len(rows)
        return [row["runId"] for row in rows]

    # Then each filter finds what it says, and the figures with it
    assert await found() == [second["appRunId"], first["appRunId"]]
    assert await found(status="Success") == await found(status="completed") == [first["appRunId"]]
    assert await found(status="Waiting") == [second["appRunId"]]
    assert await found(status=["Waiting", "Success"], version=2) == [second["appRunId"]]
    assert await found(version=1) == [first["appRunId"]]
    assert len(await found(type="API-based")) == len(await found(triggerType="api")) == 2
    assert await found(type=["Event-based", "Schedule-based"]) == []
    assert await found(source="nobody") == []
    assert await found(minResponseTimeMs=0) == [first["appRunId"]]
    assert await found(minResponseTimeMs=10_000_000) == []
    assert await found(**{"from": "2020-01-01T00:00:00Z", "to": "2020-02-01T00:00:00Z"}) == []
    # And pages follow each other
    page = await look(owner, flow_id, limit=1)
    rest = await look(owner, flow_id, limit=1, cursor=page["nextCursor"])
    assert [row["runId"] for row in page["items"] + rest["items"]] == [second["appRunId"], first["appRunId"]]
    assert rest["nextCursor"] is None
    # And over the whole workspace it is the same
    rows = (await owner.get("/v1/workspace/monitor/run", params={"limit": 200})).json()["items"]
    assert {first["appRunId"], second["appRunId"]} <= {row["runId"] for row in rows}
    whole = (await owner.get("/v1/workspace/monitor/metrics")).json()
    assert whole["total"] == len(rows)


@pytest.mark.row("C-36")
async def test_the_history_of_a_flow_can_be_seen_from_the_monitor(owner: httpx2.AsyncClient) -> None:
    # Given a flow whose timeout is changed, and whose question is answered
    flow_id = await make_flow(owner, APPROVAL, deploy=True)
    await owner.patch(f"/v1/flow/{flow_id}", json={"definition": {**APPROVAL, "settings": {"syncTimeoutS": 60}}})
    waiting = await run(owner, flow_id, amount=1)
    await owner.post(f"/v1/flowrun/resume/{waiting['appRunId']}", json={"decision": "approve"})
    # Then its history has the changes, and not the answer
    items = (await look(owner, flow_id, "history"))["items"]
    events = [item["event"] for item in items if not item["event"].startswith("flow.key")]
    assert events == ["flow.sync_timeout_changed", "flow.deployed", "flow.published", "flow.created"]
    change = next(item for item in items if item["event"] == "flow.sync_timeout_changed")
    assert (change["userName"], change["details"]) == ("Owner", {"before": 180, "after": 60})


@pytest.mark.row("B-45")
async def test_every_model_call_has_its_credits(owner: httpx2.AsyncClient) -> None:
    # Given a run that asked a model four times
    flow_id = await make_flow(owner, looping(), deploy=True)
    await run(owner, flow_id, name="hello")
    (row,) = (await look(owner, flow_id))["items"]
    # Then each call has its model, tokens and credits: one for a thousand tokens
    answer = (await owner.get(f"/v1/flowrun/credit-details/{row['runId']}")).json()
    assert len(answer["items"]) == 4
    for call in answer["items"]:
        assert call["model"] == "scripted"
        assert call["totalTokens"] == call["promptTokens"] + call["completionTokens"] > 0
        assert call["credits"] == call["totalTokens"] / 1000
    assert answer["totals"]["credits"] == sum(call["totalTokens"] for call in answer["items"]) / 1000


async def test_what_one_cannot_see_is_not_monitored(owner: httpx2.AsyncClient) -> None:
    for what in ("run", "model-run", "metrics", "history"):
        assert (await owner.get(f"/v1/flow/nothing/monitor/{what}")).status_code == 404
    assert (await owner.get("/v1/monitor/run/nothing")).status_code == 404
    assert (await owner.get("/v1/monitor/model-run/nothing")).status_code == 404
    for query in ({"status": "Odd"}, {"type": "Odd"}, {"cursor": "x"}, {"from": "yesterday"}, {"limit": 0}):
        assert (await owner.get("/v1/workspace/monitor/run", params=query)).status_code in {400, 422}, query
