"""What a run is: its record, its journal events, its interrupts. Plain data, no behaviour beyond small questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from flow_runtime.errors import Json


class RunStatus(StrEnum):
    """Where a run stands. The last four are final: nothing leaves them."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"

    @property
    def has_ended(self) -> bool:
        """Whether the run can never change again."""
        return self in _ENDED


_ENDED = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.TIMED_OUT})


class InterruptKind(StrEnum):
    """Who or what must answer: a person (approval, form), a browser, a callback URL, another run, the clock."""

    APPROVAL = "approval"
    FORM = "form"
    CLIENT_TOOL = "client_tool"
    CALLBACK = "callback"
    CHILD_RUN = "child_run"
    TIMER = "timer"


HUMAN_KINDS = frozenset({InterruptKind.APPROVAL, InterruptKind.FORM, InterruptKind.CLIENT_TOOL})
"""The kinds that a person or a browser answers."""
ASKED_KINDS = HUMAN_KINDS | {InterruptKind.CALLBACK}
"""The kinds that are answered from outside: told in conversations, lists and `waitState`."""


class InterruptStatus(StrEnum):
    """Open until exactly one conditional update closes it, in one of three ways."""

    OPEN = "open"
    SETTLED = "settled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Trigger:
    """What started a run: its type (`api`, `peer.action`, `studio`, …), the data it brought, and a name for people."""

    type: str
    data: Mapping[str, Json] = field(default_factory=dict)
    source: str | None = None


@dataclass(frozen=True, slots=True)
class StartRun:
    """Everything needed to start a run; `definition_digest` names the immutable definition that it keeps for life.

    `inputs` are validated by the caller. `kind` chooses the executor ("flow", "turn"). `idempotency_key` makes a
    second start return the first run. `origin` says where in a conversation the run began (its keys belong to the
    conversation layer; this package only stores them). `active_budget_s` bounds *active* time: parked time is free.
    """

    workspace_id: str
    kind: str
    inputs: Mapping[str, Json]
    trigger: Trigger
    definition_digest: str | None = None
    flow_id: str | None = None
    version: int | None = None
    environment: str = "production"
    started_by: str | None = None
    conversation_id: str | None = None
    origin: Mapping[str, Json] | None = None
    context: Mapping[str, Json] | None = None
    parent_run_id: str | None = None
    parent_key: str | None = None
    root_run_id: str | None = None
    depth: int = 0
    idempotency_key: str | None = None
    active_budget_s: float | None = None
    priority: int = 0
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One row of `runs`, as read. `epoch` is the right to write; `wake_seq` grows with every answer that arrives."""

    id: str
    workspace_id: str
    kind: str
    status: RunStatus
    inputs: Mapping[str, Json]
    trigger: Trigger
    definition_digest: str | None
    flow_id: str | None
    version: int | None
    environment: str
    started_by: str | None
    conversation_id: str | None
    origin: Mapping[str, Json] | None
    context: Mapping[str, Json] | None
    parent_run_id: str | None
    parent_key: str | None
    root_run_id: str
    depth: int
    idempotency_key: str | None
    priority: int
    epoch: int
    owner: str | None
    event_seq: int
    wake_seq: int
    interrupts_opened: int
    detached: bool
    active_remaining_s: float | None
    deadline_at: datetime | None
    cancel_requested_at: datetime | None
    output: Json
    error: Mapping[str, Json] | None
    rejected: bool
    warnings: Sequence[str]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    """One journal row: a recorded fact about a run, in past tense. `key` is the step key ("" for the run itself).

    Types and their `data` (all JSON; absent fields are absent, never null):

    ``step.started``   {attempt}                           written before the effect, only for effect `once`
    ``step.retrying``  {attempt, error, delayS}            an attempt failed and another one follows
    ``step.waiting``   {interruptId, kind, n, retry?, carry?}   the step opened its n-th interrupt (n counts from 1)
    ``step.entered``   {instances: [{name, scope, vars}], wait, concurrency?, collect, carry?}   nested scopes began
    ``step.done``      {port?, output?, collected?, assign?, usage?, warnings?, ends?}   ends: {rejected?}
    ``step.failed``    {error}                             final failure: takes the error port, or bubbles outwards
    ``run.ended``      {status, output?, error?, rejected?}

    Events in which something was done outside also have {ms}, how long this took; those of AI steps {model: {step,
    input, model?, connection?}}. Nothing hangs on these: they are for people who look.
    """

    type: str
    key: str
    data: Mapping[str, Json]
    seq: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewInterrupt:
    """An interrupt to open. `payload` is all that a person, browser or server may see of it.

    `digest` covers exactly what is shown and what it guards; `response_schema` is JSON Schema for the answer;
    `approvers` are subjects (`starter`, `participants`, `user:…`, `group:…`, `role:…`), empty = default.
    """

    id: str
    key: str
    step_id: str
    step_type: str
    kind: InterruptKind
    payload: Mapping[str, Json]
    digest: str | None = None
    response_schema: Mapping[str, Json] | None = None
    approvers: Sequence[str] = ()
    expires_at: datetime | None = None
    replaces: str | None = None
    token_hash: str | None = None
    child: StartRun | None = None


@dataclass(frozen=True, slots=True)
class Interrupt:
    """One row of `interrupts`, as read. Once its status is not `open`, nothing in it ever changes."""

    id: str
    workspace_id: str
    run_id: str
    root_run_id: str
    conversation_id: str | None
    key: str
    step_id: str
    step_type: str
    kind: InterruptKind
    status: InterruptStatus
    payload: Mapping[str, Json]
    digest: str | None
    response_schema: Mapping[str, Json] | None
    approvers: Sequence[str]
    replaces: str | None
    resolution: Json
    decided_by: Mapping[str, Json] | None
    opened_at: datetime
    expires_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """The answer that closed an interrupt, as its step receives it in `resume`.

    `status` is settled (with `resolution`), expired or cancelled. `decided_by` was set by the server, not the client.
    """

    interrupt_id: str
    status: InterruptStatus
    resolution: Json
    decided_by: Mapping[str, Json] | None
    settled_at: datetime | None
    payload: Mapping[str, Json]
    digest: str | None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended."""

    status: RunStatus
    output: Json = None
    error: Mapping[str, Json] | None = None
    rejected: bool = False
