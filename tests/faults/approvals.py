"""Flows that ask for decisions, and runs of them: every decision leaves its own trace at the shop."""

from typing import Any

import httpx2

from flow_runtime.errors import Json


def step(id: str, type: str, next: Json = None, **config: Json) -> dict[str, Any]:
    """One step of a definition."""
    return {"id": id, "type": type, "config": config, **({"next": next} if next else {})}


def charge(id: str, amount: float, next: Json = None) -> dict[str, Any]:
    """A step that charges an order at the shop."""
    body = {"order": "1001", "amount": amount}
    return {**step(id, "http-request", next, method="POST", url="{{ env.SHOP_URL }}/refunds", body=body), "output": id}


def flow(name: str, *steps: Json, **fields: Json) -> dict[str, Any]:
    """A definition that begins with its first step."""
    triggers = [{"type": "api"}, {"type": "peer.action"}]
    return {"schemaVersion": 1, "name": name, "triggers": triggers, "start": steps[0]["id"], "steps": steps, **fields}


AMOUNTS = {"approve": 1.0, "reject": 2.0, "defer": 3.0}
"""What each decision charges: what was charged says what ran."""

CONTESTED = flow(
    "Contested",
    step("ask", "user-approval", {name: name for name in AMOUNTS}, title="Which one?", decisions=list(AMOUNTS)),
    *(charge(name, amount, "done") for name, amount in AMOUNTS.items()),
    step("done", "final", output="done"),
)
"""One question with three answers, each of which charges."""


async def asked(client: httpx2.AsyncClient, flow_id: str, inputs: Json = None) -> tuple[str, str]:
    """Start a run of the flow and wait for its question: run and interrupt id."""
    response = await client.post(f"/v1/flow/execute/{flow_id}", json={"inputs": inputs or {}})
    answer = response.raise_for_status().json()
    assert answer["status"] == "waiting", answer
    return answer["appRunId"], answer["waitState"]["interruptId"]


async def ended(client: httpx2.AsyncClient, run_id: str) -> dict[str, Any]:
    """The record of a run that is about to end, as soon as it has."""
    while True:
        record: dict[str, Any] = (await client.get(f"/v1/flowrun/poll/{run_id}")).raise_for_status().json()
        if record["status"] not in {"queued", "running", "waiting"}:
            return record
