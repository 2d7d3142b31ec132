"""A run that waits goes on with the definition that it started with, whatever becomes of its flow meanwhile."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from tests.fakes.flows import key_headers, make_flow

pytestmark = [pytest.mark.anyio, pytest.mark.promise("E12")]
Change = Callable[[httpx2.AsyncClient, str], Awaitable[object]]
STARTS = ("deployed", "latest", "1", "draft", "key")


def asking(text: str) -> dict[str, Any]:
    """A flow that asks, and then gives this."""
    steps = [
        {"id": "ask", "type": "user-approval", "config": {"title": text}, "next": {"approve": "end", "reject": "end"}},
        {"id": "end", "type": "final", "config": {"output": {"said": text}}},
    ]
    return {"name": "Asking", "triggers": [{"type": "api"}], "start": "ask", "steps": steps}


async def edit(client: httpx2.AsyncClient, flow_id: str) -> None:
    await client.patch(f"/v1/flow/{flow_id}", json={"definition": asking("two")})


async def publish(client: httpx2.AsyncClient, flow_id: str) -> None:
    await edit(client, flow_id)
    await client.post(f"/v1/flow/{flow_id}/publish", json={"confirm": True})


async def deploy(client: httpx2.AsyncClient, flow_id: str) -> None:
    await edit(client, flow_id)
    await client.post(f"/v1/flow/{flow_id}/deploy", json={"confirm": True})


async def roll_back(client: httpx2.AsyncClient, flow_id: str) -> None:
    await deploy(client, flow_id)
    await client.post(f"/v1/flow/{flow_id}/deploy", json={"version": 1, "confirm": True})
    await edit(client, flow_id)


async def restore(client: httpx2.AsyncClient, flow_id: str) -> None:
    await publish(client, flow_id)
    await client.post(f"/v1/flow/{flow_id}/version/2/restore")


async def undeploy(client: httpx2.AsyncClient, flow_id: str) -> None:
    await client.post(f"/v1/flow/{flow_id}/undeploy")


async def import_over(client: httpx2.AsyncClient, flow_id: str) -> None:
    other = await make_flow(client, asking("two"))
    package = (await client.get(f"/v1/flow/{other}/export", params={"format": "zip"})).content
    headers = {"content-type": "application/zip"}
    assert (await client.post(f"/v1/flow/{flow_id}/import", content=package, headers=headers)).status_code == 200


async def change_settings(client: httpx2.AsyncClient, flow_id: str) -> None:
    await client.patch(f"/v1/flow/{flow_id}", json={"settings": {"mode": "async", "asyncTimeoutS": None}})
    await client.post(f"/v1/flow/{flow_id}/deploy", json={"confirm": True})


async def delete(client: httpx2.AsyncClient, flow_id: str) -> None:
    assert (await client.delete(f"/v1/flow/{flow_id}")).status_code == 204


async def deploy_and_delete(client: httpx2.AsyncClient, flow_id: str) -> None:
    await deploy(client, flow_id)
    await delete(client, flow_id)


CHANGES: tuple[Change, ...] = (
    edit,
    publish,
    deploy,
    roll_back,
    restore,
    undeploy,
    import_over,
    change_settings,
    delete,
    deploy_and_delete,
)


async def start(client: httpx2.AsyncClient, flow_id: str, way: str) -> str:
    """A run that waits for its approval."""
    if way == "key":
        headers = await key_headers(client, flow_id)
        ran = await client.post(f"/v1/client/flow/{flow_id}/execute", json={}, headers=headers)
    else:
        version = int(way) if way.isdecimal() else way
        ran = await client.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {}, "version": version})
    assert ran.json()["status"] == "waiting", ran.text
    run_id: str = ran.json()["appRunId"]
    return run_id


@pytest.mark.parametrize("change", CHANGES)
async def test_a_waiting_run_ends_as_it_began(owner: httpx2.AsyncClient, change: Change) -> None:
    # Given waiting runs of a flow, started in every way
    flow_id = await make_flow(owner, asking("one"), deploy=True)
    run_ids = [await start(owner, flow_id, way) for way in STARTS]
    # When the flow changes, or goes away, and then the runs are answered
    await change(owner, flow_id)
    for run_id in run_ids:
        answer = await owner.post(f"/v1/flowrun/resume/{run_id}", json={"decision": "approve"})
        # Then each goes on with what it was started with
        assert answer.status_code == 200, answer.text
        assert answer.json().get("output", answer.json()) == {"said": "one"}
