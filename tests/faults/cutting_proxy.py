"""A way to a server that breaks: each connection is cut after so many bytes have come back, wherever that is."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Self


class CuttingProxy:
    """`async with CuttingProxy(port, budget) as proxy`: connect to `proxy.url`.

    `budget()` is asked at each connection how many bytes of the server's may pass; None passes everything.
    """

    def __init__(self, target: int, budget: Callable[[], int | None]) -> None:
        self.cuts = 0
        self._target = target
        self._budget = budget
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back: asyncio.StreamWriter | None = None
        try:
            from_server, back = await asyncio.open_connection("127.0.0.1", self._target)
            ways = (_pass(reader, back, None), _pass(from_server, writer, self._budget()))
            tasks = [asyncio.ensure_future(way) for way in ways]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            self.cuts += tasks[1].done() and tasks[1].exception() is None and tasks[1].result()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        except OSError:
            pass  # The server is down; so is this connection.
        finally:
            for end in (writer, back):
                if end is not None:
                    end.transport.abort()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, budget: int | None) -> bool:
    """Pass bytes on; True once the budget is spent, False at the end of the stream."""
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data[:budget])
            await writer.drain()
            if budget is not None:
                budget -= len(data)
                if budget <= 0:
                    return True
    return False
