"""What only several processes can do: die with a job, lose the database, flood each other."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from flow_runtime.errors import StoreUnavailable
from flow_runtime.queues.pgqueuer import PgQueuerQueue
from flow_runtime.store import Transaction
from flow_runtime.stores.migrate import migrate
from flow_runtime.stores.postgres import PostgresStore
from tests.services.postgres import PostgresServer
from tests.services.programs import find_postgres
from tests.services.restarts import driver_may_stumble

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]

HANGING = """
import asyncio, sys
from flow_runtime.queues.pgqueuer import PgQueuerQueue

async def hang(payload, job_id):
    print(job_id, flush=True)
    await asyncio.Event().wait()

asyncio.run(PgQueuerQueue(sys.argv[1], heartbeat_s=1.0).run({"app.run": hang}))
"""


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A server that these tests may stop without hurting others."""
    programs = find_postgres()
    if programs is None:
        pytest.skip("PostgreSQL is missing: `make test` installs it")
    with PostgresServer(programs) as server:
        yield server


@pytest.fixture
def url(own_server: PostgresServer) -> str:
    """The address of an empty database."""
    return own_server.url(own_server.create_database())


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    """An open, migrated, empty store."""
    store = PostgresStore(url, connections=2)
    await store.open()
    await migrate(store)
    with driver_may_stumble():
        yield store
        await store.close()


async def enqueue(store: PostgresStore, queue: PgQueuerQueue, *payloads: str) -> list[int]:
    def add(tx: Transaction) -> list[int]:
        return [queue.enqueue(tx, "app.run", payload) for payload in payloads]

    return await store.write(add)


async def test_a_dead_workers_job_comes_again_under_the_same_id(store: PostgresStore, url: str) -> None:
    # Given a worker that takes a job and is killed
    queue = PgQueuerQueue(url, heartbeat_s=1.0)
    taken: asyncio.Queue[int] = asyncio.Queue()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", HANGING, url]
    worker = await asyncio.create_subprocess_exec(*command, env=environment, stdout=subprocess.PIPE)
    (job_id,) = await enqueue(store, queue, "run")
    assert worker.stdout is not None
    async with asyncio.timeout(20):
        assert int(await worker.stdout.readline()) == job_id
    worker.kill()
    await worker.wait()

    # When another worker serves
    async def note(_payload: str, job_id: int) -> None:
        await taken.put(job_id)

    serving = asyncio.create_task(queue.run({"app.run": note}))

    # Then it gets that very job, so the run may be taken over
    async with asyncio.timeout(10):
        assert await taken.get() == job_id
    await queue.close()
    await serving


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_a_restart_of_the_database_loses_no_job_and_holds_up_nobody(
    store: PostgresStore, own_server: PostgresServer, url: str, how: signal.Signals
) -> None:
    # Given a handler that is at work, for long, while the server goes down and comes back
    queue = PgQueuerQueue(url, heartbeat_s=1.0)
    calls: list[str] = []
    began, go_on, all_done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handle(payload: str, _job_id: int) -> None:
        calls.append(payload)
        if payload == "long":
            began.set()
            await go_on.wait()
        if len(set(calls)) == 12:
            all_done.set()

    serving = asyncio.create_task(queue.run({"app.run": handle}))
    await enqueue(store, queue, "long")
    async with asyncio.timeout(10):
        await began.wait()
    own_server.stop(how)
    await asyncio.sleep(0.2)
    own_server.start()

    # When jobs come afterwards
    await enqueue(store, queue, *(f"job {n}" for n in range(11)))

    # Then they are handled although the long one still runs, and that one was not begun twice
    async with asyncio.timeout(15):
        await all_done.wait()
    assert calls.count("long") == 1
    go_on.set()
    await queue.close()
    await serving


async def test_jobs_are_shared_out_and_each_is_handled_once(store: PostgresStore, url: str) -> None:
    # Given two workers and a hundred jobs
    queues = [PgQueuerQueue(url) for _ in range(2)]
    handled: list[str] = []
    all_done = asyncio.Event()

    async def handle(payload: str, _job_id: int) -> None:
        handled.append(payload)
        if len(handled) == 100:
            all_done.set()

    serving = [asyncio.create_task(queue.run({"app.run": handle})) for queue in queues]

    # When they have served
    ids = await enqueue(store, queues[0], *(str(n) for n in range(100)))
    async with asyncio.timeout(15):
        await all_done.wait()

    # Then each job was handled once
    assert sorted(handled, key=int) == [str(n) for n in range(100)]
    await asyncio.gather(*(queue.close() for queue in queues))
    await asyncio.gather(*serving)
    assert await queues[0].missing(ids) == set(ids)


async def test_asking_for_jobs_without_a_server_is_told_in_our_words() -> None:
    queue = PgQueuerQueue("postgresql://127.0.0.1:1/nowhere")
    assert await queue.missing([]) == set()
    with pytest.raises(StoreUnavailable):
        await queue.missing([1])
