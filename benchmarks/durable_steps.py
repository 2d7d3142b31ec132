"""T1: what a durable step costs. Runs of 50 steps that touch the outside, each on disk before the next one begins.

    python -m benchmarks.durable_steps [--runs 1,32] [--steps 50] [--seconds 3] [--dir DIR]

Prints one JSON line per case. Every step is of effect `idempotent`, so none is gathered with its neighbours: a step's
result is committed (SQLite WAL, synchronous=FULL) before the next step of that run begins.
"""

import argparse
import asyncio
import json
import resource
import tempfile
import time
from pathlib import Path
from typing import ClassVar

import uvloop

from flow_runtime.errors import Json
from flow_runtime.queues.memory import MemoryQueue
from flow_runtime.registry import StepRegistry
from flow_runtime.run import RunStatus, StartRun, Trigger
from flow_runtime.runtime import Runtime
from flow_runtime.step import Done, Effect, Outcome, StepConfig, StepContext, StepType
from flow_runtime.steps.final import Final
from flow_runtime.stores.definitions import put_definition
from flow_runtime.stores.migrate import migrate
from flow_runtime.stores.sqlite import SqliteStore


class TrivialConfig(StepConfig):
    """Nothing to configure."""


class Trivial(StepType[TrivialConfig]):
    """Returns a small dict, as if it had asked somebody outside."""

    type_name = "trivial"
    title = "Trivial"
    summary = "Return a small dict"
    category = "outside"
    effect = Effect.IDEMPOTENT
    config_model = TrivialConfig
    example: ClassVar[dict[str, Json]] = {}

    async def run(self, config: TrivialConfig, context: StepContext) -> Outcome:
        """Return it."""
        del config
        return Done({"step": context.key, "ok": True})


def definition(steps: int) -> dict[str, Json]:
    """A chain of that many steps."""
    chain: list[dict[str, Json]] = [
        {"id": f"s{n}", "type": "trivial", "output": f"o{n}", "next": f"s{n + 1}"} for n in range(steps)
    ]
    chain[-1].pop("next")
    return {"schemaVersion": 1, "name": "chain", "start": "s0", "steps": chain}


async def measure(path: Path, *, runs: int, steps: int, seconds: float) -> dict[str, Json]:
    """Keep that many runs going for that long."""
    store = SqliteStore(path)
    await store.open()
    await migrate(store)
    runtime = Runtime(store, MemoryQueue(), registry=StepRegistry([Trivial(), Final()]))
    digest = await store.write(put_definition, definition(steps), now=runtime.clock.now())
    spec = StartRun("w", "flow", {}, Trigger("api"), definition_digest=digest)

    async def keep_running(until: float) -> int:
        done = 0
        while True:
            run = await runtime.client.start(spec)
            run = await runtime.client.wait(run.id, workspace_id="w", timeout_s=60, until="ended")
            if run.status is not RunStatus.COMPLETED:
                raise RuntimeError(f"the run ended {run.status}: {run.error}")
            done += 1
            if time.perf_counter() >= until:
                return done

    async with runtime.serving(is_alone=True):
        await keep_running(time.perf_counter())
        size, cpu, begun = _size(path), time.process_time(), time.perf_counter()
        finished = sum(await asyncio.gather(*(keep_running(begun + seconds) for _ in range(runs))))
        wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    await store.close()
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
    parser.add_argument("--dir", type=Path, default=None)
    options = parser.parse_args()
    for runs in map(int, options.runs.split(",")):
        with tempfile.TemporaryDirectory(dir=options.dir) as directory:
            answer = await measure(
                Path(directory) / "bench.db", runs=runs, steps=options.steps, seconds=options.seconds
            )
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
