"""A feed delivers every durable event once and in order, whatever the bus does meanwhile."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_runtime.errors import StoreUnavailable
from peer_server.bus import Frame
from peer_server.buses.memory import MemoryBus
from peer_server.ws import feed as feeds
from peer_server.ws.feed import HELD_FRAMES, PAGE, Feed

CHANNEL = "conversation:c"


def event(seq: int) -> Frame:
    return Frame(b'{"type":"event","seq":%d}' % seq, seq)


DELTA = Frame(b'{"type":"message.delta","offset":0}')
DRAFT = Frame(b'{"type":"form.drafted"}')


class Stage:
    """A store of events, a bus, and a reader that keeps what it gets."""

    def __init__(self, *, after_seq: int = 0) -> None:
        self.stored: list[Frame] = []
        self.got: list[Frame] = []
        self.bus = MemoryBus()
        self.while_reading: list[Frame] = []
        self.outages: list[Exception] = []
        self.feed = Feed("c", after_seq=after_seq, read=self.read, deliver=self.got.append, room=self.room)

    async def read(self, after_seq: int, limit: int) -> Sequence[Frame]:
        if self.outages:
            raise self.outages.pop()
        page = [frame for frame in self.stored if (frame.seq or 0) > after_seq][:limit]
        await asyncio.sleep(0)
        for frame in self.while_reading:  # what happens between the read and its answer
            self.commit(frame)
        self.while_reading = []
        return page

    async def room(self) -> None:
        """There is always room."""

    def commit(self, frame: Frame) -> None:
        if frame.seq is not None:
            self.stored.append(frame)
        self.bus.publish(CHANNEL, frame)

    async def open(self) -> None:
        self.feed.listen(self.bus, CHANNEL)
        while True:
            await self.feed.replay()
            if self.feed.go_live(Frame(b"snapshot")):
                return

    def seqs(self) -> list[int]:
        return [frame.seq for frame in self.got if frame.seq is not None]


@pytest.mark.anyio
async def test_what_happens_during_the_replay_follows_it() -> None:
    # Given 250 stored events, and two that are committed while the first page is read
    stage = Stage(after_seq=3)
    stage.stored = [event(seq) for seq in range(1, 251)]
    stage.while_reading = [event(251), DELTA, DRAFT, event(252)]
    # When the feed opens
    await stage.open()
    stage.commit(event(253))
    # Then all events after the third came once, in order; text in flight is in the snapshot, other news follow it
    assert stage.seqs() == list(range(4, 254))
    assert [frame.data for frame in stage.got if frame.seq is None] == [b"snapshot", DRAFT.data]


@pytest.mark.anyio
async def test_a_flood_during_the_replay_is_read_from_the_store() -> None:
    stage = Stage()
    stage.stored = [event(seq) for seq in range(1, PAGE)]
    stage.while_reading = [event(seq) for seq in range(PAGE, PAGE + HELD_FRAMES + 50)]
    await stage.open()
    assert stage.seqs() == list(range(1, PAGE + HELD_FRAMES + 50))


@pytest.mark.anyio
async def test_a_missing_event_is_read_from_the_store() -> None:
    # Given a live feed
    stage = Stage()
    await stage.open()
    # When an event reaches the store, but not the bus, and another one follows
    stage.stored.append(event(1))
    stage.commit(event(2))
    await asyncio.sleep(0.01)
    # Then both came
    assert stage.seqs() == [1, 2]
    # And when another process writes, a look at the store tells
    stage.stored.append(event(3))
    stage.feed.check(3)
    await asyncio.sleep(0.01)
    assert stage.seqs() == [1, 2, 3]


@pytest.mark.anyio
async def test_a_closed_feed_hears_nothing() -> None:
    stage = Stage()
    await stage.open()
    stage.feed.close()
    stage.commit(event(1))
    assert stage.seqs() == []
    assert stage.bus.channels() == 0


@settings(max_examples=200, deadline=None)
@given(
    stored=st.integers(0, 130),
    arrivals=st.lists(st.sampled_from(["commit", "lost", "late", "delta", "turn"]), max_size=40),
    after=st.integers(0, 20),
)
def test_no_order_of_arrival_makes_a_gap(stored: int, arrivals: list[str], after: int) -> None:
    async def play() -> Stage:
        stage = Stage(after_seq=min(after, stored))
        stage.stored = [event(seq) for seq in range(1, stored + 1)]
        opening = asyncio.create_task(stage.open())
        late: list[Frame] = []
        for arrival in arrivals:
            following = event(len(stage.stored) + 1)
            match arrival:
                case "commit":
                    stage.commit(following)
                case "lost":
                    stage.stored.append(following)
                case "late":
                    stage.stored.append(following)
                    late.append(following)
                case "delta":
                    stage.bus.publish(CHANNEL, DELTA)
                case _:
                    await asyncio.sleep(0)
                    for frame in late:
                        stage.bus.publish(CHANNEL, frame)
                    late = []
        await opening
        for _ in range(20):
            stage.feed.check(len(stage.stored))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return stage

    stage = asyncio.run(play())
    assert stage.seqs() == list(range(min(after, stored) + 1, len(stage.stored) + 1))


@pytest.mark.anyio
async def test_a_store_that_is_away_for_a_while_loses_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a live feed that misses an event while the store is away
    monkeypatch.setattr(feeds, "RETRY_S", 0)
    stage = Stage()
    await stage.open()
    stage.outages = [StoreUnavailable("store_unavailable", "the store is away"), KeyError("nobody expected this")]
    stage.stored.append(event(1))
    # When the next one arrives
    stage.commit(event(2))
    for _ in range(20):  # turns of the loop: nothing here waits for time
        await asyncio.sleep(0)
    assert stage.seqs() == [1, 2]
    # Then both came, and the feed goes on
    stage.commit(event(3))
    assert stage.seqs() == [1, 2, 3]
