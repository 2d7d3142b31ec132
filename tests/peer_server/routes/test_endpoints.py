"""Endpoints of deployed flows: there once a flow is deployed, in one exchange, by polling, within their time limits."""

import asyncio
import socket
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from peer_server.access import Principal
from peer_server.services.runs.runs import RunOutcome
from tests.fakes.flows import APPROVAL, GREETING, key_headers, make_flow
from tests.fakes.live_server import Json, LiveServer
from tests.fakes.receiver import Receiver
from tests.fakes.timed_server import timed_server

pytestmark = pytest.mark.anyio
SLOW: dict[str, Json] = {
    "name": "Slow",
    "triggers": [{"type": "api"}],
    "settings": {"syncTimeoutS": 60},
    "start": "wait",
    "steps": [
        {"id": "wait", "type": "delay", "config": {"seconds": 65}, "next": "done"},
        {"id": "done", "type": "final", "config": {"output": {"ok": True}}},
    ],
}


class Program:
    """A program with a key of one flow."""

    def __init__(self, client: httpx2.AsyncClient, flow_id: str, headers: dict[str, str]) -> None:
        self._client = client
        self._flow_id = flow_id
        self.headers = headers

    async def call(self, door: str, body: Json = None, **params: str) -> httpx2.Response:
        url = f"/v1/client/flow/{self._flow_id}/{door}"
        return await self._client.post(url, json=body or {}, params=params, headers=self.headers)

    async def look(self, what: str, run_id: str) -> Json:
        answer = await self._client.get(f"/v1/flowrun/{what}/{run_id}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ended(self, run_id: str) -> Json:
        while (poll := await self.look("poll", run_id))["status"] in ("queued", "running"):
            pass
        return poll


async def program_for(owner: httpx2.AsyncClient, definition: dict[str, Json], *, deploy: bool = True) -> Program:
    flow_id = await make_flow(owner, definition, deploy=deploy)
    return Program(owner, flow_id, await key_headers(owner, flow_id))


@pytest.mark.row("C-10", "C-12", "C-14")
async def test_deploying_gives_a_flow_its_endpoints(owner: httpx2.AsyncClient) -> None:
    # Given a flow that is published, but not deployed
    flow_id = await make_flow(owner, GREETING)
    await owner.post(f"/v1/flow/{flow_id}/publish")
    program = Program(owner, flow_id, await key_headers(owner, flow_id))
    before = [await program.call(door, {"name": "Ada"}) for door in ("sync", "async", "push")]
    described = await owner.get(f"/v1/flow/{flow_id}/endpoint")
    # When it is deployed
    await owner.post(f"/v1/flow/{flow_id}/deploy")
    told = (await owner.get(f"/v1/flow/{flow_id}/endpoint")).json()
    # Then its endpoints are there, and work
    assert {(answer.status_code, answer.json()["code"]) for answer in (*before, described)} == {(409, "not_deployed")}
    assert (told["version"], told["mode"], told["syncTimeoutS"], told["asyncTimeoutS"]) == (1, "sync", 180, 180)
    assert told["urls"]["push"] is None
    for door in ("execute", "sync"):
        answer = await owner.post(told["urls"][door], json={"name": "Ada"}, headers=program.headers)
        assert answer.json() == {"greeting": "Hello Ada"}
    assert (await owner.post(told["urls"]["async"], json={"name": "Ada"}, headers=program.headers)).status_code == 202


@pytest.mark.row("C-15", "B-39", "B-46")
async def test_an_asynchronous_run_is_polled(owner: httpx2.AsyncClient) -> None:
    program = await program_for(owner, GREETING)
    accepted = await program.call("async", {"name": "Ada"})
    told = accepted.json()
    poll = await program.ended(told["appRunId"])
    assert accepted.status_code == 202
    assert told["pollUrl"] == f"/v1/flowrun/poll/{told['appRunId']}"
    assert poll == {"status": "completed", "appRunId": told["appRunId"], "output": {"greeting": "Hello Ada"}}
    # And the light record is smaller than the full one
    assert len(str(poll)) < len(str(await program.look("details", told["appRunId"]))) / 3


@pytest.mark.row("B-13", "B-14", "B-15", "B-51")
async def test_clients_run_published_versions_of_flows_with_the_trigger(owner: httpx2.AsyncClient) -> None:
    # Given two versions and a draft, each saying something else
    def saying(text: str) -> dict[str, Json]:
        return {**GREETING, "steps": [{"id": "done", "type": "final", "config": {"output": text}}]}

    program = await program_for(owner, saying("one"))
    flow = f"/v1/flow/{program._flow_id}"
    await owner.patch(flow, json={"definition": saying("two")})
    await owner.post(f"{flow}/publish")
    await owner.patch(flow, json={"definition": saying("draft")})
    # When they are asked for
    body = {"name": "Ada"}
    said = [
        (await program.call("execute", body, **params)).json()
        for params in ({}, {"version": "1"}, {"version": "latest"})
    ]
    refused = [(await program.call("execute", body, version=version)).status_code for version in ("99", "abc", "draft")]
    # Then the deployed one, that one, and the newest published one answer, never the draft
    assert said == ["one", "one", "two"]
    assert refused == [404, 400, 400]
    # And a flow without the trigger answers no program
    closed = await program_for(owner, {**GREETING, "triggers": [{"type": "form"}]})
    answers = [await closed.call(door, body) for door in ("execute", "sync", "async", "push")]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "api_trigger_missing")}
    assert (await owner.get(f"/v1/flow/{closed._flow_id}/logs")).json()["items"] == []


