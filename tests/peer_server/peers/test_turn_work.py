"""Writes of a turn are never left half done, and a stopped turn stays stopped."""

import asyncio

import pytest

from peer_server.peers.turn_work import to_the_end

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("fault", [None, KeyError("it went wrong")])
async def test_who_is_stopped_in_the_middle_of_a_write_stops_after_it_however_it_went(fault: Exception | None) -> None:
    # Given somebody in the middle of a write
    may_end, has_ended = asyncio.Event(), False

    async def write() -> None:
        nonlocal has_ended
        await may_end.wait()
        has_ended = True
        if fault is not None:
            raise fault

    writing = asyncio.create_task(to_the_end(write()))
    await asyncio.sleep(0)
    # When they are stopped
    writing.cancel()
    await asyncio.sleep(0)
    assert not writing.done()
    may_end.set()
    # Then the write comes to its end, and they stop instead of going on with what it said
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert has_ended
