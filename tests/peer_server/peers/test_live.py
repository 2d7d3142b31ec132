"""Text in flight: the first piece at once, then at most one frame per interval, nothing lost."""

import asyncio

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peer_server.bus import Frame
from peer_server.buses.memory import MemoryBus
from peer_server.peers.live import LiveMessages, utf16_length

pytestmark = pytest.mark.anyio


def hearing(bus: MemoryBus) -> list[Frame]:
    heard: list[Frame] = []
    bus.listen("conversation:c", heard.append)
    return heard


async def test_pieces_that_come_together_go_out_together() -> None:
    # Given a reader
    bus = MemoryBus()
    heard = hearing(bus)
    live = LiveMessages(bus, flush_s=0.02)
    message = live.open("c", "m")
    # When a hundred pieces come at once
    for _ in range(100):
        message.push("x")
    # Then the first is there already, the rest comes in one frame
    assert [orjson.loads(frame.data)["delta"] for frame in heard] == ["x"]
    await asyncio.sleep(0.05)
    assert [orjson.loads(frame.data)["delta"] for frame in heard] == ["x", "x" * 99]
    assert orjson.loads(heard[1].data)["offset"] == 1
    assert [state.text for state in live.state("c")] == ["x" * 100]
    message.push("end")
    message.close()
    message.close()
    assert "".join(orjson.loads(frame.data)["delta"] for frame in heard) == "x" * 100 + "end"
    assert live.state("c") == []


async def test_a_repeated_call_takes_the_place_of_the_message_in_flight() -> None:
    live = LiveMessages(MemoryBus())
    first = live.open("c", "m")
    first.push("old")
    second = live.open("c", "m")
    second.push("new")
    first.close()
    assert [state.text for state in live.state("c")] == ["new"]
    second.close()
    assert live.state("c") == []


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=50))
def test_lengths_are_those_of_javascript(text: str) -> None:
    assert utf16_length(text) == sum(2 if ord(character) > 0xFFFF else 1 for character in text)
