"""What the monitor answers, for OpenAPI: its routes write the JSON themselves."""

from collections.abc import Mapping
from datetime import datetime

from flow_runtime.errors import Json
from flow_runtime.run import RunStatus
from peer_server.monitor_words import Kind, Shown
from peer_server.routes.answer_parts import Failure, Money
from peer_server.routes.run_records import ScannerFinding, StepRecord, UsageTotals
from peer_server.web.json_request import Answer


class MonitoredRun(Answer):
    """A row of All runs."""

    run_id: str
    status: Shown
    response_time_ms: int | None
    """All waiting is in it."""
    nodes_executed: int
    started_at: datetime
    ended_at: datetime | None
    type: Kind
    source: str | None
    trigger_type: str
    run_status: RunStatus
    version: int | None
    flow_id: str | None


class MonitoredRuns(Answer):
    """All runs, newest first."""

    items: list[MonitoredRun]
    next_cursor: str | None


class ModelRunUsage(Answer):
    """What a model run used, and cost."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cached_tokens: int
    credits: float
    price: Money | None = None


class ModelRunAnswer(Answer):
    """A row of Model runs."""

    request_id: str
    status: Shown
    node_name: str
    model_name: str
    connection_name: str
    response_time_ms: int
    started_at: datetime
    ended_at: datetime
    run_id: str
    step_key: str
    version: int | None
    flow_id: str
    usage: ModelRunUsage


class ModelRuns(Answer):
    """Model runs, newest first."""

    items: list[ModelRunAnswer]
    next_cursor: str | None


class FiguresAnswer(Answer):
    """The figures of what the same filters list; null where there is nothing to tell."""

    total: int
    p90_response_time_ms: int | None
    p99_response_time_ms: int | None
    failure_rate: float | None
    counts: Mapping[Shown, int]


class RunPanel(MonitoredRun):
    """One run: its input, the log step by step, its output and tokens, and where it failed."""

    waiting_ms: int
    active_ms: int
    input: Mapping[str, Json]
    flow_log: list[StepRecord]
    output: Json
    usage: UsageTotals
    error: Failure | None
    failed_step: StepRecord | None
    warnings: list[str]
    model_runs: list[ModelRunAnswer]


class ModelRunPanel(ModelRunAnswer):
    """One model run: what was asked, the record of its step, the answer, and what scanners found."""

    input: Mapping[str, str]
    flow_log: list[StepRecord]
    output: Json
    error: Failure | None
    scanners: list[ScannerFinding]
