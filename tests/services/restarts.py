"""For tests that restart PostgreSQL under an open event loop."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def driver_may_stumble() -> Iterator[None]:
    """Ignore what asyncpg leaves unread when a server dies in the middle of a handshake: nobody waits for it."""
    loop = asyncio.get_running_loop()
    report = loop.get_exception_handler()

    def handle(at: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        if isinstance(context.get("exception"), ConnectionError):
            return
        if report is None:
            at.default_exception_handler(context)
        else:
            report(at, context)

    loop.set_exception_handler(handle)
    try:
        yield
    finally:
        loop.set_exception_handler(report)
