"""T1, the peer: the same chain of trivial steps in LangGraph, a checkpoint on disk after every step.

The options and the lines that it prints are those of `benchmarks/durable_steps.py`. `durability="sync"` is the mode
that makes LangGraph wait for its checkpoint before the next step, as the product always does.
"""

import argparse
import asyncio
import json
import resource
import tempfile
import time
from pathlib import Path
from typing import TypedDict

import uvloop
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph


class State(TypedDict, total=False):
    """What the steps hand on."""

    step: str
    ok: bool


async def trivial(_state: State) -> State:
    """Return a small dict, as if it had asked somebody outside."""
    return {"step": "s", "ok": True}


def chain(steps: int, saver: AsyncSqliteSaver) -> CompiledStateGraph:
    """A graph of that many steps."""
    graph = StateGraph(State)
    names = [f"s{n}" for n in range(steps)]
    for name, before in zip(names, [START, *names], strict=False):
        graph.add_node(name, trivial)
        graph.add_edge(before, name)
    graph.add_edge(names[-1], END)
    return graph.compile(checkpointer=saver)


async def measure(path: Path, *, runs: int, steps: int, seconds: float) -> dict[str, object]:
    """Keep that many runs going for that long."""
    async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
        app = chain(steps, saver)

        async def keep_running(number: int, until: float) -> int:
            done = 0
            while True:
                config = {"configurable": {"thread_id": f"{number}-{done}"}, "recursion_limit": steps + 1}
                assert (await app.ainvoke({}, config, durability="sync"))["ok"]
                done += 1
                if time.perf_counter() >= until:
                    return done

        await keep_running(-1, time.perf_counter())
        size, cpu, begun = _size(path), time.process_time(), time.perf_counter()
        finished = sum(await asyncio.gather(*(keep_running(n, begun + seconds) for n in range(runs))))
        wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    total = finished * steps
    return {
        "case": f"{runs} at once",
        "steps": total,
        "stepsPerSecond": round(total / wall),
        "cpuMsPerStep": round(cpu * 1000 / total, 4),
        "bytesPerStep": round((_size(path) - size) / total),
        "peakRssMb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _size(path: Path) -> int:
    return path.stat().st_size


async def main() -> None:
    """Measure each case in a database of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", default="1,32")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    for runs in map(int, options.runs.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "steps.db"
            print(json.dumps(await measure(path, runs=runs, steps=options.steps, seconds=options.seconds)), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
