"""The look at what other processes wrote goes on, whatever one look meets."""

import asyncio
from typing import cast

import pytest

from flow_runtime.store import Store
from peer_server.ws import tail
from peer_server.ws.feed import Feed
from peer_server.ws.tail import StoreTail


class Flaky:
    """A store of several processes whose first answer is a fault that nobody expected."""

    dialect = "postgresql"

    def __init__(self) -> None:
        self.looks = 0
        self.second = asyncio.Event()

    async def read(self, *_query: object) -> dict[str, int]:
        self.looks += 1
        if self.looks == 1:
            raise KeyError("nobody expected this")
        self.second.set()
        return {}


@pytest.mark.anyio
async def test_a_look_that_fails_is_not_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "EVERY_S", 0)
    store = Flaky()
    looking = StoreTail(cast(Store, store))

    looking.follow(cast(Feed, type("Followed", (), {"conversation_id": "c"})()))
    looking.start()
    async with asyncio.timeout(5):
        await store.second.wait()
    looking.stop()
