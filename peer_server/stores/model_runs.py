"""Model runs as rows: written in the transaction that journals what a model answered. Core functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select

from flow_runtime.errors import Json
from flow_runtime.ids import stable_id
from flow_runtime.run import Event, Run
from flow_runtime.store import Transaction
from flow_runtime.stores.tables import run_events
from peer_server.access import unknown
from peer_server.stores.monitor_tables import model_runs
from peer_server.tariff import sum_of_prices


@dataclass(frozen=True, slots=True)
class ModelRun:
    """One execution of a step that asks a model. `status` is ``completed`` or ``failed``."""

    id: str
    workspace_id: str
    flow_id: str
    run_id: str
    seq: int
    version: int | None
    environment: str
    status: str
    step_key: str
    step_name: str
    model: str
    connection: str
    started_at: datetime
    ended_at: datetime
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cached_tokens: int = 0
    cost: int | None = None
    currency: str | None = None


MODEL_RUN_COLUMNS: Final = tuple(model_runs.c[name] for name in ModelRun.__slots__)
_TOKENS: Final = ("promptTokens", "completionTokens", "totalTokens", "cachedTokens")
_ENDINGS: Final = {"step.done": "completed", "step.failed": "failed"}
_FIRST: Final = (
    select(run_events.c.at, run_events.c.data)
    .where(run_events.c.run_id == bindparam("run"), run_events.c.key == bindparam("step"))
    .order_by(run_events.c.seq)
    .limit(1)
)


def enter_model_runs(tx: Transaction, run: Run, events: Sequence[Event]) -> None:
    """Write down those of these journaled events that end a step which asked a model. Implements `Ledger`."""
    found = [event for event in events if "model" in event.data and event.type in _ENDINGS]
    if run.flow_id is not None and found:
        tx.conn.execute(insert(model_runs), [_row(tx.conn, run, event) for event in found])


def get_model_run(conn: Connection, model_run_id: str, *, workspace_id: str) -> ModelRun:
    """One model run. Raises `NotFound`."""
    query = select(*MODEL_RUN_COLUMNS).where(model_runs.c.id == model_run_id, model_runs.c.workspace_id == workspace_id)
    row = conn.execute(query).one_or_none()
    if row is None:
        raise unknown("model run", model_run_id)
    return ModelRun(*row)


def model_runs_of(conn: Connection, run_id: str) -> list[ModelRun]:
    """The model runs of a run, in order."""
    query = select(*MODEL_RUN_COLUMNS).where(model_runs.c.run_id == run_id).order_by(model_runs.c.seq)
    return [ModelRun(*row) for row in conn.execute(query)]


def _row(conn: Connection, run: Run, event: Event) -> dict[str, Json]:
    note, usage = event.data["model"], event.data.get("usage") or []
    own = [one for one in usage if "scanner" not in one]
    model = str((own[-1] if own else note).get("model", "default"))
    tokens = {name: sum(one.get(name, 0) for one in usage) for name in _TOKENS}
    prices = sum_of_prices(one["price"] for one in usage if "price" in one)
    # Scanners may ask models that are paid otherwise; the credit details have them one by one.
    currency = next(iter(prices)) if len(prices) == 1 else None
    return {
        "id": stable_id(run.id, str(event.seq), "model"),
        "workspace_id": run.workspace_id,
        "flow_id": run.flow_id,
        "run_id": run.id,
        "seq": event.seq,
        "version": run.version,
        "environment": run.environment,
        "status": _ENDINGS[event.type],
        "step_key": event.key,
        "step_name": note["step"],
        "model": model,
        "connection": note.get("connection") or model.partition(":")[0],
        "started_at": _begun(conn, run, event),
        "ended_at": event.at,
        "prompt_tokens": tokens["promptTokens"],
        "completion_tokens": tokens["completionTokens"],
        "total_tokens": tokens["totalTokens"],
        "cached_tokens": tokens["cachedTokens"],
        "cost": None if currency is None else prices[currency],
        "currency": currency,
    }


def _begun(conn: Connection, run: Run, event: Event) -> datetime | None:
    """When the step began: its first event, less what this took."""
    at, data = conn.execute(_FIRST, {"run": run.id, "step": event.key}).one()
    begun: datetime = at - timedelta(milliseconds=data.get("ms", 0))
    return begun
