"""What the monitor shows: a row per run or model run, the panel behind it, and the figures above them. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flow_runtime.errors import Json
from flow_runtime.run import Interrupt, InterruptStatus, Run, RunStatus
from peer_server.monitor_words import SHOWN, kind_of, shown_status
from peer_server.stores.model_runs import ModelRun
from peer_server.stores.monitor import Figures
from peer_server.tariff import Tariff, money


def run_row(run: Run, *, steps: int) -> dict[str, Json]:
    """A row of All runs. It starts when the run was asked for: the response time includes all waiting."""
    return {
        "runId": run.id,
        "status": shown_status(run.status),
        "responseTimeMs": None if run.ended_at is None else _ms(run.ended_at - run.created_at),
        "nodesExecuted": steps,
        "startedAt": run.created_at.isoformat(),
        "endedAt": _iso(run.ended_at),
        "type": kind_of(run.trigger.type),
        "source": run.trigger.source,
        "triggerType": run.trigger.type,
        "runStatus": run.status.value,
        "version": run.version,
        "flowId": run.flow_id,
    }


def model_run_row(found: ModelRun, tariff: Tariff) -> dict[str, Json]:
    """A row of Model runs."""
    usage: dict[str, Json] = {
        "promptTokens": found.prompt_tokens,
        "completionTokens": found.completion_tokens,
        "totalTokens": found.total_tokens,
        "cachedTokens": found.cached_tokens,
        "credits": tariff.credits(found.total_tokens),
    }
    if found.cost is not None and found.currency is not None:
        usage["price"] = money(found.cost, found.currency)
    return {
        "requestId": found.id,
        "status": shown_status(RunStatus(found.status)),
        "nodeName": found.step_name,
        "modelName": found.model,
        "connectionName": found.connection,
        "responseTimeMs": _ms(found.ended_at - found.started_at),
        "startedAt": found.started_at.isoformat(),
        "endedAt": found.ended_at.isoformat(),
        "runId": found.run_id,
        "stepKey": found.step_key,
        "version": found.version,
        "flowId": found.flow_id,
        "usage": usage,
    }


def figures_json(figures: Figures) -> dict[str, Json]:
    """The four figures, and how many runs are in each state; null where there is nothing to tell."""
    return {
        "total": figures.total,
        "p90ResponseTimeMs": None if figures.p90_us is None else figures.p90_us // 1000,
        "p99ResponseTimeMs": None if figures.p99_us is None else figures.p99_us // 1000,
        "failureRate": figures.failure_rate,
        "counts": {word: sum(figures.by_status.get(status, 0) for status in SHOWN[word]) for word in SHOWN},
    }


def times(run: Run, interrupts: Sequence[Interrupt], *, now: datetime) -> dict[str, Json]:
    """How long a run has waited for answers, and the rest, in which it was active."""
    until = run.ended_at or now
    waited = timedelta()
    covered = run.created_at
    for opened, closed in sorted((one.opened_at, _closed(one, until)) for one in interrupts):
        waited += max(closed - max(opened, covered), timedelta())
        covered = max(covered, closed)
    return {"waitingMs": _ms(waited), "activeMs": _ms(until - run.created_at - waited)}


def failed_step(error: Mapping[str, Json] | None, steps: Sequence[Mapping[str, Json]]) -> Json:
    """The record of the step that a run failed at."""
    if error is None:
        return None
    failed = [step for step in steps if step.get("status") == "failed"]
    named = [step for step in failed if step["stepId"] == error.get("stepId")]
    return next(iter([*named, *failed]), None)


def _closed(interrupt: Interrupt, until: datetime) -> datetime:
    is_open = interrupt.status is InterruptStatus.OPEN or interrupt.settled_at is None
    return until if is_open or interrupt.settled_at is None else min(interrupt.settled_at, until)


def _ms(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
