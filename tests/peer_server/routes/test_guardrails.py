"""Guardrails over HTTP: kinds and trials, refusals as problems, results with the steps, and the way with the flow."""

from typing import Any

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.fakes.flows import make_flow, make_peer

pytestmark = pytest.mark.anyio
DENY: dict[str, Json] = {"id": "secret-project", "type": "denylist", "config": {"words": ["falcon"]}}
LONG: dict[str, Json] = {"type": "length", "config": {"most": 3}}


def guarded(**guardrails: Any) -> dict[str, Json]:  # noqa: ANN401 - lists of scanners
    return {
        "name": "Guarded",
        "triggers": [{"type": "api"}],
        "inputs": {"type": "object", "properties": {"about": {"type": "string"}}, "required": ["about"]},
        "guardrails": guardrails,
        "start": "ask",
        "steps": [
            {
                "id": "ask",
                "name": "Tell me",
                "type": "ask-to-llm",
                "config": {"model": "scripted", "prompt": "{{ about }}"},
                "output": "answer",
                "next": "done",
            },
            {"id": "done", "type": "final", "config": {"output": "{{ answer.response }}"}},
        ],
    }


async def run(owner: httpx2.AsyncClient, definition: dict[str, Json], about: str) -> httpx2.Response:
    flow_id = await make_flow(owner, definition, deploy=True)
    return await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"about": about}})


@pytest.mark.row("C-54", "C-60", "A-30")
async def test_a_refused_input_is_a_problem_of_its_own_and_shown_under_its_step(owner: httpx2.AsyncClient) -> None:
    # Given a flow whose model must hear nothing of a project
    answer = await run(owner, guarded(input=[DENY]), "Project Falcon")
    # Then the route says that content was refused, and where
    assert answer.status_code == 403, answer.text
    problem = answer.json()
    assert (problem["code"], problem["category"], problem["stepId"]) == ("guardrail", "content_filter", "ask")
    # And the step shows the scanner, its score and its verdict; the model was never called
    steps = (await owner.get(f"/v1/flowrun/steps/{problem['appRunId']}")).json()["items"]
    [step] = [step for step in steps if step["stepId"] == "ask"]
    [result] = step["scanners"]
    assert (result["scanner"], result["score"], result["verdict"]) == ("secret-project", 1.0, "blocked")
    assert result["durationMs"] >= 0
    usage = (await owner.get(f"/v1/flowrun/credit-details/{problem['appRunId']}")).json()
    assert usage["items"] == []


@pytest.mark.row("C-60")
async def test_a_refused_output_comes_after_the_model(owner: httpx2.AsyncClient) -> None:
    answer = await run(owner, guarded(input=[DENY], output=[LONG]), "the weather")
    assert answer.status_code == 403, answer.text
    run_id = answer.json()["appRunId"]
    steps = (await owner.get(f"/v1/flowrun/steps/{run_id}")).json()["items"]
    results = [(one["side"], one["verdict"]) for one in steps[0]["scanners"]]
    assert results == [("input", "passed"), ("output", "blocked")]
    assert len((await owner.get(f"/v1/flowrun/credit-details/{run_id}")).json()["items"]) == 1


@pytest.mark.row("C-61")
async def test_guardrails_belong_to_the_version(owner: httpx2.AsyncClient) -> None:
    # Given a deployed flow without guardrails
    flow_id = await make_flow(owner, guarded(), deploy=True)
    inputs = {"inputs": {"about": "Falcon"}}
    # When the draft gets some, then they work with the next deployment
    changed = await owner.patch(f"/v1/flow/{flow_id}", json={"guardrails": {"input": [DENY]}})
    assert changed.status_code == 200, changed.text
    assert (await owner.post(f"/v1/flow/execute/{flow_id}", json={**inputs, "version": "deployed"})).status_code == 200
    assert (await owner.post(f"/v1/flow/{flow_id}/publish")).status_code == 200
    assert (await owner.post(f"/v1/flow/{flow_id}/deploy")).status_code == 200
    assert (await owner.post(f"/v1/flow/execute/{flow_id}", json={**inputs, "version": "deployed"})).status_code == 403
    # And a copy has them too
    copy = (await owner.post(f"/v1/flow/{flow_id}/clone")).json()
    assert copy["definition"]["guardrails"] == {"input": [DENY]}
    # And the audit log tells of the scanner by its name
    records = (await owner.get(f"/v1/flow/{flow_id}/audit")).json()["items"]
    [added] = [record for record in records if record["event"] == "flow.input_scanner_added"]
    assert "secret-project" in added["description"]


async def test_checks_name_what_is_wrong_with_a_guardrail(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, guarded(input=[{"type": "regex", "config": {"patterns": ["("]}}]))
    findings = (await owner.post(f"/v1/flow/{flow_id}/check")).json()
    assert [fault["path"] for fault in findings["errors"]] == ["/guardrails/input/0/config/patterns/0"]
    bad = await owner.post("/v1/flow", json={"definition": guarded(input=[{"type": "regex", "action": "hide"}])})
    assert bad.status_code == 400
    assert bad.json()["errors"][0]["path"].startswith("/definition/guardrails/input/0/action")


async def test_kinds_of_scanners_are_listed_and_can_be_tried(owner: httpx2.AsyncClient) -> None:
    kinds = {kind["type"]: kind for kind in (await owner.get("/v1/guardrail/type")).json()["items"]}
    assert {"regex", "denylist", "length", "json-schema", "secrets", "prompt-injection", "pii"} <= kinds.keys()
    assert "words" in kinds["denylist"]["configSchema"]["properties"]

    async def trial(text: str, **scanner: Json) -> httpx2.Response:
        return await owner.post("/v1/guardrail/test", json={"scanner": {**DENY, **scanner}, "text": text})

    blocked = (await trial("the falcon")).json()
    assert (blocked["valid"], blocked["verdict"], blocked["score"], blocked["text"]) == (False, "blocked", 1.0, None)
    assert blocked["durationMs"] >= 0
    redacted = (await trial("the falcon", action="redact")).json()
    assert (redacted["valid"], redacted["text"]) == (True, "the [REDACTED]")
    assert (await trial("the dove")).json()["verdict"] == "passed"
    # A judge that gives no verdict is a fault, and never valid
    judge = {"type": "toxicity", "config": {"model": "scripted"}}
    assert (await trial("hello", **judge)).json()["verdict"] == "failed"
    wrong = await trial("x", type="nothing")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_scanner")
    assert wrong.json()["errors"][0]["path"] == "/scanner/type"


async def test_a_peer_has_guardrails_of_its_own(owner: httpx2.AsyncClient) -> None:
    peer_id = await make_peer(owner, guardrails={"input": [DENY]})
    peer = (await owner.get(f"/v1/peer/{peer_id}")).json()
    assert peer["guardrails"]["input"][0]["id"] == "secret-project"
    wrong = await owner.patch(f"/v1/peer/{peer_id}", json={"guardrails": {"output": [{"type": "nothing"}]}})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_peer")
    assert wrong.json()["errors"][0]["path"] == "/guardrails/output/0/type"
    # And flows that ask it are told what it refused
    asking = {
        "name": "Asking",
        "triggers": [{"type": "api"}],
        "start": "ask",
        "steps": [{"id": "ask", "type": "ask-to-peer", "config": {"peerId": peer_id, "message": "the falcon"}}],
    }
    flow_id = await make_flow(owner, asking)
    answer = await owner.post(f"/v1/flow/execute/{flow_id}", json={"version": "draft"})
    assert (answer.status_code, answer.json()["code"]) == (403, "guardrail"), answer.text
