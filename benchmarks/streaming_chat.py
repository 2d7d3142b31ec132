"""T3: what a streamed answer costs. 50 conversations at once, a provider that is faster than any server before it.

    python -m benchmarks.streaming_chat --system product|chainlit [--conversations 50] [--turns 2]

Paced: 150 tokens, one each 10 ms, like a fast real model; CPU seconds and the time to the first token count. Burst:
200 tokens at once; tokens per second count. The provider, the server and this client are processes of one machine.
"""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import uvloop

from benchmarks.conversations import ChainlitConversation, Conversation, ProductConversation, Turn
from benchmarks.latencies import percentile_ms
from benchmarks.processes import ServerProcess
from benchmarks.systems import chainlit_server, create_peer, fake_provider, product_server

LOADS = {"paced": "paced-10-150", "burst": "burst-200"}
WARM_UP_TURNS = 3


@contextmanager
def serving(system: str, model: str, *, folder: Path) -> Iterator[tuple[ServerProcess, Callable[[], Conversation]]]:
    """A server whose model is the fake provider's, and how to make a conversation with it."""
    with fake_provider(folder) as provider:
        if system == "product":
            with product_server(folder, provider=provider) as server:
                peer_id = create_peer(server, model=model)
                yield server, lambda: ProductConversation(server, peer_id)
        else:
            with chainlit_server(folder, provider=provider, model=model) as server:
                yield server, lambda: ChainlitConversation(server)


async def measure(
    server: ServerProcess, make: Callable[[], Conversation], *, conversations: int, turns: int, tokens: int
) -> dict[str, object]:
    """Let every conversation take its turns, all of them at once."""
    opened = [make() for _ in range(conversations)]
    for conversation in opened:
        await conversation.open()
    for _ in range(WARM_UP_TURNS):
        await opened[0].turn()

    async def talk(conversation: Conversation) -> Sequence[Turn]:
        return [await conversation.turn() for _ in range(turns)]

    loop = asyncio.get_running_loop()
    cpu, begun = server.cpu_s(), loop.time()
    taken = list(chain.from_iterable(await asyncio.gather(*map(talk, opened))))
    wall, cpu = loop.time() - begun, server.cpu_s() - cpu
    if any(turn.tokens != tokens for turn in taken):
        raise RuntimeError(f"an answer has {tokens} tokens, came {sorted({turn.tokens for turn in taken})}")
    total = len(taken) * tokens
    rss = server.rss_kib()
    await asyncio.gather(*(conversation.close() for conversation in opened))
    return {
        "tokens": total,
        "tokensPerSecond": round(total / wall),
        "cpuSPer1kTokens": round(cpu * 1000 / total, 4),
        "firstP50Ms": percentile_ms((turn.first_s for turn in taken), 50),
        "firstP99Ms": percentile_ms((turn.first_s for turn in taken), 99),
        "turnP50Ms": percentile_ms((turn.whole_s for turn in taken), 50),
        "rssMb": round(rss / 1024),
    }


def main() -> None:
    """Measure each load on a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--system", choices=["product", "chainlit"], required=True)
    parser.add_argument("--conversations", type=int, default=50)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--loads", default=",".join(LOADS))
    options = parser.parse_args()
    size = {"conversations": options.conversations, "turns": options.turns}
    for load in options.loads.split(","):
        model = LOADS[load]
        tokens = int(model.rpartition("-")[2])
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(options.system, model, folder=Path(folder)) as (server, make),
        ):
            figures = uvloop.run(measure(server, make, **size, tokens=tokens))
            print(json.dumps({"case": load, **figures}), flush=True)


if __name__ == "__main__":
    main()