@pytest.mark.row("B-50", "A-29")
@pytest.mark.parametrize("door", ["execute", "sync", "async"])
async def test_bad_inputs_start_nothing(owner: httpx2.AsyncClient, door: str) -> None:
    program = await program_for(owner, GREETING)
    wrong = await program.call(door, {"name": 5})
    missing = await program.call(door)
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["path"]) == (400, "invalid_inputs", "/inputs/name")
    assert missing.status_code == 400
    assert "name" in missing.text
    assert (await owner.get(f"/v1/flow/{program._flow_id}/logs")).json()["items"] == []


@pytest.mark.row("B-21", "B-22", "B-23", "B-52", "A-19")
async def test_a_waiting_run_is_told_and_resumed(owner: httpx2.AsyncClient) -> None:
    # Given a run that asks, called without metadata
    program = await program_for(owner, APPROVAL)
    waiting = (await program.call("sync", {"amount": 5})).json()
    run_id, secret = waiting["appRunId"], {"x-resume-secret": waiting["resumeSecret"]}
    assert (waiting["status"], waiting["waitState"]["type"]) == ("waiting", "user-approval")
    # When somebody with its resume secret looks and answers
    async with httpx2.AsyncClient(base_url=owner.base_url) as visitor:
        looks = {
            what: (await visitor.get(f"/v1/flowrun/{what}/{run_id}", headers=secret)).status_code
            for what in ("poll", "outputs", "details", "inputs", "steps", "context", "errorDetails", "credit-details")
        }
        nobody = await visitor.get(f"/v1/flowrun/poll/{run_id}")
        other = (await program.call("async", {"amount": 6})).json()["appRunId"]
        foreign = await visitor.get(f"/v1/flowrun/poll/{other}", headers=secret)
        resumed = await visitor.post(f"/v1/flowrun/resume/{run_id}", json={"decision": "approve"}, headers=secret)
    # Then poll and outputs are open to them, for that run alone, and they count as whoever started it
    assert looks == {
        **dict.fromkeys(("poll", "outputs"), 200),
        **dict.fromkeys(("details", "inputs", "steps", "context", "errorDetails", "credit-details"), 401),
    }
    assert (nobody.status_code, foreign.status_code) == (401, 404)
    assert resumed.json() == {"paid": 5}


