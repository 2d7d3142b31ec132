"""T2: from an answer to the result. Runs of [A, approval, B, final], paused on disk, then answered.

    python -m benchmarks.resume [--resumes 1000] [--concurrent 32] [--waiting 0] [--dir DIR]

Prints one JSON line for answers one after the other, one for many at once, and one for runs that go on waiting, if any
are asked for. A and B are of effect `idempotent`. The time runs from `client.settle` to the ended run, read back from
the store.
"""

import argparse
import asyncio
import gc
import json
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import ClassVar

import uvloop

from benchmarks.processes import own_rss_kib
from flow_runtime.errors import Json
from flow_runtime.queues.memory import MemoryQueue
from flow_runtime.registry import StepRegistry
from flow_runtime.run import InterruptKind, RunStatus, Settlement, StartRun, Trigger
from flow_runtime.runtime import Runtime
from flow_runtime.step import Done, Effect, Outcome, PureStep, StepConfig, StepContext, StepType, Wait
from flow_runtime.steps.final import Final
from flow_runtime.stores.definitions import put_definition
from flow_runtime.stores.migrate import migrate
from flow_runtime.stores.sqlite import SqliteStore

PAUSED_AT_ONCE = 50
WARM_UP = 20


class NoConfig(StepConfig):
    """Nothing to configure."""


class Act(StepType[NoConfig]):
    """Returns a small dict, as if it had asked somebody outside."""

    type_name = "act"
    title = "Act"
    summary = "Return a small dict"
    category = "outside"
    effect = Effect.IDEMPOTENT
    config_model = NoConfig
    example: ClassVar[dict[str, Json]] = {}

    async def run(self, config: NoConfig, context: StepContext) -> Outcome:
        """Return it."""
        del config
        return Done({"step": context.key, "ok": True})


class Approve(PureStep[NoConfig]):
    """Asks, and gives the answer."""

    type_name = "approve"
    title = "Approve"
    summary = "Ask"
    category = "people"
    config_model = NoConfig
    example: ClassVar[dict[str, Json]] = {}

    def evaluate(self, config: NoConfig, context: StepContext) -> Outcome:
        """Ask."""
        del config, context
        return Wait(InterruptKind.APPROVAL, {"title": "Go on?"})

    async def resume(self, config: NoConfig, context: StepContext, settlement: Settlement) -> Outcome:
        """Give the answer."""
        del config, context
        return Done(settlement.resolution)


DEFINITION: dict[str, Json] = {
    "schemaVersion": 1,
    "name": "approval",
    "start": "a",
    "steps": [
        {"id": "a", "type": "act", "next": "ask"},
        {"id": "ask", "type": "approve", "next": "b"},
        {"id": "b", "type": "act", "next": "end", "output": "made"},
        {"id": "end", "type": "final", "config": {"output": "{{ made }}"}},
    ],
}


class Paused:
    """A server with paused runs."""

    def __init__(self, path: Path) -> None:
        self.store = SqliteStore(path)
        self.runtime = Runtime(self.store, MemoryQueue(), registry=StepRegistry([Act(), Approve(), Final()]))

    async def pause(self, spec: StartRun) -> tuple[str, str]:
        """Start a run and answer its id and that of what it waits for."""
        run = await self.runtime.client.start(spec)
        run = await self.runtime.client.wait(run.id, workspace_id="w", timeout_s=60)
        (interrupt,) = await self.runtime.client.interrupts(run.id)
        return run.id, interrupt.id

    async def pause_many(self, spec: StartRun, count: int) -> list[tuple[str, str]]:
        """So many, some at a time."""
        waiting: list[tuple[str, str]] = []
        while len(waiting) < count:
            at_once = min(PAUSED_AT_ONCE, count - len(waiting))
            waiting += await asyncio.gather(*(self.pause(spec) for _ in range(at_once)))
        return waiting

    async def resume(self, run_id: str, interrupt_id: str) -> float:
        """Seconds from the answer to the result."""
        begun = time.perf_counter()
        await self.runtime.client.settle(interrupt_id, workspace_id="w", resolution={"decision": "approve"})
        run = await self.runtime.client.wait(run_id, workspace_id="w", timeout_s=60, until="ended")
        if run.status is not RunStatus.COMPLETED:
            raise RuntimeError(f"the run ended {run.status}: {run.error}")
        return time.perf_counter() - begun


async def measure(path: Path, *, resumes: int, concurrent: int, waiting: int) -> AsyncIterator[dict[str, Json]]:
    """Pause runs and answer them one by one, then many at once; then let some wait."""
    server = Paused(path)
    await server.store.open()
    await migrate(server.store)
    digest = await server.store.write(put_definition, DEFINITION, now=server.runtime.clock.now())
    spec = StartRun("w", "flow", {}, Trigger("api"), definition_digest=digest)
    async with server.runtime.serving(is_alone=True):
        gc.freeze()  # As `peer-server serve` does once it is complete.
        await _spread(await server.pause_many(spec, min(WARM_UP, resumes)), server.resume, together=1)
        for together in (1, concurrent):
            ids = await server.pause_many(spec, resumes)
            cpu, begun = time.process_time(), time.perf_counter()
            times = await _spread(ids, server.resume, together=together)
            wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
            yield _summary(times, together=together, wall=wall, cpu=cpu)
        if waiting:
            yield await _leave_waiting(server, spec, path, count=waiting)
    await server.store.close()


async def _leave_waiting(server: Paused, spec: StartRun, path: Path, *, count: int) -> dict[str, Json]:
    """What runs cost that wait and are left alone."""
    disk, memory, begun = _disk_bytes(path), own_rss_kib(), time.perf_counter()
    await server.pause_many(spec, count)
    return {
        "case": "waiting",
        "paused": count,
        "pausesPerSecond": round(count / (time.perf_counter() - begun)),
        "diskBytesEach": round((_disk_bytes(path) - disk) / count),
        "rssBytesEach": round((own_rss_kib() - memory) * 1024 / count),
    }


def _disk_bytes(path: Path) -> int:
    return sum(file.stat().st_size for file in path.parent.iterdir())


async def _spread(
    ids: list[tuple[str, str]], resume: Callable[[str, str], Awaitable[float]], *, together: int
) -> list[float]:
    """Resume them all, that many at a time."""
    times: list[float] = []

    async def one_after_the_other() -> None:
        while ids:
            times.append(await resume(*ids.pop()))

    await asyncio.gather(*(one_after_the_other() for _ in range(together)))
    return times


def _summary(times: list[float], *, together: int, wall: float, cpu: float) -> dict[str, Json]:
    times.sort()
    return {
        "case": f"{together} at once",
        "resumes": len(times),
        "p50Ms": round(times[len(times) // 2] * 1000, 2),
        "p99Ms": round(times[len(times) * 99 // 100] * 1000, 2),
        "resumesPerSecond": round(len(times) / wall),
        "cpuMsEach": round(cpu * 1000 / len(times), 3),
        "peakRssMb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


async def main() -> None:
    """Measure in a database of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resumes", type=int, default=1000)
    parser.add_argument("--concurrent", type=int, default=32)
    parser.add_argument("--waiting", type=int, default=0)
    parser.add_argument("--dir", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.dir) as directory:
        path = Path(directory) / "bench.db"
        sizes = {"resumes": options.resumes, "concurrent": options.concurrent, "waiting": options.waiting}
        async for answer in measure(path, **sizes):
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
