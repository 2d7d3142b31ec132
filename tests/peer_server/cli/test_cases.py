"""`peer-server test`: what cases can script, and how differences are told."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from peer_server.cli import cli
from tests.docs.markdown import ROOT
from tests.fakes.flows import APPROVAL, GREETING

EXAMPLES = sorted((ROOT / "examples").glob("*/flows/*.cases.yaml"))


def call(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(cli, ["test", *words])
    assert result.exit_code == code, result.output
    return result


def play(folder: Path, definition: dict[str, Any], *cases: dict[str, Any], code: int = 0, **more: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """What differed in each case."""
    (folder / "flow.json").write_text(json.dumps(definition))
    named = [{"name": str(index), **case} for index, case in enumerate(cases)]
    (folder / "flow.cases.json").write_text(json.dumps({"cases": named, **more}))
    told = json.loads(call(str(folder / "flow.cases.json"), "--json", code=code).stdout)
    return [case["differences"] for case in told["cases"]]


def flow(*steps: dict[str, Any]) -> dict[str, Any]:
    """Steps one after another, and the output of the last but one as `it`."""
    whole = [*steps, {"id": "end", "type": "final", "config": {"output": "{{ it }}"}}]
    for step, after in pairwise(whole):
        step.setdefault("next", after["id"])
    return {"name": "Case", "start": whole[0]["id"], "steps": whole}


def test_the_examples_pass() -> None:
    assert len(EXAMPLES) > 1
    told = call(*map(str, EXAMPLES)).stdout
    assert "0 failed" in told
    assert "(14 days, 0:00:00 went by)" in told


def test_models_peers_and_flows_answer_as_scripted(tmp_path: Path) -> None:
    # Given a flow that asks a model twice, a Peer and another flow
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    other = {"flowId": "f2", "version": "deployed", "inputs": {"name": "Ada"}}
    everything = "[said.response, taken.n, peer_said.reply, greeted.greeting]"
    whole = flow(
        {"id": "say", "type": "ask-to-llm", "config": {"prompt": "Hello"}, "output": "said"},
        {"id": "take", "type": "extract-data", "config": {"text": "7", "schema": schema}, "output": "taken"},
        {"id": "peer", "type": "ask-to-peer", "config": {"peerId": "p1", "message": "Hi"}, "output": "peer_said"},
        {"id": "other", "type": "run-flow", "config": other, "output": "greeted"},
        {"id": "all", "type": "set-variable", "config": {"values": {"it": f"{{{{ {everything} }}}}"}}},
    )
    (tmp_path / "other.json").write_text(json.dumps(GREETING))
    world = {"model": ["Good day", {"data": {"n": 7}}], "peers": {"p1": ["Hi there"]}}
    good = {**world, "expect": {"output": ["Good day", 7, "Hi there", "Hello Ada"]}}
    # When it is played, with all that it needs and with too little
    found = play(tmp_path, whole, good, {**good, "model": []}, flows={"f2": "other.json"}, code=1)
    # Then the second says what is missing
    assert found[0] == []
    assert "the case has no answer for the model's call 1 [no_scripted_answer]" in found[1][0]


def test_time_passes_only_in_the_case(tmp_path: Path) -> None:
    whole = flow(
        {"id": "sleep", "type": "delay", "config": {"seconds": 86400}},
        {
            "id": "ask",
            "type": "user-approval",
            "config": {"title": "Go?", "expiresInS": 7200},
            "output": "it",
            "next": {"approve": "end", "expired": "late"},
        },
        {"id": "late", "type": "final", "config": {"output": "too late"}},
    )
    answered = {"answers": [{"after": "1h 30m", "decision": "approve"}], "expect": {"path": ["sleep", "ask", "end"]}}
    expired = {"answers": [{"step": "ask", "expire": True}], "expect": {"output": "too late"}}
    slow = {"answers": [{"after": "3h", "decision": "approve"}], "expect": {"output": "too late"}}
    assert play(tmp_path, whole, answered, expired, slow, code=1) == [
        [],
        [],
        ["nothing at the step (any) waits for an answer any more"],
    ]


def test_the_web_answers_calls_back_or_stays_away(tmp_path: Path) -> None:
    whole = flow(
        {
            "id": "get",
            "type": "http-request",
            "config": {"url": "{{ env.SHOP }}/a?b=[1]"},
            "retry": {"maxAttempts": 2, "delayS": 0},
            "output": "first",
        },
        {
            "id": "wait",
            "type": "http-request",
            "config": {"method": "POST", "url": "{{ env.SHOP }}/jobs", "mode": "callback"},
            "output": "it",
        },
    )
    job = {"method": "POST", "url": "*/jobs", "status": 202}
    answers = [{"step": "wait", "after": 60, "callback": {"done": True}}]
    url = "https://shop.example/a?b=[1]"
    flaky = {"http": [{"url": url, "failure": "timeout"}, {"url": url, "body": 1}, job], "answers": answers}
    strange = {"http": [job], "expect": {"status": "failed", "error": {"code": "http_unreachable"}}}
    found = play(tmp_path, whole, flaky, strange, env={"SHOP": "https://shop.example"}, code=1)
    assert found[0] == []
    assert found[1] == ["the flow sent GET https://shop.example/a?b=%5B1%5D, and the case has no answer for it"] * 2


def test_client_tools_give_results_and_faults(tmp_path: Path) -> None:
    tool = {"id": "place", "type": "client-tool", "config": {"toolName": "place"}, "output": "it"}
    found = play(
        tmp_path,
        flow(tool),
        {"answers": [{"toolResult": {"city": "Bonn"}}], "expect": {"output": {"city": "Bonn"}}},
        {"answers": [{"toolError": "denied"}], "expect": {"status": "failed", "error": {"stepId": "place"}}},
    )
    assert found == [[], []]


def test_differences_are_told_where_they_are(tmp_path: Path) -> None:
    differing = {"output": {"paid": 6}, "path": ["ask"]}
    cases: list[dict[str, Any]] = [
        {"inputs": {"amount": 5}, "expect": {"output": {"paid": 5}}},
        {"inputs": {"amount": 5}, "answers": [{"decision": "approve"}], "expect": differing},
        {"inputs": {"amount": 5}, "answers": [{"decision": "maybe"}], "expect": {"status": "waiting"}},
        {"inputs": {"amount": "much"}},
        {"inputs": {"amount": 5}, "answers": [{"decision": "reject"}, {"decision": "reject"}]},
    ]
    found = play(tmp_path, APPROVAL, *cases, code=1)
    assert found[0][0] == "status: expected completed, got waiting"
    assert found[1] == ["output/paid: expected 6, got 5", 'path: expected ["ask"], got ["ask","paid"]']
    assert "'maybe' is not one of the decisions" in found[2][0]
    assert "/amount" in found[3][0]
    assert found[4] == ["1 of the answers were not asked for"]
    told = call(str(tmp_path / "flow.cases.json"), "-k", "1", code=1).stdout
    assert "✗ 1" in told
    assert "0 passed, 1 failed" in told


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("cases: [{name: a, answers: [{decision: approve, callback: 1}]}]", "an answer is one of"),
        ("cases: [{name: a, answers: [{after: soon}]}]", "such as '2d 12h'"),
        ("cases: []", "at least 1 item"),
        ("cases: [", "flow.cases.yaml"),
        ("- 1", "must be an object"),
        ("flow: nowhere.json\ncases: [{name: a}]", "nowhere.json"),
    ],
)
def test_what_is_no_case_is_told(content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text(json.dumps(GREETING))
    file = tmp_path / "flow.cases.yaml"
    file.write_text(content)
    assert words in call(str(file), code=1).stderr


def test_a_flow_with_errors_is_not_played(tmp_path: Path) -> None:
    (found,) = play(tmp_path, {**GREETING, "start": "nowhere"}, {"inputs": {"name": "Ada"}}, code=1)
    assert "nowhere" in found[0]
