"""Tells the people who are here how much waits for them, whenever that may have changed."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import orjson

from flow_runtime.errors import FlowError
from peer_server.access import Principal
from peer_server.bus import Frame
from peer_server.conversation_log import workspace_channel
from peer_server.services.bundle import Services
from peer_server.stores.inbox import newest_questions
from peer_server.wire import InboxUpdated

log = logging.getLogger(__name__)

EVERY_S: Final = 2.0
"""How often what other processes asked is looked for."""
Tell = Callable[[InboxUpdated], None]


class _Present:
    """One person who is here, on any number of sockets."""

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self.tells: dict[str, Tell] = {}
        self.told: int | None = None

    def tell_all(self, count: int) -> None:
        """Tell every socket, unless they know it already."""
        if count != self.told:
            self.told = count
            for tell in tuple(self.tells.values()):
                tell(InboxUpdated(open=count))


class InboxBoard:
    """Counts once per person, however many sockets they have, and tells only what has changed."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._present: dict[str, dict[str, _Present]] = {}
        self._stops: dict[str, Callable[[], None]] = {}
        self._stale: set[tuple[str, str]] = set()
        self._counting: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def join(self, session_id: str, principal: Principal, tell: Tell) -> None:
        """Tell this socket how much waits for its person, now and whenever that changes."""
        workspace_id = principal.workspace_id
        here = self._present.setdefault(workspace_id, {})
        if workspace_id not in self._stops:
            channel = workspace_channel(workspace_id)
            self._stops[workspace_id] = self._services.bus.listen(
                channel, lambda frame: self._hear(workspace_id, frame)
            )
        present = here.setdefault(principal.id, _Present(principal))
        present.principal = principal
        present.tells[session_id] = tell
        [count] = await self._services.inbox.waiting([principal])
        present.told = count
        tell(InboxUpdated(open=count))

    def leave(self, session_id: str, principal: Principal) -> None:
        """This socket is gone. Idempotent."""
        here = self._present.get(principal.workspace_id, {})
        present = here.get(principal.id)
        if present is not None:
            present.tells.pop(session_id, None)
            if not present.tells:
                del here[principal.id]
        if not here and principal.workspace_id in self._stops:
            self._stops.pop(principal.workspace_id)()
            self._present.pop(principal.workspace_id, None)

    def start(self) -> None:
        """Begin to look for what other processes ask, if there may be some."""
        if self._services.store.dialect == "postgresql":
            self._looking = asyncio.get_running_loop().create_task(self._look())

    def stop(self) -> None:
        """Stop. Idempotent."""
        for task in (self._counting, self._looking):
            if task is not None:
                task.cancel()
        self._counting = self._looking = None

    def _hear(self, workspace_id: str, frame: Frame) -> None:
        """Count again for whom a changed question may concern. A person is named; groups and roles may be anybody's."""
        subjects = set(orjson.loads(frame.data))
        is_open_to_many = any(not subject.startswith("id:") for subject in subjects)
        self._count_again(workspace_id, None if is_open_to_many else subjects)

    def _count_again(self, workspace_id: str, subjects: set[str] | None) -> None:
        for person_id in self._present.get(workspace_id, {}):
            if subjects is None or f"id:{person_id}" in subjects:
                self._stale.add((workspace_id, person_id))
        if self._stale and (self._counting is None or self._counting.done()):
            self._counting = asyncio.get_running_loop().create_task(self._count())

    async def _count(self) -> None:
        """Until nothing is stale: changes that come while the store counts are counted together afterwards."""
        while self._stale:
            stale, self._stale = self._stale, set()
            found = [self._present.get(workspace_id, {}).get(person_id) for workspace_id, person_id in stale]
            people = [present for present in found if present is not None]
            try:
                counts = await self._services.inbox.waiting([present.principal for present in people])
            except FlowError as error:  # The store is away: the next change counts again.
                log.warning("inboxes could not be counted: %s", error.message)
                return
            for present, count in zip(people, counts, strict=True):
                present.tell_all(count)

    async def _look(self) -> None:
        seen: dict[str, tuple[int, object]] = {}
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                newest = await self._services.store.read(newest_questions, list(self._present))
            except FlowError as error:
                log.warning("cannot look for questions of other processes: %s", error.message)
                continue
            except Exception:  # without this loop nobody would hear of other processes' questions again
                log.exception("looking for questions of other processes failed; trying again")
                continue
            for workspace_id in list(self._present):
                if newest.get(workspace_id) != seen.get(workspace_id):
                    self._count_again(workspace_id, None)
            seen = newest
