"""A running server whose time stands still until the test moves it, and what ran on it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from flow_runtime.clock import ManualClock
from flow_runtime.errors import Json
from flow_runtime.run import Run
from peer_server.stores.identity import first_owner
from tests.fakes.live_server import LiveServer


class TimedServer(LiveServer):
    """What is due fires in `pass_time`, and never by itself, however slow the machine is."""

    clock: ManualClock

    def __init__(self, data_dir: Path, **settings: Json) -> None:
        super().__init__(data_dir, **settings)
        self.services.runtime.scheduler.run = asyncio.Event().wait  # type: ignore[method-assign,assignment]  # for ever

    def pass_time(self, delta: timedelta) -> int:
        """Move the clock and fire what is due; answers how many that were."""
        self.clock.advance(delta.total_seconds())
        fired: int = self.run(self.services.runtime.scheduler.fire_due())
        return fired

    def until(self, at: datetime) -> int:
        """Move the clock to that instant and fire what is due."""
        return self.pass_time(at - self.clock.now())

    def ended(self, run_id: str) -> Run:
        """The run, once it has ended."""

        async def wait() -> Run:
            found = await self.services.store.read(first_owner)
            workspace_id = found.workspace_id if found else ""
            client = self.services.runtime.client
            return await client.wait(run_id, workspace_id=workspace_id, timeout_s=20, until="ended")

        run: Run = self.run(wait())
        return run


@contextmanager
def timed_server(data_dir: Path, **settings: Json) -> Iterator[TimedServer]:
    """Such a server."""
    clock = ManualClock()
    server = TimedServer(data_dir, clock=clock, **settings)
    server.clock = clock
    with server:
        yield server


async def runs_of(client: httpx2.AsyncClient, flow_id: str) -> list[dict[str, Any]]:
    """The full records of a flow's runs, oldest first."""
    listed = (await client.get(f"/v1/flow/{flow_id}/logs", params={"limit": 200})).json()["items"]
    return [(await client.get(f"/v1/flowrun/details/{item['appRunId']}")).json() for item in listed[::-1]]
