"""Killed at every boundary of the journal: the run goes on, no finished step runs again, no charge is made twice."""

import asyncio
import json
import os
import signal
import socketserver
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from flow_runtime.failpoints import FAILPOINTS
from flow_runtime.stores.migrate import migrate
from flow_runtime.stores.postgres import PostgresStore
from flow_runtime.stores.sqlite import SqliteStore
from flow_runtime.stores.tables import run_events
from tests.contracts.conftest import migrated_postgres_url, postgres_template

pytestmark = pytest.mark.promise("E1", "E2")

__all__ = ["migrated_postgres_url", "postgres_template"]

ONCE = "once"
OTHERS = {"pay", "both.left/l", "both.right/r", "loop[0]/each_pay", "loop[1]/each_pay", "inner_pay", "inner_end"}


class CountingServer:
    """Answers each key with one charge number, however often it is asked, and counts the requests."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                key = self.rfile.readline().decode().strip().partition(":")[2]
                outer.requests[key] += 1
                self.wfile.write(f"{key}\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[CountingServer]:
    """A counting server."""
    found = CountingServer()
    yield found
    found.close()


def live(database: str, server: CountingServer, failpoint: str | None = None) -> dict[str, Any] | None:
    """One life of the victim: the ended run, or None if it was killed."""
    environment = {**os.environ, **({"FLOW_FAILPOINT": failpoint} if failpoint else {})}
    command = [sys.executable, "-m", "tests.durability.victim", database, str(server.port)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=50, check=False)
    if done.returncode == -signal.SIGKILL:
        return None
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def finished_steps(database: str) -> set[str]:
    """The keys of all steps that the journal says are done."""

    async def read() -> set[str]:
        store = PostgresStore(database, connections=1) if "postgresql" in database else SqliteStore(Path(database))
        await store.open()
        keys = await store.read(lambda conn: set(conn.scalars(_DONE)))
        await store.close()
        return keys

    return asyncio.run(read())


_DONE = select(run_events.c.key).where(run_events.c.type == "step.done")


def killed_and_continued(database: str, server: CountingServer, failpoint: str) -> None:
    """Kill it there, look what was finished, let it go on, and check every promise."""
    # When it is killed at that boundary (a boundary that is never reached so often is none)
    ended = live(database, server, failpoint)
    if ended is None:
        finished, asked_before = finished_steps(database), dict(server.requests)
        ended = live(database, server)
        # Then no finished step has run again
        assert not {key for key in finished if server.requests[key] != asked_before.get(key, 0)}
    # And the run ended right, with every charge made, and the one that must not be repeated asked for at most once
    assert ended is not None
    assert (ended["status"], ended["output"]) == ("completed", {"total": 3})
    assert server.requests.keys() - {ONCE} == OTHERS
    assert server.requests[ONCE] <= 1


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A migrated SQLite database."""

    async def make() -> None:
        store = SqliteStore(tmp_path / "peer.db")
        await store.open()
        await migrate(store)
        await store.close()

    asyncio.run(make())
    return str(tmp_path / "peer.db")


FEW = [
    "claimed:2",  # with the wake-up, by whoever works alone
    "append.after:4",
    "effect.before:5",
    "park.after:3",
    "settle:2",
    "child.start:1",
    "timer:1",
    "end.before:1",
]
MANY = [f"{name}:{nth}" for name in FAILPOINTS for nth in range(1, 11) if f"{name}:{nth}" not in FEW]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("failpoint", FEW)
def test_kill_on_sqlite(database: str, server: CountingServer, failpoint: str) -> None:
    killed_and_continued(database, server, failpoint)


@pytest.mark.soak
@pytest.mark.timeout(120)
@pytest.mark.parametrize("failpoint", MANY)
def test_kill_anywhere_on_sqlite(database: str, server: CountingServer, failpoint: str) -> None:
    killed_and_continued(database, server, failpoint)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("failpoint", ["outcome:5", "store.after_commit:12"])
def test_kill_on_postgresql(migrated_postgres_url: str, server: CountingServer, failpoint: str) -> None:
    killed_and_continued(migrated_postgres_url, server, failpoint)


@pytest.mark.soak
@pytest.mark.timeout(120)
@pytest.mark.parametrize("failpoint", MANY[::3])
def test_kill_anywhere_on_postgresql(migrated_postgres_url: str, server: CountingServer, failpoint: str) -> None:
    killed_and_continued(migrated_postgres_url, server, failpoint)
