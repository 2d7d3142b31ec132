"""Compare ways to read a streamed model answer: our adapter, AsyncOpenAI, ChatOpenAI. Prints JSON with ratios.

usage: python benchmarks/model_streaming.py [--conversations 50] [--turns 4]

Burst: 200 words at once per turn (what a token costs). Paced: 150 words, one each 10 ms, in all conversations at once
(what a token costs when each is a wake-up of its own). Each way runs in a fresh process, the fake provider in another;
all share this machine's cores. CPU seconds are those of the reading process.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
Turn = Callable[[str], AsyncIterator[int]]
LOADS = {"burst": "fake-200", "paced": "pace10-150"}


def ours(base_url: str) -> Turn:
    """Our adapter, folding the answer as a turn does."""
    from flow_runtime.model import ModelRequest, UserMessage
    from flow_runtime.model_reply import ReplyBuilder
    from flow_runtime.models.openai import OpenAIChat

    chat = OpenAIChat(api_key="x", base_url=base_url)

    async def turn(model: str) -> AsyncIterator[int]:
        builder = ReplyBuilder()
        async for batch in chat.stream(ModelRequest(model, (UserMessage("hi"),), timeout_s=60)):
            builder.add(batch)
            yield 0
        yield len(builder.reply().text.split())

    return turn


def async_openai(base_url: str) -> Turn:
    """The client as its documentation shows it."""
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletionMessageParam

    client = AsyncOpenAI(base_url=base_url, api_key="x")

    async def turn(model: str) -> AsyncIterator[int]:
        messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hi"}]
        stream = await client.chat.completions.create(model=model, messages=messages, stream=True)
        async for chunk in stream:
            yield 1 if chunk.choices and chunk.choices[0].delta.content else 0

    return turn


def chat_openai(base_url: str) -> Turn:
    """LangChain's model."""
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    def make(model: str) -> ChatOpenAI:
        return ChatOpenAI(openai_api_base=base_url, openai_api_key=SecretStr("x"), model_name=model)

    models = {name: make(name) for name in LOADS.values()}

    async def turn(model: str) -> AsyncIterator[int]:
        async for chunk in models[model].astream("hi"):
            yield 1 if chunk.content else 0

    return turn


WAYS = {"peer-server": ours, "AsyncOpenAI": async_openai, "ChatOpenAI": chat_openai}


async def measure(turn: Turn, model: str, *, conversations: int, turns: int) -> dict[str, float]:
    """Run all conversations at once and count."""
    firsts: list[float] = []
    expected = int(model.rpartition("-")[2])

    async def conversation() -> None:
        for _ in range(turns):
            started, first, words = time.perf_counter(), 0.0, 0
            async for count in turn(model):
                first = first or time.perf_counter() - started
                words += count
            assert words == expected, (words, expected)
            firsts.append(first)

    await asyncio.gather(*(conversation() for _ in range(2)))  # Warm: imports, connections.
    firsts.clear()
    cpu, started = cpu_s(), time.perf_counter()
    await asyncio.gather(*(conversation() for _ in range(conversations)))
    wall, cpu = time.perf_counter() - started, cpu_s() - cpu
    firsts.sort()
    tokens = conversations * turns * expected
    return {
        "tokensPerS": round(tokens / wall),
        "cpuSPer1kTokens": round(cpu / tokens * 1000, 4),
        "firstMsP50": round(firsts[len(firsts) // 2] * 1000, 1),
        "firstMsP99": round(firsts[int(len(firsts) * 0.99)] * 1000, 1),
    }


def cpu_s() -> float:
    """CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def one_way(name: str, base_url: str, options: argparse.Namespace) -> None:
    """Measure one way in this process and print it."""
    import uvloop

    turn = WAYS[name](base_url)
    size = {"conversations": options.conversations, "turns": options.turns}

    async def both() -> dict[str, dict[str, float]]:
        return {load: await measure(turn, model, **size) for load, model in LOADS.items()}

    print(json.dumps(uvloop.run(both())))
    sys.stdout.flush()
    os._exit(0)  # The clients' pools are not closed: that is not what is measured.


def compare(options: argparse.Namespace) -> dict[str, object]:
    """Every way against one fake provider, and how much cheaper ours is."""
    fake = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.openai_server"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        base_url = fake.stdout.readline().strip() if fake.stdout else ""
        results = {}
        for name in WAYS:
            command = [sys.executable, __file__, "--way", name, "--base-url", base_url,
                       "--conversations", str(options.conversations), "--turns", str(options.turns)]  # fmt: skip
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            results[name] = json.loads(done.stdout)
    finally:
        fake.terminate()
        fake.wait()
    ratios = {
        f"{load}: CPU of {name} / ours": round(
            results[name][load]["cpuSPer1kTokens"] / results["peer-server"][load]["cpuSPer1kTokens"], 1
        )
        for load in LOADS
        for name in WAYS
        if name != "peer-server"
    }
    conditions = {"python": platform.python_version(), "cores": os.cpu_count(), "load1m": os.getloadavg()[0],
                  "conversations": options.conversations, "turns": options.turns}  # fmt: skip
    return {"conditions": conditions, "results": results, "ratios": ratios}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=50)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--base-url", default="")
    chosen = parser.parse_args()
    if chosen.way:
        one_way(chosen.way, chosen.base_url, chosen)
    print(json.dumps(compare(chosen), indent=2))
