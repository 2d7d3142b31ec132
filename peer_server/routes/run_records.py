"""What the routes answer that start, follow and look into runs, for OpenAPI: they write the JSON themselves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from flow_runtime.errors import Json
from flow_runtime.run import InterruptKind, RunStatus
from peer_server.routes.answer_parts import Failure, ModelUsage, Money
from peer_server.web.json_request import Answer


class WaitState(Answer):
    """One open question, in the words of the published API; what it shows stands beside these fields."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="allow")

    type: str
    """The type of the step that asks, or `http-callback`."""
    kind: InterruptKind
    step_id: str
    step_key: str
    run_id: str
    execution_id: str
    interrupt_id: str
    """The same as `executionId`."""
    opened_at: datetime
    expires_at: datetime | None = None
    title: str | None = None
    message: str | None = None
    """Of approvals."""
    form: Annotated[Mapping[str, Json], Field(json_schema_extra={"description": "What a form shows."})] | None = None
    args: Json = None
    """Of client tools."""


class WaitingRun(Answer):
    """A run that waits for somebody."""

    status: Literal["waiting"]
    app_run_id: str
    wait_state: WaitState | None = None
    """The oldest question that somebody outside can answer."""
    wait_states: list[WaitState] | None = None
    pending_action: WaitState | None = None
    """The same as `waitState`."""
    resume_secret: str | None = None
    """Lets somebody else follow and answer this run; only for those who may pass it on."""


class CompletedRun(Answer):
    """A run that came to its end, with its metadata."""

    status: Literal["completed"]
    app_run_id: str
    output: Json
    rejected: Literal[True] | None = None
    """There because somebody rejected what the run was for."""


class AcceptedRun(Answer):
    """A run that goes on while nobody waits for it here."""

    status: RunStatus
    app_run_id: str
    poll_url: str
    resume_secret: str | None = None


class PolledRun(Answer):
    """How a run stands: with `output`, `error`, or what it waits for."""

    status: RunStatus
    app_run_id: str
    output: Json = None
    rejected: Literal[True] | None = None
    error: Failure | None = None
    wait_state: WaitState | None = None
    wait_states: list[WaitState] | None = None
    pending_action: WaitState | None = None


FlowOutput: Any = CompletedRun | WaitingRun | Any
"""For `response_model`: the flow's own output, unless the caller wants the metadata or the run waits for somebody."""
SettledRun: Any = CompletedRun | WaitingRun
"""The same for a caller who always gets the metadata."""


class TriggerOfRun(Answer):
    """What started a run; the id of a schedule only where one did."""

    type: str
    source: str | None
    schedule_id: str | None = None


class TriggerWithData(TriggerOfRun):
    """What started a run, and what it brought."""

    data: Mapping[str, Json]


class _Run(Answer):
    app_run_id: str
    status: RunStatus
    flow_id: str | None
    version: int | None
    """None for a draft."""
    environment: str
    type: Literal["event", "schedule", "api"]
    source: str | None
    started_by: str | None
    conversation_id: str | None
    parent_run_id: str | None
    rejected: bool
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    response_time_ms: int | None


class LoggedRun(_Run):
    """One line of the list of runs."""

    trigger: TriggerOfRun


class RunLog(Answer):
    """Runs, newest first."""

    items: list[LoggedRun]
    next_cursor: str | None


class AskedModel(Answer):
    """Which model a step asked, and what: its texts, the long ones cut."""

    step: str
    input: Mapping[str, str]
    model: str | None = None
    connection: str | None = None


class ScannerFinding(Answer):
    """What one scanner said of what a model was given or said."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="allow")

    scanner: str
    type: str | None = None
    side: Literal["input", "output"]
    verdict: str
    action: str | None = None
    score: float | None = None
    threshold: float | None = None
    duration_ms: float | None = None
    explanation: str | None = None


class StepRecord(Answer):
    """One execution of a step; fields without a value are absent, `input` (its rendered config) unless it failed."""

    key: str
    step_id: str
    name: str
    type: str | None
    status: Literal["running", "retrying", "waiting", "done", "failed"]
    attempts: int
    first_event_at: datetime | None
    started_at: datetime | None
    duration_ms: int
    """What the step did itself; waiting is not in it."""
    ended_at: datetime | None = None
    interrupt_id: str | None = None
    port: str | None = None
    input: Mapping[str, Json] | None = None
    output: Json = None
    error: Failure | None = None
    model: AskedModel | None = None
    usage: list[ModelUsage] | None = None
    scanners: list[ScannerFinding] | None = None
    warnings: list[str] | None = None
    collected: bool | None = None
    """Whether its output is what its inner steps gave."""


class StepRecords(Answer):
    """The steps of a run in the order in which they began."""

    items: list[StepRecord]


class RunDetails(_Run):
    """Everything that is kept of a run, secrets masked."""

    job: Literal["app.run"]
    trigger: TriggerWithData
    inputs: Mapping[str, Json]
    output: Json
    error: Failure | None
    warnings: list[str]
    wait_states: list[WaitState]
    definition_digest: str | None
    root_run_id: str
    steps: list[StepRecord]


class ModelCall(Answer):
    """One call of a model, with what it cost."""

    step_key: str
    step_id: str
    at: datetime | None
    model: str | None = None
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cached_tokens: int | None = None
    credits: float
    price: Money | None = None


class UsageTotals(Answer):
    """What several calls used together; `prices` if they were paid in several currencies."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cached_tokens: int | None = None
    credits: float
    price: Money | None = None
    prices: list[Money] | None = None


class ModelCalls(Answer):
    """The calls of models of a run, and their sum."""

    items: list[ModelCall]
    totals: UsageTotals


class SettledCallback(Answer):
    """The request that was answered, now or before."""

    status: Literal["accepted", "already_settled"]
    interrupt_id: str
    repeated: Literal[True] | None = None
