"""One of several processes that fire the same schedules, by a clock that the test sets.

    python -m tests.durability.schedule_firing DATABASE_URL

Reads an instant per line, fires what is due then, and answers with the count.
"""

import asyncio
import sys
from datetime import UTC, datetime

from flow_runtime.clock import ManualClock
from flow_runtime.queues.pgqueuer import PgQueuerQueue
from flow_runtime.registry import StepRegistry
from flow_runtime.runtime import Runtime
from flow_runtime.stores.postgres import PostgresStore
from peer_server.services.automation.schedule_alarm import ScheduleAlarm
from peer_server.services.flows.directory import Directory
from peer_server.services.flows.flow_checks import FlowChecks


async def main(url: str) -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    store = PostgresStore(url, connections=2)
    await store.open()
    queue = PgQueuerQueue(url)
    alarms = [ScheduleAlarm(Directory(FlowChecks(StepRegistry.installed())))]
    runtime = Runtime(store, queue, registry=StepRegistry([]), clock=clock, alarms=alarms)
    print("ready", flush=True)  # noqa: T201 - this is how it talks
    for line in sys.stdin:
        clock.advance((datetime.fromisoformat(line.strip()) - clock.now()).total_seconds())
        print(await runtime.scheduler.fire_due(), flush=True)  # noqa: T201 - as above
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
