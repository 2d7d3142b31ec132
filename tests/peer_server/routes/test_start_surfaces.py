"""One flow, started in every way there is."""

from collections.abc import Iterator
from datetime import timedelta

import anyio
import httpx2
import pytest

from tests.fakes.flows import GREETING, make_flow, make_peer
from tests.fakes.timed_server import TimedServer, runs_of, timed_server
from tests.fakes.webhook_sender import send_signed

pytestmark = pytest.mark.anyio
BUILT_IN = ("api", "form", "peer.action", "schedule")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimedServer]:
    """A server whose time the test moves."""
    with timed_server(tmp_path_factory.mktemp("timed")) as running:
        yield running


@pytest.mark.row("A-07", "B-01", "C-47")
async def test_one_definition_is_started_in_every_way(
    server: TimedServer, owner: httpx2.AsyncClient, nobody: httpx2.AsyncClient
) -> None:
    # Given one deployed flow that may be started in every way
    tool = (await owner.post("/v1/tool", json={"name": "Alarm", "kind": "webhook"})).json()
    webhook = tool["triggers"][0]["type"]
    triggers = [{"type": kind} for kind in (*BUILT_IN, webhook)]
    flow_id = await make_flow(owner, {**GREETING, "triggers": triggers}, deploy=True)
    inputs = {"name": "Ada"}
    # When the editor, a Peer, a program, a form, a link, the clock and a tool start it
    await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": inputs})
    peer_id = await make_peer(owner, {"flowId": flow_id, "toolName": "greet"})
    conversation = (await owner.post("/v1/conversation", json={"peerId": peer_id})).json()["id"]
    await owner.post(f"/v1/conversation/{conversation}/message", json={"content": '/greet {"name":"Ada"}'})
    key = (await owner.post(f"/v1/flow/{flow_id}/api-key", json={"name": "Billing"})).json()["key"]
    await nobody.post(f"/v1/client/flow/{flow_id}/execute", json=inputs, headers={"x-api-key": key})
    await owner.post(f"/v1/flow/{flow_id}/form", json={"inputs": inputs})
    token = (await owner.post(f"/v1/flow/{flow_id}/share", json={"name": "Web site"})).json()["token"]
    await nobody.post(f"/v1/flow/share/execute/{token}", json=inputs)
    plan = {"cron": "0 * * * *", "name": "Hourly", "data": {"inputs": inputs}}
    await owner.post(f"/v1/flow/{flow_id}/schedule", json=plan)
    server.pass_time(timedelta(hours=1))
    (hook,) = (await owner.get(f"/v1/flow/{flow_id}/trigger")).json()["events"]
    shown = (await owner.post(f"/v1/flow/{flow_id}/trigger/{hook['id']}/secret")).json()
    send = send_signed(nobody, shown["callbackUrl"], shown["secret"], now=lambda: server.clock.now().timestamp())
    assert (await send(inputs)).status_code == 202
    # Then there is a run of each, which says what started it, of which kind that is, and who or what it was
    found = await runs_of(owner, flow_id)
    with anyio.fail_after(10):
        while len(found) < 7 or any(run["status"] != "completed" for run in found):
            found = await runs_of(owner, flow_id)
    assert {run["trigger"]["type"]: (run["type"], run["source"]) for run in found} == {
        "studio": ("api", "Owner"),
        "peer.action": ("event", "Peer"),
        "api": ("api", "Billing"),
        "form": ("api", "Owner"),
        "share": ("api", "Web site"),
        "schedule": ("schedule", "Hourly"),
        webhook: ("event", "Alarm"),
    }
    assert {run["inputs"]["name"] for run in found} == {"Ada"}
