"""The promises of `Queue`: a job exists exactly if its transaction commits, lanes are apart, losses can be seen."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from flow_runtime.queue import Handler, Queue
from flow_runtime.queues.lanes import Lanes
from flow_runtime.queues.memory import MemoryQueue
from flow_runtime.queues.pgqueuer import PgQueuerQueue
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.postgres import PostgresStore
from flow_runtime.stores.sqlite import SqliteStore

pytestmark = pytest.mark.anyio

BATCH = -1


@dataclass(frozen=True)
class Place:
    """A store, and a way to make queues that belong to it, as the processes of a cluster would."""

    store: Store
    new_queue: Callable[..., Queue]

    async def enqueue(self, queue: Queue, *payloads: str, priority: int = 0) -> list[int | None]:
        """Add jobs in one transaction."""

        def add(tx: Transaction) -> list[int | None]:
            return [queue.enqueue(tx, "app.run", payload, priority=priority) for payload in payloads]

        return await self.store.write(add)


@pytest.fixture(params=["memory", "pgqueuer"])
async def place(request: pytest.FixtureRequest, tmp_path: Path, place_url: str) -> AsyncIterator[Place]:
    """Each queue with the store that it goes with."""
    store: Store
    if request.param == "memory":
        store, make = SqliteStore(tmp_path / "peer.db"), MemoryQueue
    else:
        store = PostgresStore(place_url, connections=2)
        make = lambda **options: PgQueuerQueue(place_url, **options)  # type: ignore[assignment] # noqa: E731 - short
    await store.open()
    yield Place(store, make)
    await store.close()


@pytest.fixture
def place_url(request: pytest.FixtureRequest) -> str:
    """The database of the PostgreSQL variant; nothing for the other."""
    if request.node.callspec.params["place"] == "memory":
        return ""
    url: str = request.getfixturevalue("migrated_postgres_url")
    return url


@asynccontextmanager
async def serving(queue: Queue, handler: Handler, *, kind: str = "app.run") -> AsyncIterator[None]:
    """The queue at work until the block ends."""
    handlers: Mapping[str, Handler] = {kind: handler}
    running = asyncio.create_task(queue.run(handlers))
    try:
        yield
    finally:
        await queue.close()
        async with asyncio.timeout(10):
            await running


class Handled:
    """A handler that notes what it is given."""

    def __init__(self) -> None:
        self.jobs: asyncio.Queue[tuple[str, int]] = asyncio.Queue()

    async def __call__(self, payload: str, job_id: int) -> None:
        await self.jobs.put((payload, job_id))

    async def next(self, count: int) -> list[tuple[str, int]]:
        """The next so many jobs."""
        async with asyncio.timeout(10):
            return [await self.jobs.get() for _ in range(count)]


async def test_jobs_are_handled_with_their_payload_and_id(place: Place) -> None:
    queue, handled = place.new_queue(), Handled()
    early = await place.enqueue(queue, "before the start")

    async with serving(queue, handled):
        assert await handled.next(1) == [("before the start", early[0])]
        ids = await place.enqueue(queue, "a", "b")
        assert sorted(await handled.next(2)) == sorted(zip(["a", "b"], ids, strict=True))


async def test_a_job_vanishes_with_its_transaction(place: Place) -> None:
    queue, handled = place.new_queue(), Handled()

    def refuse(tx: Transaction) -> None:
        queue.enqueue(tx, "app.run", "never")
        raise LookupError

    async with serving(queue, handled):
        with pytest.raises(LookupError):
            await place.store.write(refuse)
        await place.enqueue(queue, "after")
        assert [payload for payload, _ in await handled.next(1)] == ["after"]


async def test_there_is_room_exactly_while_a_job_is_certain_to_begin_here(
    place: Place, request: pytest.FixtureRequest
) -> None:
    queue, handled = place.new_queue(lanes=Lanes(interactive=1, batch=1), drain_s=0.1), Handled()
    is_alone = request.node.callspec.params["place"] == "memory"
    # Nobody takes jobs yet
    assert not queue.has_room()
    for_ever = asyncio.Event()

    async def handle(payload: str, job_id: int) -> None:
        await handled(payload, job_id)
        await for_ever.wait()

    async with serving(queue, handle):
        await place.enqueue(queue, "busy", priority=BATCH)
        await handled.next(1)
        # Each lane by itself, and whatever is not committed yet counts
        assert queue.has_room() is is_alone
        assert not queue.has_room(priority=BATCH)

        def room_twice(tx: Transaction) -> tuple[bool, bool]:
            first = queue.has_room()
            queue.enqueue(tx, "app.run", "next")
            return first, queue.has_room()

        assert await place.store.write(room_twice) == (is_alone, False)
        await handled.next(1)
        for_ever.set()
    # Nor does anybody any more
    assert not queue.has_room()


async def test_a_flood_of_batch_jobs_does_not_keep_people_waiting(place: Place) -> None:
    # Given more batch jobs than the batch lane holds, none of which ends
    queue, handled = place.new_queue(lanes=Lanes(interactive=20, batch=20), drain_s=0.1), Handled()
    for_ever = asyncio.Event()

    async def handle(payload: str, job_id: int) -> None:
        await handled(payload, job_id)
        if payload.startswith("batch"):
            await for_ever.wait()

    async with serving(queue, handle):
        await place.enqueue(queue, *(f"batch {n}" for n in range(30)), priority=BATCH)
        assert len(await handled.next(20)) == 20

        # When a person's job comes
        await place.enqueue(queue, "person")

        # Then it is next, and the lane's limit holds
        assert [payload for payload, _ in await handled.next(1)] == ["person"]
        assert handled.jobs.empty()


async def test_a_failing_handler_stops_nobody(place: Place) -> None:
    queue, handled = place.new_queue(), Handled()

    async def fail_first(payload: str, job_id: int) -> None:
        await handled(payload, job_id)
        if payload == "bad":
            raise RuntimeError("a fault in the handler")

    async with serving(queue, fail_first):
        await place.enqueue(queue, "bad")
        await place.enqueue(queue, "good")
        assert sorted(payload for payload, _ in await handled.next(2)) == ["bad", "good"]


async def test_missing_tells_which_jobs_nobody_has(place: Place) -> None:
    # Given two jobs that wait
    queue, handled, go_on = place.new_queue(), Handled(), asyncio.Event()

    async def handle(payload: str, job_id: int) -> None:
        await handled(payload, job_id)
        if payload == "runs":
            await go_on.wait()

    ids = [job_id or 0 for job_id in await place.enqueue(queue, "runs", "ends")]
    assert await queue.missing([*ids, 987_654]) == {987_654}

    # When one of them is being worked on and the other has ended
    async with serving(queue, handle):
        await handled.next(2)

        # Then the one that ended is missing, as soon as its end is noted
        async with asyncio.timeout(10):
            while (missing := await queue.missing(ids)) != {ids[1]}:
                assert missing == set()
                await asyncio.sleep(0.02)
        go_on.set()


async def test_closing_waits_for_handlers_and_takes_no_more_jobs(place: Place) -> None:
    # Given a handler at work
    queue, handled, go_on, finished = place.new_queue(), Handled(), asyncio.Event(), []

    async def handle(payload: str, job_id: int) -> None:
        await handled(payload, job_id)
        await go_on.wait()
        finished.append(payload)

    running = asyncio.create_task(queue.run({"app.run": handle}))
    await place.enqueue(queue, "first")
    await handled.next(1)

    # When the queue closes, and another job comes
    closing = asyncio.create_task(queue.close())
    await asyncio.sleep(0)
    await place.enqueue(queue, "second")
    go_on.set()
    await closing
    await running

    # Then the first has finished and the second was left to others
    assert finished == ["first"]
    assert handled.jobs.empty()
    await queue.close()


async def test_closing_does_not_wait_for_ever(place: Place) -> None:
    queue, handled = place.new_queue(drain_s=0.05), Handled()
    was_cancelled = asyncio.Event()

    async def never_ends(payload: str, job_id: int) -> None:
        await handled(payload, job_id)
        try:
            await asyncio.Event().wait()
        finally:
            was_cancelled.set()

    async with serving(queue, never_ends):
        await place.enqueue(queue, "stuck")
        await handled.next(1)

    assert was_cancelled.is_set()


async def test_cancelling_the_service_cancels_its_handlers(place: Place) -> None:
    queue, handled, was_cancelled = place.new_queue(), Handled(), asyncio.Event()

    async def never_ends(payload: str, job_id: int) -> None:
        await handled(payload, job_id)
        try:
            await asyncio.Event().wait()
        finally:
            was_cancelled.set()

    running = asyncio.create_task(queue.run({"app.run": never_ends}))
    await place.enqueue(queue, "stuck")
    await handled.next(1)
    running.cancel()

    async with asyncio.timeout(10):
        await asyncio.wait([running])
    assert was_cancelled.is_set()