async def test_metadata_is_given_when_it_is_asked_for(owner: httpx2.AsyncClient) -> None:
    program = await program_for(owner, GREETING)
    wrapped = (await program.call("sync", {"name": "Ada"}, returnExecutionMetadata="true")).json()
    assert wrapped == {"status": "completed", "appRunId": wrapped["appRunId"], "output": {"greeting": "Hello Ada"}}


@pytest.mark.row("C-17", "C-19")
@pytest.mark.parametrize(
    ("setting", "good", "bad"),
    [("syncTimeoutS", [60, 300], [59, 301, None, 60.5]), ("asyncTimeoutS", [60, 600, None], [59, 601, "180"])],
)
async def test_timeouts_have_a_range(
    owner: httpx2.AsyncClient, setting: str, good: list[Json], bad: list[Json]
) -> None:
    async def status(value: Json) -> int:
        definition = {**GREETING, "settings": {setting: value}}
        return (await owner.post("/v1/flow", json={"definition": definition})).status_code

    assert [await status(value) for value in good] == [201] * len(good)
    assert [await status(value) for value in bad] == [400] * len(bad)


@pytest.mark.row("C-19")
async def test_a_synchronous_run_ends_with_its_timeout_and_an_asynchronous_one_goes_on(
    owner: httpx2.AsyncClient, server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a flow of 65 seconds with a timeout of 60, where a second of waiting takes 5 milliseconds
    program = await program_for(owner, SLOW)
    runs = server.services.runs
    wait = runs._rested

    async def impatient(principal: Principal, run_id: str, *, within_s: float) -> RunOutcome:
        assert within_s == 60
        return await wait(principal, run_id, within_s=within_s / 200)

    monkeypatch.setattr(runs, "_rested", impatient)
    # When it is called by both doors
    late = await program.call("sync")
    started = (await program.call("async")).json()["appRunId"]
    # Then the first caller is told so, with the run that timed out, and the other run is still there
    problem = late.json()
    assert (late.status_code, problem["code"]) == (408, "run_timed_out")
    assert (await program.look("poll", problem["appRunId"]))["status"] == "timed_out"
    assert (await program.look("poll", started))["status"] in ("queued", "running")


@pytest.mark.row("C-21")
async def test_a_change_of_mode_needs_a_deployment(owner: httpx2.AsyncClient) -> None:
    # Given a deployed flow that answers in one exchange
    program = await program_for(owner, GREETING)
    flow = f"/v1/flow/{program._flow_id}"
    # When its draft becomes asynchronous, and is then deployed
    await owner.patch(flow, json={"definition": {**GREETING, "settings": {"mode": "async", "asyncTimeoutS": 60}}})
    before, told = await program.call("execute", {"name": "Ada"}), (await owner.get(f"{flow}/endpoint")).json()
    await owner.post(f"{flow}/deploy")
    after, retold = await program.call("execute", {"name": "Ada"}), (await owner.get(f"{flow}/endpoint")).json()
    # Then only the deployment changes how it answers, at the same address
    assert (before.status_code, after.status_code) == (200, 202)
    assert (told["mode"], retold["mode"], retold["asyncTimeoutS"]) == ("sync", "async", 60)
    assert told["urls"] == retold["urls"]
    await owner.post(f"{flow}/undeploy")
    assert (await program.call("sync", {"name": "Ada"})).json()["code"] == "not_deployed"


@pytest.mark.row("A-30")
async def test_a_failure_says_whose_it_is(tmp_path_factory: pytest.TempPathFactory) -> None:
    # Given flows that fail by another system, by its refusal, by the network, and by themselves
    def step(type_: str, **config: Json) -> dict[str, Json]:
        return {
            "name": "Fails",
            "triggers": [{"type": "api"}],
            "start": "s",
            "steps": [{"id": "s", "type": type_, "config": config}],
        }

    with (
        Receiver([500, 401]) as other,
        LiveServer(tmp_path_factory.mktemp("failing"), http_allow="127.0.0.1:*") as server,
    ):
        async with server.client() as owner:
            cases = [
                ("connection", step("http-request", method="POST", url=other.url)),
                ("authorization", step("http-request", method="POST", url=other.url)),
                ("network", step("http-request", url="http://127.0.0.1:1/")),
                (
                    "data_validation",
                    step(
                        "loop",
                        mode="each",
                        items="{{ 5 }}",
                        start="i",
                        steps=[{"id": "i", "type": "set-variable", "config": {"values": {"a": 1}}}],
                    ),
                ),
            ]
            for category, definition in cases:
                # When each is called
                program = await program_for(owner, definition)
                problem = (await program.call("sync")).json()
                # Then the answer tells them apart
                assert (problem["status"], problem["code"], problem["category"]) == (500, "run_failed", category), (
                    problem
                )
                assert (problem["stepId"], problem["appRunId"]) == ("s", problem["appRunId"])
                assert (await program.look("errorDetails", problem["appRunId"]))["category"] == category


@pytest.mark.row("C-18")
async def test_without_a_timeout_a_run_takes_as_long_as_it_takes(tmp_path: Path) -> None:
    # Given an asynchronous flow without a limit that takes eleven minutes
    steps = [{**SLOW["steps"][0], "config": {"seconds": 660}}, SLOW["steps"][1]]
    definition = {**SLOW, "steps": steps, "settings": {"mode": "async", "asyncTimeoutS": None}}
    with timed_server(tmp_path) as server:
        async with server.client() as owner:
            program = await program_for(owner, definition)
            run_id = (await program.call("async")).json()["appRunId"]
            while [step["status"] for step in (await program.look("steps", run_id))["items"]] != ["waiting"]:
                pass
            # When ten minutes have passed, and then the eleventh
            server.pass_time(timedelta(minutes=10))
            meanwhile = await program.look("poll", run_id)
            server.pass_time(timedelta(minutes=1))
            server.ended(run_id)
            # Then it went on, and has its output
            assert meanwhile["status"] == "running"
            assert (await program.look("poll", run_id))["output"] == {"ok": True}


@pytest.mark.row("C-20")
async def test_the_earliest_limit_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a model that never answers, and limits of which one second stands for a minute
    silent = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
    with LiveServer(tmp_path, openai_base_url=url, openai_api_key="none", drain_s=0) as server:
        runs = server.services.runs
        wait = runs._rested

        async def impatient(principal: Principal, run_id: str, *, within_s: float) -> RunOutcome:
            return await wait(principal, run_id, within_s=within_s / 60)

        monkeypatch.setattr(runs, "_rested", impatient)
        async with server.client() as owner:

            async def outcome(workflow_s: int, node_s: int, model_s: int) -> tuple[int, str]:
                program = await program_for(owner, asking_a_model(workflow_s, node_s, model_s))
                answer = await program.call("sync")
                told = answer.json()
                return answer.status_code, told["code"] if isinstance(told, dict) else told

            # When three flows are called, of which each has another one first
            found = await asyncio.gather(outcome(60, 180, 180), outcome(180, 60, 180), outcome(180, 180, 30))
    silent.close()
    # Then it ends the run, the step by its error port, and the model as a failure of its step
    assert list(found) == [(408, "run_timed_out"), (200, "timeout"), (200, "model_timeout")]


def asking_a_model(workflow_s: int, node_s: int, model_s: int) -> dict[str, Json]:
    """A flow with these limits; those of the step and the model are in minutes here."""
    config = {"model": "openai:silent", "prompt": "Well?", "modelTimeoutS": model_s / 60}
    ask = {"id": "ask", "type": "ask-to-llm", "timeoutS": node_s / 60, "config": config}
    return {
        "name": "Asks a model",
        "triggers": [{"type": "api"}],
        "settings": {"syncTimeoutS": workflow_s},
        "start": "ask",
        "steps": [
            {**ask, "next": {"next": "done", "error": "failed"}},
            {"id": "done", "type": "final", "config": {"output": "done"}},
            {"id": "failed", "type": "final", "config": {"output": "{{ error.code }}"}},
        ],
    }
