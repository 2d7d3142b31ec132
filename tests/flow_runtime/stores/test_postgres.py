"""What only a server can do to us: restart, drop connections, lose the answer to a commit, deadlock."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flow_runtime.errors import Fenced, StoreUnavailable
from flow_runtime.run import Event
from flow_runtime.store import Append, Transaction
from flow_runtime.stores.journal import read_events
from flow_runtime.stores.migrate import migrate
from flow_runtime.stores.postgres import PostgresStore
from flow_runtime.stores.postgres_append import PostgresAppender
from flow_runtime.stores.runs import insert_run
from tests.contracts.stores import NOW, SPEC, RunStates, step_done
from tests.services.child import free_port
from tests.services.postgres import PostgresServer
from tests.services.programs import find_postgres
from tests.services.restarts import driver_may_stumble

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A server that these tests may stop without hurting others."""
    programs = find_postgres()
    if programs is None:
        pytest.skip("PostgreSQL is missing: `make test` installs it")
    with PostgresServer(programs) as server:
        yield server


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting a server holds up the event loop here, on a busy machine for long: that is not what is tested."""
    monkeypatch.setattr("flow_runtime.stores.postgres_faults.PATIENCE_S", 60)


@pytest.fixture
async def store(own_server: PostgresServer) -> AsyncIterator[PostgresStore]:
    """An open, migrated, empty store."""
    name = own_server.create_database()
    store = PostgresStore(own_server.url(name), connections=4)
    await store.open()
    await migrate(store)
    with driver_may_stumble():
        yield store
        await store.close()
    own_server.drop_database(name)


async def journal(store: PostgresStore, states: RunStates, *, until: asyncio.Event) -> tuple[str, int]:
    """Append to a new run, step by step, until told to stop; answers the run's id and how many were acknowledged."""
    run = await states.running()
    seq = 0
    while not until.is_set():
        await store.append(Append(run.id, run.epoch, seq, [Event("step.done", f"s{seq}", {})]))
        seq += 1
    return run.id, seq


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_a_restart_under_load_is_invisible(
    store: PostgresStore, own_server: PostgresServer, how: signal.Signals
) -> None:
    # Given runs that journal while the server goes down (fast or at once) and comes back
    states, enough = RunStates(store), asyncio.Event()
    working = [asyncio.create_task(journal(store, states, until=enough)) for _ in range(8)]
    await asyncio.sleep(0.1)
    own_server.stop(how)
    await asyncio.sleep(0.3)
    own_server.start()

    # When they have gone on for a while
    before = await store.read(count_events)
    while await store.read(count_events) < before + 100 and not any(task.done() for task in working):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    enough.set()

    # Then nobody saw an error, and every journal holds exactly what was acknowledged
    for run_id, acknowledged in await asyncio.gather(*working):
        assert [event.seq for event in await store.read(read_events, run_id)] == list(range(1, acknowledged + 1))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_writes_around_a_restart_commit_exactly_once(
    store: PostgresStore, own_server: PostgresServer, how: signal.Signals
) -> None:
    # Given many who start runs without a key, so that a write made twice would show
    enough = asyncio.Event()

    async def start() -> int:
        started = 0
        while not enough.is_set():
            await store.write(insert_run, SPEC, now=NOW)
            started += 1
        return started

    working = [asyncio.create_task(start()) for _ in range(8)]

    # When the server restarts in the middle, three times
    for _ in range(3):
        await asyncio.sleep(0.05)
        own_server.stop(how)
        own_server.start()
    enough.set()

    # Then every start that was acknowledged is there, once
    acknowledged = sum(await asyncio.gather(*working))
    assert await store.read(count_runs) == acknowledged


def count_runs(conn: Connection) -> int:
    return conn.scalar(text("SELECT count(*) FROM runs")) or 0


def count_events(conn: Connection) -> int:
    return conn.scalar(text("SELECT count(*) FROM run_events")) or 0


