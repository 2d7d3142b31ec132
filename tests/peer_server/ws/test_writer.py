"""The writer of a socket: what happens to a replay when its reader goes away."""

import asyncio

import pytest
from starlette.types import Message

from peer_server.bus import Frame
from peer_server.ws.outbox import MAX_FRAMES
from peer_server.ws.writer import Writer

pytestmark = pytest.mark.anyio


async def test_a_replay_does_not_wait_for_a_reader_who_has_gone() -> None:
    # Given a replay that waits until its reader has taken some of what is on the way
    gone = asyncio.Event()

    async def send(_message: Message) -> None:
        await gone.wait()
        raise ConnectionResetError

    writer = Writer(send)
    for _ in range(MAX_FRAMES):
        writer.push(Frame(b"x"))
    waiting = asyncio.create_task(writer.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    # When the reader goes away
    gone.set()
    # Then it waits no longer, now and at every further page: the session can end
    async with asyncio.timeout(5):
        await waiting
        for _ in range(3):
            for _ in range(100):
                writer.push(Frame(b"x"))
            await writer.room()
