"""A worker as a process of its own: it executes what a web node was asked for, and tells how it is and what it did."""

import os
import re
import sys
from pathlib import Path

import httpx2
import pytest

from tests.fakes.flows import GREETING, make_flow
from tests.fakes.live_server import LiveServer
from tests.services.child import Child

pytestmark = pytest.mark.anyio
SECRET = "prometheus-may-look"
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
PLACE = re.compile(r"figures are on (\S+)")


def start_worker(folder: Path, database_url: str) -> tuple[Child, str]:
    """A worker that is ready, and where it can be asked."""
    settings = {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PEER_SERVER_DATABASE_URL": database_url,
        "PEER_SERVER_DATA_DIR": str(folder / "worker"),
        "PEER_SERVER_SECRET_KEY": KEY,
        "PEER_SERVER_METRICS_TOKEN": SECRET,
        "PEER_SERVER_METRICS_PORT": "0",
    }
    variables = [f"{name}={value}" for name, value in settings.items()]
    command = [sys.executable, "-c", "from peer_server.cli import main; main()", "worker"]
    log = folder / "worker.log"
    worker = Child(["/usr/bin/env", "-i", f"PATH={os.environ['PATH']}", *variables, *command], log=log)
    worker.wait_until(lambda: "The worker is ready" in log.read_text())
    found = PLACE.search(log.read_text())
    assert found is not None
    return worker, f"http://{found[1]}"


async def test_a_worker_tells_its_health_and_what_it_did(postgres_url: str, tmp_path: Path) -> None:
    # Given a web node, and a worker that listens for whoever watches it
    key = {"secret_key": KEY, "database_url": postgres_url, "metrics_token": SECRET}
    with LiveServer(tmp_path / "web", role="web", **key) as web:
        worker, url = start_worker(tmp_path, postgres_url)
        try:
            async with web.client() as owner, httpx2.AsyncClient(base_url=url) as watcher:
                # When it has executed a flow that the web node was asked for
                flow_id = await make_flow(owner, GREETING)
                run = await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"name": "Bo"}})
                assert run.json() == {"greeting": "Hello Bo"}
                # Then that is among its figures, and not among those of the web node
                token = {"Authorization": f"Bearer {SECRET}"}
                counted = 'peer_server_runs_ended_total{kind="flow",status="completed"} 1.0'
                assert counted in (await watcher.get("/metrics", headers=token)).text
                assert counted not in (await owner.get("/metrics", headers=token)).text
                # And it says how it is, tells no figure to others, and has nothing else
                assert (await watcher.get("/healthz")).json() == {"status": "ok"}
                assert (await watcher.get("/readyz")).json()["runtime"] == "ok"
                refused = await watcher.get("/metrics", headers={"Authorization": "Bearer other"})
                assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
                for path in ("/", "/v1/me", "/v1/flow", "/v1/ws", "/openapi.json", "/docs"):
                    assert (await watcher.get(path, headers=token)).status_code == 404
        finally:
            worker.stop()
        # And it ends well when it is told to
        assert worker.process.returncode == 0
