"""T4: what an open conversation costs while nobody says anything. Each has a socket and a conversation of its own.

python -m benchmarks.idle_sockets --system product|chainlit [--sockets 2000] [--idle-s 6]
"""

import argparse
import asyncio
import json
import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from benchmarks.conversations import ChainlitConversation, Conversation, ProductConversation
from benchmarks.processes import ServerProcess
from benchmarks.systems import chainlit_server, create_peer, product_server

OPENED_AT_ONCE = 25
WARM_UP_SOCKETS = 20
SETTLE_S = 3.0


@contextmanager
def serving(system: str, folder: Path) -> Iterator[tuple[ServerProcess, Callable[[], Conversation]]]:
    """A server, and how to make a conversation with it. No model is ever asked."""
    if system == "product":
        with product_server(folder) as server:
            peer_id = create_peer(server, model="unused")
            yield server, lambda: ProductConversation(server, peer_id)
    else:
        with chainlit_server(folder) as server:
            yield server, lambda: ChainlitConversation(server)


async def measure(
    server: ServerProcess, make: Callable[[], Conversation], *, sockets: int, idle_s: float
) -> dict[str, object]:
    """Open that many, wait until the server has come to rest, and look what it holds and does."""
    gate = asyncio.Semaphore(OPENED_AT_ONCE)

    async def opened() -> Conversation:
        async with gate:
            conversation = make()
            await conversation.open()
            return conversation

    async def open_many(count: int) -> list[asyncio.Task[None]]:
        conversations = await asyncio.gather(*(opened() for _ in range(count)))
        return [asyncio.create_task(conversation.stay()) for conversation in conversations]

    staying = await open_many(WARM_UP_SOCKETS)
    await asyncio.sleep(SETTLE_S)
    memory, cpu = server.rss_kib(), server.cpu_s()
    staying += await open_many(sockets)
    opening = server.cpu_s() - cpu
    await asyncio.sleep(SETTLE_S)
    cpu = server.cpu_s()
    await asyncio.sleep(idle_s)
    idle, held = server.cpu_s() - cpu, server.rss_kib() - memory
    lost = sum(task.done() for task in staying)
    if lost:
        raise RuntimeError(f"{lost} of {sockets} sockets were closed by the server")
    for task in staying:
        task.cancel()
    await asyncio.gather(*staying, return_exceptions=True)
    return {
        "case": "idle",
        "sockets": sockets,
        "kibEach": round(held / sockets, 1),
        "idleCpuPercent": round(idle * 100 / idle_s, 2),
        "openCpuMsEach": round(opening * 1000 / sockets, 2),
        "rssMb": round(server.rss_kib() / 1024),
    }


def main() -> None:
    """Measure one server."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--system", choices=["product", "chainlit"], required=True)
    parser.add_argument("--sockets", type=int, default=2000)
    parser.add_argument("--idle-s", type=float, default=6.0)
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # Inherited by the server.
    with tempfile.TemporaryDirectory() as folder, serving(options.system, Path(folder)) as (server, make):
        print(json.dumps(uvloop.run(measure(server, make, sockets=options.sockets, idle_s=options.idle_s))), flush=True)


if __name__ == "__main__":
    main()
