"""The support desk, killed at every boundary of its journals: it goes on, repeats nothing, charges once per refund."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from anyio.to_thread import run_sync

from examples.support_desk.talk import talk_it_through
from flow_runtime.failpoints import FAILPOINTS
from tests.faults.journal import StepKey, read_journal
from tests.faults.seeding import seed_example
from tests.faults.server_process import ServerProcess
from tests.faults.shop_process import ShopProcess
from tests.faults.surviving_talk import SurvivingTalk
from tests.services.postgres import PostgresServer

pytestmark = [pytest.mark.anyio, pytest.mark.promise("E1", "E2")]

REFUNDS = [("1002", 20.0), ("1001", 250.0)]
"""What the talk refunds; a third one is declined."""


class SeededDesk:
    """A support desk that was set up once; every case gets a copy of its files and database."""

    def __init__(self, folder: Path, *, shop: ShopProcess, postgres: PostgresServer | None) -> None:
        self._folder = folder
        self._postgres = postgres
        self._database = postgres.create_database() if postgres else ""
        with ServerProcess(folder, database_url=postgres.url(self._database) if postgres else "") as server:
            server.start()
            self.peer_id = seed_example(server, "support_desk", shop_url=shop.url)

    def copy(self, folder: Path) -> ServerProcess:
        """A server on a copy, not started."""
        shutil.copytree(self._folder / "data", folder / "data")
        if self._postgres is None:
            return ServerProcess(folder)
        name = self._postgres.create_database(template=self._database)
        return ServerProcess(folder, database_url=self._postgres.url(name))

    def remove(self, server: ServerProcess) -> None:
        """Stop a copy and throw it away."""
        server.stop()
        shutil.rmtree(server.folder)
        if self._postgres is not None:
            self._postgres.drop_database(server.database_url.rpartition("/")[2])


@pytest.fixture(scope="module")
def sqlite_desk(tmp_path_factory: pytest.TempPathFactory, shop: ShopProcess) -> SeededDesk:
    return SeededDesk(tmp_path_factory.mktemp("desk"), shop=shop, postgres=None)


@pytest.fixture(scope="module")
def postgres_desk(
    tmp_path_factory: pytest.TempPathFactory, shop: ShopProcess, postgres_server: PostgresServer
) -> SeededDesk:
    return SeededDesk(tmp_path_factory.mktemp("desk"), shop=shop, postgres=postgres_server)


async def killed_at(desk: SeededDesk, shop: ShopProcess, failpoint: str, *, folder: Path) -> bool:
    """Talk the example through with a server that dies there, check every promise; False if it never died."""
    # Given a support desk that will be killed at this boundary
    server = desk.copy(folder)
    finished: Counter[StepKey] = Counter()
    asked: Counter[str] = Counter()

    async def look() -> None:
        journal = await read_journal(server)
        finished.update(journal.finished)
        asked.update(shop.requests(journal.runs))

    try:
        if not await server.start_soon(failpoint=failpoint):
            await server.start_soon()
        # When somebody talks with it, repeating what was not answered
        async with server.async_client() as client:
            talk = await SurvivingTalk(server, client, on_death=look).begin(desk.peer_id)
            await talk_it_through(talk)
            await talk.rest()
        deaths = server.starts - 1
        assert await run_sync(server.stop) == 0
        journal = await read_journal(server)
        # Then all runs have ended right, and the journals are whole
        assert set(journal.runs.values()) == {"completed"}
        assert not journal.has_gaps
        # And no finished step ran again
        assert max(journal.finished.values()) == 1
        assert finished.keys() <= journal.finished.keys()
        requests = shop.requests(journal.runs)
        done_before = {key for key in asked if tuple(key.split(":", 1)) in finished}
        assert all(requests[key] == asked[key] for key in done_before)
        # And each refund was charged once, under one key, however often it was asked for
        assert shop.charges(journal.runs) == REFUNDS
        assert len(requests) == len(REFUNDS)
        assert requests.total() <= len(REFUNDS) + deaths
    except BaseException as error:
        error.add_note(f"killed at {failpoint}; the server said:\n{server.log[-3000:]}")
        raise
    finally:
        desk.remove(server)
    return deaths > 0


async def killed_everywhere(desk: SeededDesk, shop: ShopProcess, failpoints: Iterable[str], *, folder: Path) -> int:
    """Kill at each of these boundaries, some at a time; how many of them were reached."""
    free = asyncio.Semaphore(AT_ONCE)

    async def case(failpoint: str) -> bool:
        async with free:
            return await killed_at(desk, shop, failpoint, folder=folder / failpoint.replace(":", "-"))

    async with asyncio.TaskGroup() as tasks:
        cases = [tasks.create_task(case(failpoint)) for failpoint in failpoints]
    return sum(task.result() for task in cases)


AT_ONCE = 4
FEW = (
    "claimed:2",
    "append.before:3",
    "append.after:5",
    "effect.before:4",
    "outcome:4",
    "outcome:9",
    "park.before:1",
    "park.after:2",
    "settle:1",
    "child.start:2",
    "end.before:2",
    "store.after_commit:20",
)
FEW_ON_POSTGRESQL = ("append.after:7", "effect.before:6", "settle:1", "end.after:1")


@pytest.mark.timeout(180)
async def test_kill_at_twelve_boundaries_on_sqlite(sqlite_desk: SeededDesk, shop: ShopProcess, tmp_path: Path) -> None:
    assert await killed_everywhere(sqlite_desk, shop, FEW, folder=tmp_path) == len(FEW)


@pytest.mark.timeout(180)
async def test_kill_at_four_boundaries_on_postgresql(
    postgres_desk: SeededDesk, shop: ShopProcess, tmp_path: Path
) -> None:
    assert await killed_everywhere(postgres_desk, shop, FEW_ON_POSTGRESQL, folder=tmp_path) == len(FEW_ON_POSTGRESQL)


HITS = {"store.before_commit": 60, "store.after_commit": 60}
MOST_HITS = 16
"""Of each other name; what the talk never reaches does not count."""


def boundaries(*, every: int) -> list[str]:
    """Each name with its first, second, ... hit, thinned out."""
    found = [f"{name}:{nth}" for name in FAILPOINTS for nth in range(1, HITS.get(name, MOST_HITS) + 1)]
    return found[::every]


@pytest.mark.soak
async def test_kill_at_every_boundary_on_sqlite(sqlite_desk: SeededDesk, shop: ShopProcess, tmp_path: Path) -> None:
    assert await killed_everywhere(sqlite_desk, shop, boundaries(every=1), folder=tmp_path) >= 100


@pytest.mark.soak
async def test_kill_at_many_boundaries_on_postgresql(
    postgres_desk: SeededDesk, shop: ShopProcess, tmp_path: Path
) -> None:
    assert await killed_everywhere(postgres_desk, shop, boundaries(every=4), folder=tmp_path) >= 40
