"""Many ended runs and model runs, straight into the tables, of durations that are known."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import insert

from flow_runtime.ids import encode_id
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.tables import runs
from peer_server.stores.monitor_tables import model_runs

START: Final = datetime(2026, 10, 1, tzinfo=UTC)
APART: Final = timedelta(seconds=20)
_BATCH: Final = 5000


@dataclass(frozen=True, slots=True)
class Seeded:
    """One run as it was put there."""

    id: str
    status: str
    created_at: datetime
    took_us: int
    trigger: str
    source: str
    version: int


def invent(count: int, *, seed: int = 1) -> list[Seeded]:
    """Runs of all states that have ended, one every 20 seconds."""
    chance = Random(seed)
    return [
        Seeded(
            encode_id(number),
            chance.choices(["completed", "failed", "timed_out", "cancelled"], [90, 6, 2, 2])[0],
            START + number * APART,
            chance.randrange(1_000, 60_000_000),
            chance.choice(["api", "schedule", "peer.action", "webhook.t1", "share"]),
            chance.choice(["key a", "key b", "nightly"]),
            chance.randint(1, 3),
        )
        for number in range(1, count + 1)
    ]


async def put(store: Store, found: list[Seeded], *, flow_id: str = "f1", workspace_id: str = "w1") -> None:
    """Put each of them there as a run and as a model run."""
    for start in range(0, len(found), _BATCH):
        part = found[start : start + _BATCH]
        await store.write(
            _put, list(_run_rows(part, flow_id, workspace_id)), list(_call_rows(part, flow_id, workspace_id))
        )


def _put(tx: Transaction, of_runs: list[dict[str, Any]], of_models: list[dict[str, Any]]) -> None:
    tx.conn.execute(insert(runs), of_runs)
    tx.conn.execute(insert(model_runs), of_models)


def _run_rows(part: list[Seeded], flow_id: str, workspace_id: str) -> Iterator[dict[str, Any]]:
    for one in part:
        ended_at = one.created_at + timedelta(microseconds=one.took_us)
        yield {
            "id": one.id,
            "status": one.status,
            "epoch": 2,
            "event_seq": 9,
            "wake_seq": 0,
            "touched_at": ended_at,
            "fruitless_claims": 0,
            "interrupts_opened": 0,
            "started_at": one.created_at,
            "ended_at": ended_at,
            "detached": False,
            "rejected": False,
            "workspace_id": workspace_id,
            "kind": "flow",
            "flow_id": flow_id,
            "version": one.version,
            "environment": "production",
            "root_run_id": one.id,
            "depth": 0,
            "priority": 0,
            "trigger_type": one.trigger,
            "trigger_source": one.source,
            "created_at": one.created_at,
            "trigger_data": {},
            "inputs": {"text": "a" * 200},
            "output": {"text": "b" * 200},
            "warnings": [],
        }


def _call_rows(part: list[Seeded], flow_id: str, workspace_id: str) -> Iterator[dict[str, Any]]:
    for one in part:
        yield {
            "id": one.id,
            "workspace_id": workspace_id,
            "flow_id": flow_id,
            "run_id": one.id,
            "seq": 2,
            "version": one.version,
            "environment": "production",
            "status": "completed" if one.status == "completed" else "failed",
            "step_key": "ask",
            "step_name": "Ask",
            "model": "openai:small" if one.version == 1 else "openai:large",
            "connection": "openai",
            "started_at": one.created_at,
            "ended_at": one.created_at + timedelta(microseconds=one.took_us),
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "total_tokens": 15,
        }
