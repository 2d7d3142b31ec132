"""Talks on through kills: what was not answered is asked again once the server is back, as a good client does."""

from collections.abc import Awaitable, Callable
from typing import Self

import httpx2
from anyio.to_thread import run_sync

from examples.talk import JsonObject, RestTalk
from tests.faults.server_process import ServerProcess

OnDeath = Callable[[], Awaitable[None]]


class SurvivingTalk(RestTalk):
    """A conversation over REST with a server that may die at any moment; `on_death` is called while it is down.

    Only requests that are harmless to repeat are made: messages carry an id, decisions are the same again.
    """

    patience_s = 90  # On PostgreSQL a dead worker is noticed by its silence, and a lost job after a grace.

    def __init__(self, server: ServerProcess, client: httpx2.AsyncClient, *, on_death: OnDeath) -> None:
        super().__init__(client, "", tools={})
        self._server = server
        self._on_death = on_death

    async def begin(self, peer_id: str) -> Self:
        """Start the conversation."""
        self.conversation_id = str((await self.request("POST", "/v1/conversation", {"peerId": peer_id}))["id"])
        return self

    async def rest(self) -> None:
        """Wait until nothing is worked on: a turn that was heard before a death is only ended after it."""
        async for view in self._views("rest"):
            if view["activeTurnId"] is None and not view["queue"]:
                return

    async def request(self, method: str, path: str, body: JsonObject | None = None) -> JsonObject:
        """One request, repeated until it is answered."""
        while True:
            try:
                return await super().request(method, path, body)
            except httpx2.TransportError:
                await run_sync(self._server.await_death)
                await self._on_death()
                await self._server.start_soon()