async def test_a_dropped_connection_repeats_the_write_and_commits_it_once(store: PostgresStore) -> None:
    # Given a write whose connection is cut on its first attempt, before the commit
    attempts: list[int] = []

    def cut_once(tx: Transaction) -> str:
        run, _ = insert_run(tx, SPEC, now=NOW)
        attempts.append(1)
        if len(attempts) == 1:
            tx.conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return run.id

    # When it is written
    run_id = await store.write(cut_once)

    # Then it ran twice and is there once
    assert len(attempts) == 2
    assert await store.read(lambda conn: conn.scalar(text("SELECT count(*) FROM runs"))) == 1
    assert await store.read(read_events, run_id) == []


async def test_a_commit_whose_answer_was_lost_is_not_repeated(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a connection that dies after the server committed and before the client heard of it
    attempts: list[int] = []

    def start(tx: Transaction) -> str:
        attempts.append(1)
        return insert_run(tx, SPEC, now=NOW)[0].id

    commit = AsyncConnection.commit

    async def commit_and_lose_the_answer(conn: AsyncConnection) -> None:
        await commit(conn)
        if len(attempts) == 1:
            raise ConnectionResetError("connection lost")

    monkeypatch.setattr(AsyncConnection, "commit", commit_and_lose_the_answer)

    # When a run is started
    await store.write(start)

    # Then the server was asked, and the run was started once
    assert len(attempts) == 1
    assert await store.read(lambda conn: conn.scalar(text("SELECT count(*) FROM runs"))) == 1


async def test_an_append_whose_answer_was_lost_counts(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an appender that loses the answer to its first commit
    run = await RunStates(store).running()
    connected = PostgresAppender._connected
    losses: list[int] = []

    async def connect_to_loser(appender: PostgresAppender) -> object:
        connection = await connected(appender)
        if losses:
            return connection
        losses.append(1)
        return Loser(connection)

    class Loser:
        def __init__(self, connection: object) -> None:
            self.connection = connection

        async def fetchmany(self, *arguments: object) -> None:
            await self.connection.fetchmany(*arguments)  # type: ignore[attr-defined]
            raise ConnectionResetError("connection lost")

        def terminate(self) -> None:
            self.connection.terminate()  # type: ignore[attr-defined]

    monkeypatch.setattr(PostgresAppender, "_connected", connect_to_loser)

    # When an append and one that must be fenced share that commit
    answers = await asyncio.gather(
        store.append(step_done(run)), store.append(step_done(run, after_seq=7)), return_exceptions=True
    )

    # Then the first is acknowledged, is there once, and the second is still fenced
    assert answers[0] is None
    assert isinstance(answers[1], Fenced)
    assert len(await store.read(read_events, run.id)) == 1


async def test_a_deadlock_is_tried_again(store: PostgresStore) -> None:
    # Given two runs, and two writes that lock them in opposite orders (which our own functions never do)
    states = RunStates(store)
    first, second = await states.running(), await states.running()
    lock = text("UPDATE runs SET priority = priority + 1 WHERE id = :id")

    def lock_both(tx: Transaction, ids: tuple[str, str]) -> None:
        for run_id in ids:
            tx.conn.execute(lock, {"id": run_id})
            tx.conn.execute(text("SELECT pg_sleep(0.05)"))

    # When they meet
    await asyncio.gather(store.write(lock_both, (first.id, second.id)), store.write(lock_both, (second.id, first.id)))

    # Then both went through
    priorities = await store.read(lambda conn: list(conn.scalars(text("SELECT priority FROM runs"))))
    assert priorities == [2, 2]


async def test_nodes_that_start_together_migrate_once(own_server: PostgresServer) -> None:
    url = own_server.url(own_server.create_database())
    stores = [PostgresStore(url, connections=1) for _ in range(3)]
    for store in stores:
        await store.open()

    await asyncio.gather(*(migrate(store) for store in stores))

    assert await stores[0].read(lambda conn: conn.scalar(text("SELECT count(*) FROM flow_runtime_version"))) == 1
    for store in stores:
        await store.close()


async def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flow_runtime.stores.postgres_faults.PATIENCE_S", 0.05)

    with pytest.raises(StoreUnavailable, match="PostgreSQL"):
        await PostgresStore(f"postgresql://postgres@127.0.0.1:{free_port()}/none").open()
