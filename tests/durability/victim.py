"""A process to be killed: runs one flow to its end against a counting server, answering every question itself.

    python -m tests.durability.victim DATABASE SERVER_PORT

Run it again on the same database and it goes on. Prints the run as JSON once it has ended.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import ClassVar

from flow_runtime.errors import Conflict, Json, StepFailed
from flow_runtime.queue import Queue
from flow_runtime.queues.memory import MemoryQueue
from flow_runtime.queues.pgqueuer import PgQueuerQueue
from flow_runtime.registry import StepRegistry
from flow_runtime.run import HUMAN_KINDS, InterruptStatus
from flow_runtime.step import Done, Effect, Outcome, StepConfig, StepContext, StepType
from flow_runtime.store import Store
from flow_runtime.stores.migrate import migrate
from flow_runtime.stores.postgres import PostgresStore
from flow_runtime.stores.sqlite import SqliteStore
from tests.fakes.runtime_bench import WORKSPACE, Bench
from tests.fakes.steps import fake_registry, flow, scope, step


class NoConfig(StepConfig):
    """Nothing to configure."""


class Charge(StepType[NoConfig]):
    """Charges at the counting server, with the step's idempotency key."""

    type_name = "charge"
    title = "Charge"
    summary = "Charge"
    category = "outside"
    effect = Effect.IDEMPOTENT
    config_model = NoConfig
    example: ClassVar[dict[str, Json]] = {}
    port = 0

    async def run(self, config: NoConfig, context: StepContext) -> Outcome:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"{context.idempotency_key}\n".encode())
        await writer.drain()
        answer = await reader.readline()
        writer.close()
        if not answer:
            raise StepFailed("no_answer", "the counting server went away")
        return Done({"charge": answer.decode().strip()})


class ChargeOnce(Charge):
    """The same without a second try."""

    type_name = "charge-once"
    effect = Effect.ONCE


INNER = flow(
    step("inner_pay", "charge", "inner_ask"), step("inner_ask", "ask", "inner_end"), step("inner_end", "charge")
)
FLOW = flow(
    step("plan", "set-variable", "pay", values={"total": 3}),
    step("pay", "charge", "pause"),
    step("pause", "ask", {"expired": "once"}, kind="timer", title="a moment", expires_in_s=0.05),
    step("once", "charge-once", {"next": "both", "error": "unknown"}, output="sent"),
    step("unknown", "say", "both", value="look by hand"),
    step(
        "both",
        "parallel",
        "loop",
        branches={"left": scope(step("l", "charge")), "right": scope(step("q", "ask", "r"), step("r", "charge"))},
    ),
    step(
        "loop", "loop", "call", items=[1, 2], **scope(step("each_pay", "charge", "each_ask"), step("each_ask", "ask"))
    ),
    step("call", "call", "done", flowId="inner"),
    {"id": "done", "type": "final", "config": {"output": {"total": "{{ total }}"}}},
)


async def main(database: str, port: int) -> None:
    """Go on until the run has ended."""
    Charge.port = port
    registry = StepRegistry([*fake_registry(), Charge(), ChargeOnce()])
    is_postgres = database.startswith("postgresql")
    store: Store = PostgresStore(database, connections=3) if is_postgres else SqliteStore(Path(database))
    queue: Queue = PgQueuerQueue(database, drain_s=1.0) if is_postgres else MemoryQueue(drain_s=1.0)
    await store.open()
    await migrate(store)
    bench = Bench(store, queue, registry=registry)
    await bench.define("inner", INNER)
    async with bench.serving(is_alone=True):
        run = await bench.start(FLOW, idempotency_key="the one")
        while not run.status.has_ended:
            run = await bench.client.wait(run.id, workspace_id=WORKSPACE, timeout_s=20)
            for interrupt in await bench.client.interrupts(run.id, with_children=True):
                if interrupt.status is InterruptStatus.OPEN and interrupt.kind in HUMAN_KINDS:
                    try:
                        await bench.answer(interrupt)
                    except Conflict:
                        continue
    sys.stdout.write(json.dumps({"status": run.status, "output": run.output, "error": run.error}))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
