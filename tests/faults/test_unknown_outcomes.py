"""A step that must not be repeated: when its outcome is unknown after a kill, its error port says so."""

from pathlib import Path

import httpx2
import pytest

from tests.faults.approvals import charge, ended, flow, step
from tests.faults.seeding import seed_flow
from tests.faults.server_process import ServerProcess
from tests.faults.shop_process import ShopProcess

pytestmark = [pytest.mark.anyio, pytest.mark.promise("E2")]

PAY_ONCE = charge("pay", 9.0, {"ok": "paid", "error": "unclear"})
PAY_ONCE["config"]["once"] = True
FLOW = flow(
    "Pay once",
    PAY_ONCE,
    step("paid", "final", output="paid"),
    step("unclear", "final", output="{{ error.code }}"),
)


@pytest.mark.parametrize(
    ("database_url", "failpoint", "charged"),
    [("sqlite", "effect.before:1", 0), ("sqlite", "outcome:1", 1), ("postgresql", "outcome:1", 1)],
    indirect=["database_url"],
)
async def test_a_step_of_unknown_outcome_is_not_repeated(
    tmp_path: Path, database_url: str, shop: ShopProcess, failpoint: str, charged: int
) -> None:
    # Given a server that dies just before, or just after, a charge that must not be made twice
    with ServerProcess(tmp_path / "server", database_url=database_url) as server:
        server.start()
        flow_id = seed_flow(server, FLOW, SHOP_URL=shop.url)
        server.stop()
        await server.start_soon(failpoint=failpoint)
        with server.client() as client, pytest.raises(httpx2.TransportError):
            client.post(f"/v1/flow/execute/{flow_id}", json={})
        server.await_death()
        # When it is back
        await server.start_soon()
        (run_id,) = (run["appRunId"] for run in server.request("GET", f"/v1/flow/{flow_id}/logs")["items"])
        async with server.async_client() as client:
            record = await ended(client, run_id)
        # Then the charge was attempted at most once, and the run has gone the way of what nobody knows
        assert (record["status"], record["output"]) == ("completed", "outcome_unknown")
        assert shop.requests([run_id]).total() == charged
        assert server.stop() == 0
