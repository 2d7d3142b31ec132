"""How long the monitor's queries take over 100,000 runs of one flow. Prints JSON lines.

usage: python -m benchmarks.monitor [sqlite] [postgresql] [--runs 100000]

PostgreSQL is measured if PEER_SERVER_BENCHMARK_POSTGRES names an empty database. Each query is asked several times;
the figures are checked against what one counts by hand. The page of the monitor asks for `page` and `figures` of one
tab at a time; each of them should take at most 100 ms.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import asyncpg
import orjson
from sqlalchemy import Connection

from flow_runtime.run import RunStatus
from flow_runtime.store import Store
from flow_runtime.stores.postgres import PostgresStore
from flow_runtime.stores.sqlite import SqliteStore
from peer_server.app import bring_up_to_date
from peer_server.stores.monitor import (
    Selection,
    figures_of_model_runs,
    figures_of_runs,
    page_of_model_runs,
    page_of_runs,
    steps_executed,
)
from tests.fakes.seeded_runs import START, invent, put

REPEATS = 9
EVERYTHING = Selection(workspace_id="w1", flow_ids=["f1"], since=START, until=START + timedelta(days=3650))
FAILED = replace(EVERYTHING, statuses=[RunStatus.FAILED], kinds=["API-based"], least_ms=30_000)
QUERIES: dict[str, Callable[[Connection], object]] = {
    "runs: page": lambda conn: _page_with_steps(conn, EVERYTHING),
    "runs: page, filtered": lambda conn: _page_with_steps(conn, FAILED),
    "runs: figures": partial(figures_of_runs, selection=EVERYTHING),
    "runs: figures, filtered": partial(figures_of_runs, selection=FAILED),
    "runs: figures of a day": partial(figures_of_runs, selection=replace(EVERYTHING, until=START + timedelta(days=1))),
    "runs: figures of the workspace": partial(figures_of_runs, selection=replace(EVERYTHING, flow_ids=None)),
    "runs: page of the workspace": partial(
        page_of_runs, selection=replace(EVERYTHING, flow_ids=None), cursor=None, limit=50
    ),
    "runs: page of two flows": partial(
        page_of_runs, selection=replace(EVERYTHING, flow_ids=["f1", "f2"]), cursor=None, limit=50
    ),
    "runs: figures of two flows": partial(figures_of_runs, selection=replace(EVERYTHING, flow_ids=["f1", "f2"])),
    "model runs: page": partial(page_of_model_runs, selection=EVERYTHING, cursor=None, limit=50),
    "model runs: figures": partial(figures_of_model_runs, selection=EVERYTHING),
}


async def main() -> None:
    """Measure the stores that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stores", nargs="*", choices=["sqlite", "postgresql", []])
    parser.add_argument("--runs", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="peer-server-monitor-") as folder:
        postgres = os.environ.get("PEER_SERVER_BENCHMARK_POSTGRES")
        stores: dict[str, Store] = {"sqlite": SqliteStore(Path(folder) / "peer.db")}
        if postgres:
            stores["postgresql"] = PostgresStore(postgres)
        for name, store in stores.items():
            if name in options.stores or not options.stores:
                await measure(name, store, runs=options.runs)


async def measure(name: str, store: Store, *, runs: int) -> None:
    """Fill the store and ask each query several times."""
    await store.open()
    try:
        await bring_up_to_date(store)
        known = invent(runs)
        await put(store, known)
        if store.dialect == "postgresql":
            await _vacuum()  # As the server itself does once a fifth of a table is new.
        figures = await store.read(figures_of_runs, EVERYTHING)
        assert figures.total == runs
        for query, ask in QUERIES.items():
            busy = time.process_time()
            took = sorted([await _time(store, ask) for _ in range(REPEATS)])
            cpu = round((time.process_time() - busy) * 1000 / REPEATS, 1)  # Of PostgreSQL's work it sees nothing.
            times = {"ms_min": took[0], "ms_median": took[REPEATS // 2], "cpu_ms": cpu}
            line = {"store": name, "runs": runs, "query": query, **times}
            print(orjson.dumps(line).decode(), flush=True)
    finally:
        await store.close()


async def _vacuum() -> None:
    conn = await asyncpg.connect(os.environ["PEER_SERVER_BENCHMARK_POSTGRES"])
    await conn.execute("VACUUM ANALYZE runs, model_runs")
    await conn.close()


async def _time(store: Store, ask: Callable[[Connection], object]) -> float:
    began = time.perf_counter()
    await store.read(ask)
    return round((time.perf_counter() - began) * 1000, 1)


def _page_with_steps(conn: Connection, selection: Selection) -> object:
    page = page_of_runs(conn, selection, cursor=None, limit=50)
    return steps_executed(conn, [run.id for run in page.items])


if __name__ == "__main__":
    asyncio.run(main())
