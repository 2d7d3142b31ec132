"""T2, the peer: the same [A, approval, B, final] in LangGraph, paused on disk, then answered.

The options and the lines that it prints are those of `benchmarks/resume.py`.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import TypedDict

import uvloop
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, interrupt

PAUSED_AT_ONCE = 50


class State(TypedDict, total=False):
    """What the steps hand on."""

    a: dict[str, object]
    decision: dict[str, str]
    made: dict[str, object]
    output: dict[str, object]


async def first(_state: State) -> State:
    """Act, as if outside."""
    return {"a": {"step": "a", "ok": True}}


async def ask(_state: State) -> State:
    """Ask, and give the answer."""
    return {"decision": interrupt({"title": "Go on?"})}


async def second(_state: State) -> State:
    """Act once more."""
    return {"made": {"step": "b", "ok": True}}


async def final(state: State) -> State:
    """Give the result."""
    return {"output": state["made"]}


def graph_of(saver: AsyncSqliteSaver) -> CompiledStateGraph:
    """The four steps."""
    graph = StateGraph(State)
    graph.add_sequence([first, ask, second, final])
    graph.add_edge(START, "first")
    graph.add_edge("final", END)
    return graph.compile(checkpointer=saver)


class Paused:
    """Paused threads of one graph; their ids are numbers."""

    def __init__(self, saver: AsyncSqliteSaver) -> None:
        self.app = graph_of(saver)
        self.count = 0

    async def pause(self) -> str:
        """Start a thread and answer its id once it waits."""
        self.count += 1
        thread = str(self.count)
        assert "__interrupt__" in await self.app.ainvoke({}, _config(thread), durability="sync")
        return thread

    async def pause_many(self, count: int) -> list[str]:
        """So many, some at a time."""
        threads: list[str] = []
        while len(threads) < count:
            at_once = min(PAUSED_AT_ONCE, count - len(threads))
            threads += await asyncio.gather(*(self.pause() for _ in range(at_once)))
        return threads

    async def resume(self, thread: str) -> float:
        """Seconds from the answer to the result."""
        begun = time.perf_counter()
        state = await self.app.ainvoke(Command(resume={"decision": "approve"}), _config(thread), durability="sync")
        assert state["output"]["ok"]
        return time.perf_counter() - begun


def _config(thread: str) -> dict[str, dict[str, str]]:
    return {"configurable": {"thread_id": thread}}


async def answered(paused: Paused, count: int, *, at_once: int) -> dict[str, object]:
    """Pause that many, then resume them, so many at a time."""
    threads = await paused.pause_many(count)
    times: list[float] = []

    async def one_after_the_other() -> None:
        while threads:
            times.append(await paused.resume(threads.pop()))

    cpu, begun = time.process_time(), time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    times.sort()
    return {
        "case": f"{at_once} at once",
        "resumes": len(times),
        "p50Ms": round(times[len(times) // 2] * 1000, 2),
        "p99Ms": round(times[len(times) * 99 // 100] * 1000, 2),
        "resumesPerSecond": round(len(times) / wall),
        "cpuMsEach": round(cpu * 1000 / len(times), 3),
    }


async def parked(paused: Paused, path: Path, count: int) -> dict[str, object]:
    """What runs cost that wait and are left alone."""
    size, memory, begun = _disk_bytes(path), _rss_kib(), time.perf_counter()
    await paused.pause_many(count)
    return {
        "case": "waiting",
        "paused": count,
        "pausesPerSecond": round(count / (time.perf_counter() - begun)),
        "diskBytesEach": round((_disk_bytes(path) - size) / count),
        "rssBytesEach": round((_rss_kib() - memory) * 1024 / count),
    }


def _disk_bytes(path: Path) -> int:
    return sum(file.stat().st_size for file in path.parent.iterdir())


def _rss_kib() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


async def main() -> None:
    """Measure in a database of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resumes", type=int, default=1000)
    parser.add_argument("--concurrent", type=int, default=32)
    parser.add_argument("--waiting", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "resume.db"
        async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
            paused = Paused(saver)
            await answered(paused, min(20, options.resumes), at_once=1)
            for at_once in (1, options.concurrent):
                print(json.dumps(await answered(paused, options.resumes, at_once=at_once)), flush=True)
            if options.waiting:
                print(json.dumps(await parked(paused, path, options.waiting)), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
