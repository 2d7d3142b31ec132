"""How many journal appends a second the stores can acknowledge, durably. Prints JSON lines.

usage: python -m benchmarks.journal [sqlite] [postgresql] [memory]

PostgreSQL is measured if PEER_SERVER_BENCHMARK_POSTGRES names an empty database. This is the limit of the journal
alone, without an engine: every append is one event of one run, awaited before the run's next.
"""

import asyncio
import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson

from flow_runtime.run import Event, StartRun, Trigger
from flow_runtime.store import Append, Store
from flow_runtime.stores.memory import MemoryStore
from flow_runtime.stores.migrate import migrate
from flow_runtime.stores.postgres import PostgresStore
from flow_runtime.stores.runs import claim_run, insert_run
from flow_runtime.stores.sqlite import SqliteStore

STEPS, REPEATS = 50, 5
CONCURRENT = (1, 32, 256)


async def main(names: list[str]) -> None:
    """Measure the stores with these names."""
    with tempfile.TemporaryDirectory(prefix="peer-server-journal-") as folder:
        path = Path(folder) / "journal.db"
        postgres = os.environ.get("PEER_SERVER_BENCHMARK_POSTGRES")
        stores: dict[str, Store] = {"memory": MemoryStore(), "sqlite": SqliteStore(path)}
        if postgres:
            stores["postgresql"] = PostgresStore(postgres)
        for name, store in stores.items():
            if name in names or not names:
                await store.open()
                await migrate(store)
                for runs in CONCURRENT:
                    emit(name, runs, await measure(store, runs))
                await store.close()


async def measure(store: Store, runs: int) -> dict[str, float]:
    """Milliseconds per append with that many runs side by side: least, median and greatest of the repeats."""
    walls, cpu = [], cpu_s()
    for _ in range(REPEATS):
        ids = [await _claimed(store) for _ in range(runs)]
        began = time.perf_counter()
        before = cpu_s()
        await asyncio.gather(*(_append_all(store, run_id) for run_id in ids))
        walls.append((time.perf_counter() - began) * 1000 / (runs * STEPS))
        cpu = cpu_s() - before
    walls.sort()
    median = walls[len(walls) // 2]
    return {
        "ms_min": round(walls[0], 4),
        "ms_median": round(median, 4),
        "ms_max": round(walls[-1], 4),
        "per_s": round(1000 / median),
        "cpu_ms": round(cpu * 1000 / (runs * STEPS), 4),
    }


async def _claimed(store: Store) -> str:
    now = datetime.now(UTC)
    run, _ = await store.write(insert_run, StartRun("bench", "flow", {}, Trigger("api")), now=now)
    await store.write(claim_run, run.id, owner="bench", job_id=None, now=now)
    return run.id


async def _append_all(store: Store, run_id: str) -> None:
    for seq in range(STEPS):
        event = Event("step.done", f"step_{seq}", {"output": {"i": seq, "ok": True}})
        await store.append(Append(run_id, epoch=1, after_seq=seq, events=[event]))


def cpu_s() -> float:
    """Processor seconds of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def emit(store: str, runs: int, figures: dict[str, float]) -> None:
    """Print one result."""
    row = {"benchmark": "journal.append", "store": store, "runs": runs, "steps": STEPS, **figures}
    print(orjson.dumps({**row, "load": round(os.getloadavg()[0], 1)}).decode())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
