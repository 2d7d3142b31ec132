"""A decision counts only for a wait that the server issued, that is open, and that it fits (A1, A6)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flow_runtime.errors import Json
from tests.faults.approvals import charge, flow, step
from tests.faults.seeding import seed_flow
from tests.faults.server_process import ServerProcess
from tests.faults.shop_process import ShopProcess
from tests.security.raw_socket import RawSocket, frame

FORM = {"type": "object", "properties": {"name": {"type": "string", "minLength": 2}}, "required": ["name"]}
RESULT = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"], "additionalProperties": False}
ASKING = {
    "approval": step("ask", "user-approval", {"approve": "pay"}, title="Pay?"),
    "form": step("ask", "show-form", {"submitted": "pay"}, title="Who?", schema=FORM),
    "tool": step("ask", "client-tool", {"ok": "pay"}, toolName="locate", parameters={}, resultSchema=RESULT),
}
FITTING: Mapping[str, Json] = {
    "approval": {"decision": "approve"},
    "form": {"formData": {"name": "Ada"}},
    "tool": {"toolResult": {"success": True, "output": {"x": 1}}},
}


@dataclass(frozen=True)
class Waits:
    """What was asked: (run, interrupt) by kind, for open and for closed ones."""

    open: Mapping[str, tuple[str, str]]
    settled: Mapping[str, tuple[str, str]]
    withdrawn: Mapping[str, tuple[str, str]]

    @property
    def interrupt_ids(self) -> list[str]:
        return [interrupt_id for _, interrupt_id in self.open.values()]


@pytest.fixture(scope="module")
def waits(server: ServerProcess, client: httpx2.Client, shop: ShopProcess) -> Iterator[Waits]:
    """Three open questions that charge as soon as they are answered, three answered ones, and three withdrawn ones."""

    def ask(flow_id: str) -> tuple[str, str]:
        answer = client.post(f"/v1/flow/execute/{flow_id}", json={}).json()
        return answer["appRunId"], answer["waitState"]["interruptId"]

    found: dict[str, dict[str, tuple[str, str]]] = {"open": {}, "settled": {}, "withdrawn": {}}
    for kind, asking in ASKING.items():
        definition = flow(f"Ask by {kind}", asking, charge("pay", 5.0))
        flow_id = seed_flow(server, definition, SHOP_URL=shop.url)
        for group in found.values():
            group[kind] = ask(flow_id)
        run_id, interrupt_id = found["settled"][kind]
        answered = client.post(f"/v1/flowrun/resume/{run_id}", json={"interruptId": interrupt_id, **FITTING[kind]})
        assert answered.status_code == 200, answered.text
        with RawSocket(server.port) as socket:
            socket.hello()
            withdrawal = {"id": "1", "type": "interrupt.withdraw", "interruptId": found["withdrawn"][kind][1]}
            socket.send(frame(json.dumps(withdrawal).encode()))
            assert isinstance(socket.receive(), dict)
    waits = Waits(**found)
    yield waits
    # Whatever was tried: what was open is open, and nothing was charged but what was answered rightly.
    still = {one["interruptId"] for one in client.get("/v1/interrupt", params={"status": "open"}).json()["items"]}
    assert still == set(waits.interrupt_ids)
    assert len(shop.charges([run for run, _ in waits.settled.values()])) == len(ASKING)
    others = [run for group in (waits.open, waits.withdrawn) for run, _ in group.values()]
    assert shop.charges(others) == []


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = ["decision", "formData", "toolResult", "edits", "comment", "cancel", "form", "approved", "status", "__proto__"]
RESOLUTIONS = (
    st.sampled_from(list(FITTING.values()))
    | st.sampled_from(["reject", "approved", "APPROVE", "approve ", "yes", "", "expired", "__proto__"]).map(
        lambda word: {"decision": word}
    )
    | st.dictionaries(st.sampled_from(NAMES), JUNK, max_size=4)
)
GROUPS = st.sampled_from(["open", "settled", "withdrawn", "invented"])


def is_right(kind: str, resolution: Mapping[str, Any]) -> bool:
    """Whether this resolution would rightly answer an open question of that kind; left out of the forgeries."""
    match kind:
        case "approval":
            return resolution.get("decision") in ("approve", "reject")  # a tuple: what is forged may be unhashable
        case "form":
            data = resolution.get("formData") or (resolution.get("form") or {})
            return isinstance(data, dict) and bool(data)
        case _:
            return isinstance(resolution.get("toolResult"), dict) and "success" in resolution["toolResult"]


@st.composite
def forgeries(draw: st.DrawFn) -> tuple[str, str, str, Mapping[str, Any]]:
    """Group and kind of the interrupt that is named, the kind of the run that it is sent to, and the resolution."""
    group, kind, run_kind = draw(GROUPS), draw(st.sampled_from(list(ASKING))), draw(st.sampled_from(list(ASKING)))
    resolution: Mapping[str, Any] = draw(RESOLUTIONS)
    if group == "open" and kind == run_kind and is_right(kind, resolution):
        resolution = {**resolution, "interruptId": "another"}
    return group, kind, run_kind, resolution


def forge(waits: Waits, group: str, kind: str, chance: str) -> tuple[str, str]:
    """The run and interrupt id that a forgery names."""
    if group == "invented":
        run_id, interrupt_id = waits.open[kind]
        return run_id, {"approval": interrupt_id[:-1], "form": run_id, "tool": chance}[kind]
    found: Mapping[str, tuple[str, str]] = getattr(waits, group)
    return found[kind]


REFUSALS = {400, 404, 409, 410, 422}


def forge_over_rest(client: httpx2.Client, waits: Waits, *, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(forgeries())
    def attempt(forgery: tuple[str, str, str, Mapping[str, Any]]) -> None:
        group, kind, run_kind, resolution = forgery
        _, interrupt_id = forge(waits, group, kind, "x")
        run_id, _ = waits.open[run_kind]
        body = {"interruptId": interrupt_id, **resolution}
        response = client.post(f"/v1/flowrun/resume/{run_id}", json=body)
        assert response.status_code in REFUSALS, response.text

    attempt()


def forge_over_the_socket(server: ServerProcess, waits: Waits, *, examples: int) -> None:
    with RawSocket(server.port) as socket:
        socket.hello()

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(forgeries())
        def attempt(forgery: tuple[str, str, str, Mapping[str, Any]]) -> None:
            group, kind, _, resolution = forgery
            if group == "open" and is_right(kind, resolution):
                resolution = {**resolution, "interruptId": "another"}
            _, interrupt_id = forge(waits, group, kind, "x")
            command = {"id": "1", "type": "interrupt.resume", "interruptId": interrupt_id, "resolution": resolution}
            socket.send(frame(json.dumps(command).encode()))
            answer = socket.receive()
            assert isinstance(answer, dict), answer
            # An answered question answers the very same resolution with its record; that changes nothing.
            is_repeat = group == "settled" and answer["type"] == "ack" and answer["status"] == "repeated"
            assert answer["type"] == "error" or is_repeat, (forgery, answer)
            assert answer.get("code") != "internal"

        attempt()


@pytest.mark.promise("A1", "A6")
def test_no_forged_decision_counts_over_rest(client: httpx2.Client, waits: Waits) -> None:
    forge_over_rest(client, waits, examples=150)


@pytest.mark.promise("A1", "A6")
def test_no_forged_decision_counts_over_the_socket(server: ServerProcess, waits: Waits) -> None:
    forge_over_the_socket(server, waits, examples=150)


@pytest.mark.promise("A1", "A6")
@pytest.mark.soak
def test_none_of_many_forged_decisions_counts_over_rest(client: httpx2.Client, waits: Waits) -> None:
    forge_over_rest(client, waits, examples=2500)


@pytest.mark.promise("A1", "A6")
@pytest.mark.soak
def test_none_of_many_forged_decisions_counts_over_the_socket(server: ServerProcess, waits: Waits) -> None:
    forge_over_the_socket(server, waits, examples=2500)


@pytest.mark.promise("A6")
@pytest.mark.parametrize("lease", ["", "x", "__proto__"])
def test_a_tool_result_needs_the_lease(server: ServerProcess, waits: Waits, lease: str) -> None:
    _, interrupt_id = waits.open["tool"]
    result = {"executionId": interrupt_id, "success": True, "output": {"x": 1}}
    command = {"id": "1", "type": "clientTool.result", "interruptId": interrupt_id, "lease": lease}
    with RawSocket(server.port) as socket:
        socket.hello()
        socket.send(frame(json.dumps({**command, "toolResult": result}).encode()))
        answer = socket.receive()
        assert isinstance(answer, dict)
        assert answer["type"] == "error"


def test_nobody_decides_without_signing_in(server: ServerProcess, waits: Waits) -> None:
    run_id, interrupt_id = waits.open["approval"]
    body = {"interruptId": interrupt_id, "decision": "approve"}
    for headers in ({}, {"Authorization": "Bearer no"}, {"x-api-key": "no"}, {"Authorization": "Basic b3duZXI6"}):
        response = httpx2.post(f"{server.url}/v1/flowrun/resume/{run_id}", json=body, headers=headers)
        assert response.status_code == 401


def test_reading_decides_nothing(client: httpx2.Client, waits: Waits) -> None:
    run_id, interrupt_id = waits.open["approval"]
    for _ in range(20):
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"):
            path = f"/v1/flowrun/resume/{run_id}"
            answer = client.request(method, path, params={"decision": "approve", "interruptId": interrupt_id})
            assert answer.status_code == 405
