"""One timer for all sockets: every second it looks at one slice of them, so at each every few seconds."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

log = logging.getLogger(__name__)

SLICES: Final = 4
"""With the second for which a credential is trusted, whoever lost a right is told within five."""
TICK_S: Final = 1.0

Look = Callable[[float], Awaitable[None]]
"""Looks after one socket; given the loop's time."""


class Wheel:
    """Calls each member about every `SLICES` seconds. One task for all of them."""

    def __init__(self) -> None:
        self._slices: list[dict[int, Look]] = [{} for _ in range(SLICES)]
        self._next = 0
        self._task: asyncio.Task[None] | None = None

    def add(self, look: Look) -> Callable[[], None]:
        """Look after this one too; the answer stops it."""
        key = self._next
        self._next += 1
        part = self._slices[key % SLICES]
        part[key] = look
        return lambda: part.pop(key, None) and None

    def start(self) -> None:
        """Begin to turn."""
        self._task = asyncio.get_running_loop().create_task(self._turn())

    def stop(self) -> None:
        """Stop turning. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        position = 0
        while True:
            await asyncio.sleep(TICK_S)
            position = (position + 1) % SLICES
            for look in list(self._slices[position].values()):
                try:
                    await look(loop.time())
                except Exception:  # one socket must not stop the wheel for the others
                    log.exception("looking after a socket failed")
