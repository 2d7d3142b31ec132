"""Hostile expressions, templates and programs, executed as flows over REST, get clear errors and no more (X2, X3)."""

import json
import time
from typing import Any

import httpx2
import pytest

from flow_runtime.errors import Json
from tests.faults.approvals import flow, step
from tests.faults.server_process import ServerProcess
from tests.security.corpus import cases
from tests.security.memory import resident_bytes

MIB = 1 << 20
SLOWEST_S = 20.0
"""For one program with all its limits; an endless one takes its whole time."""
INTERNAL = {"internal", "step_crashed"}
JSON_BODY = {"Content-Type": "application/json"}


class Attacker:
    """Saves one hostile flow after the other, and executes each."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client
        harmless = flow("Hostile", step("done", "final", output=1))
        made = client.post("/v1/flow", json={"definition": harmless})
        self._flow_id = made.raise_for_status().json()["id"]

    def execute(self, definition: Json, inputs: Json = None) -> dict[str, Any]:
        """What became of it: the code of the refusal or failure, or "ok"."""
        began = time.monotonic()
        saved = self._send("PATCH", f"/v1/flow/{self._flow_id}", {"definition": definition})
        if saved.is_success:
            saved = self._send("POST", f"/v1/flow/execute/{self._flow_id}", {"inputs": inputs or {}})
        answer: Json = saved.json() if saved.content else {}
        assert time.monotonic() - began < SLOWEST_S
        if saved.is_success:
            return {"code": "ok", "output": answer}
        told: dict[str, Any] = answer["error"] if answer["code"] == "run_failed" else answer
        assert told["code"] not in INTERNAL, answer
        return told

    def _send(self, method: str, path: str, body: Json) -> httpx2.Response:
        """As plain ASCII: half a surrogate pair can only be sent escaped."""
        return self._client.request(method, path, content=json.dumps(body), headers=JSON_BODY)


@pytest.fixture(scope="module")
def attacker(client: httpx2.Client) -> Attacker:
    return Attacker(client)


def program(source: str) -> Json:
    return flow("Hostile", step("code", "code", "done", source=source), step("done", "final", output=1))


def condition(case: dict[str, Any]) -> Json:
    ports = {"yes": "done", "else": "done"}
    choice = step("choose", "condition", ports, cases=[{"port": "yes", "when": case["source"]}])
    fields: dict[str, Json] = {name: {} for name in case if name not in ("why", "source", "code", "value")}
    inputs = {"type": "object", "properties": fields}
    return flow("Hostile", choice, step("done", "final", output=1), inputs=inputs)


def text(case: dict[str, Any]) -> Json:
    fields: dict[str, Json] = {name: {} for name in case if name not in ("why", "template", "code", "value")}
    inputs = {"type": "object", "properties": fields}
    return flow("Hostile", step("done", "final", output={"text": case["template"]}), inputs=inputs)


def variables(case: dict[str, Any]) -> Json:
    return {name: value for name, value in case.items() if name not in ("why", "source", "template", "code", "value")}


def programs(attacker: Attacker, *, every: int) -> None:
    for case in cases("code")[::every]:
        found = attacker.execute(program(case["source"]))
        if case["code"] is not None and found["code"] != "ok":
            assert found["code"] in {case["code"], "code_timeout", "code_memory", "code_error"}, (case["why"], found)
        if case["code"] in {"code_timeout", "code_memory"}:
            assert found["code"] != "ok", case["why"]


def expressions(attacker: Attacker, *, every: int) -> None:
    for case in cases("expressions")[::every]:
        found = attacker.execute(condition(case), variables(case))
        if "code" in case:
            assert found["code"] != "ok", case["why"]


def templates(attacker: Attacker, *, every: int) -> None:
    for case in cases("templates")[::every]:
        found = attacker.execute(text(case), variables(case))
        if "code" in case:
            assert found["code"] != "ok", case["why"]


@pytest.mark.promise("X2", "X3")
@pytest.mark.parametrize("corpus", [programs, expressions, templates])
def test_some_of_the_corpus_is_harmless(server: ServerProcess, attacker: Attacker, corpus: Any) -> None:  # noqa: ANN401
    memory = resident_bytes(server)
    corpus(attacker, every=7)
    assert resident_bytes(server) < memory + 128 * MIB


@pytest.mark.promise("X2", "X3")
@pytest.mark.soak
@pytest.mark.parametrize("corpus", [programs, expressions, templates])
def test_all_of_the_corpus_is_harmless(server: ServerProcess, attacker: Attacker, corpus: Any) -> None:  # noqa: ANN401
    memory = resident_bytes(server)
    corpus(attacker, every=1)
    assert resident_bytes(server) < memory + 128 * MIB


def test_the_server_is_well_afterwards(client: httpx2.Client, attacker: Attacker) -> None:
    assert attacker.execute(program("1 + 1"))["code"] == "ok"
    assert client.get("/readyz").status_code == 200
