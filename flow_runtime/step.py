"""The step contract: what a step type is, what it may answer, and what it is given. Built-ins use exactly this too.

A step type is a class with a typed config, a list of ports and up to three moments:

1. ``run``       the step begins (for the first time, or again after a failed attempt or a crash);
2. ``resume``    an interrupt that it opened was closed: settled, expired or cancelled;
3. ``returned``  the nested scopes that it entered have all ended.

Each moment answers with one `Outcome`; the journal records it, and nothing before a recorded outcome ever runs again.
Steps of effect ``pure`` touch nothing outside and must not await anything slow: they are journaled together with what
follows. ``idempotent`` steps may repeat after a crash and send ``context.idempotency_key``. A ``once`` step that was
begun but whose outcome is unknown is never repeated: it takes its error port with code ``outcome_unknown``.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Generic, Literal, Protocol, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from flow_runtime.errors import Json
from flow_runtime.flow import ScopeDefinition, StepDefinition
from flow_runtime.run import InterruptKind, Run, Settlement


class Effect(StrEnum):
    """What a step does to the outside world, hence what a crash may repeat."""

    PURE = "pure"
    IDEMPOTENT = "idempotent"
    ONCE = "once"


class StepConfig(BaseModel):
    """Base of every config model: camelCase in JSON, unknown keys refused. Its JSON Schema draws the inspector."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


TEMPLATE = "template"
EXPRESSION = "expression"
Templated = Annotated[Json, Field(json_schema_extra={"x-kind": TEMPLATE})]
"""A field whose value may hold ``{{ CEL }}`` at any depth. Read it with ``context.value`` or ``context.text``."""
TemplatedText = Annotated[str, Field(json_schema_extra={"x-kind": TEMPLATE})]
"""A text field that may hold ``{{ CEL }}``."""
CelExpression = Annotated[str, Field(json_schema_extra={"x-kind": EXPRESSION})]
"""A field that is one bare CEL expression. Read it with ``context.evaluate``."""


# --- outcomes -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """The step is finished: leave by `port` (None = the main port) with `output`.

    `assign` writes variables (set-variable only). `use_collected` makes the output of the entered scopes the step's
    own, without storing it twice. `usage` lists what models used: {model, promptTokens, completionTokens, totalTokens}.
    `scanners` lists what scanners found: the `Guard.results`.
    """

    output: Json = None
    port: str | None = None
    assign: Mapping[str, Json] | None = None
    use_collected: bool = False
    usage: Sequence[Mapping[str, Json]] = ()
    scanners: Sequence[Mapping[str, Json]] = ()
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """Open an interrupt and wait for its answer, which arrives in `resume`.

    `payload` is what is shown; `guarded` is what besides it the answer must stay true to: both enter the digest.
    `replaces` names the interrupt that this one re-opens (a form sent back with errors, a card that changed).
    `token_hash` is the hash of the secret that a callback must bring. `carry` is kept with the journal and is
    `context.carried` in `resume`.
    """

    kind: InterruptKind
    payload: Mapping[str, Json]
    guarded: Json = None
    response_schema: Mapping[str, Json] | None = None
    approvers: Sequence[str] = ()
    expires_at: datetime | None = None
    replaces: str | None = None
    token_hash: str | None = None
    carry: Json = None


@dataclass(frozen=True, slots=True)
class CallFlow:
    """Run another flow as a child run and wait for it; its end arrives in `resume` as a resolution.

    The resolution is ``{"runId", "status", "output"?, "error"?, "rejected"?}``. `carry` as in `Wait`.
    """

    flow_id: str
    version: Literal["deployed", "latest"] | int
    inputs: Mapping[str, Json]
    carry: Json = None


@dataclass(frozen=True, slots=True)
class Instance:
    """One execution of a nested scope: `name` is unique in the step (`[3]`, `.left`), `vars` are its local names."""

    name: str
    scope: str
    vars: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Enter:
    """Run nested scopes, at most `concurrency` at a time (None = all), until all or the first have ended.

    What they give is collected as a list, as {name without the leading dot: output}, or the last one's output;
    `returned` then receives it; `carry` is kept with the journal and is `context.carried` there.
    """

    instances: Sequence[Instance]
    wait: Literal["all", "first"] = "all"
    concurrency: int | None = None
    collect: Literal["list", "dict", "last"] = "list"
    carry: Json = None


@dataclass(frozen=True, slots=True)
class End:
    """End the whole run as completed. `rejected` marks a run that a person declined."""

    output: Json = None
    rejected: bool = False


Outcome = Done | Wait | CallFlow | Enter | End
"""What a moment of a step answers; a failure is a raised `StepFailed`."""


# --- what a step is given --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StepServices:
    """The outside world as steps may use it; filled once by the composition root.

    `http` an `httpx2.AsyncClient` that reaches no private address (see `outbound`) · `sandbox` a `CodeSandbox` ·
    `models` resolves a model name to a `ChatModel` (see `models.catalog`); steps get `models.for_run(run)` ·
    `callback_url(interrupt_id)` gives (url, token hash): the public URL that ends a callback wait, the same whenever it
    is asked for, so that a repeated request repeats it · `await ask_peer(run, peer_id=…, message=…, key=…)` gives
    ``{"reply", "usage"?}`` · `await widgets(workspace_id, widget_id)` gives ``{"name", "stateSchema"?, "view"}`` or
    None · `await describe_flow(workspace_id, flow_id, version)` gives the `ToolSpec` of a flow, or raises `FlowError` ·
    `files` reads an uploaded file's bytes · `await authorize(run, profile, url)` gives the `Authorization` of a
    request, or raises `StepFailed` · `await search(workspace_id, sources, query=…, limit=…, threshold=…)` gives
    ``{"results", "usage"}``, or raises `FlowError` naming the data source.
    Typed loosely here because this module must not import adapters; each step narrows what it uses.
    """

    http: Any = None
    sandbox: Any = None
    models: Any = None
    callback_url: Any = None
    ask_peer: Any = None
    widgets: Any = None
    describe_flow: Any = None
    files: Any = None
    authorize: Any = None
    search: Any = None

    def for_run(self, run: Run) -> "StepServices":
        """The same, with the models as that run may use them."""
        return self if self.models is None else replace(self, models=self.models.for_run(run))


class Guard(Protocol):
    """The guardrails around one step: give it every text before a model sees it, and every text that a model gave.

    Steps that use `structured_reply.ModelCalls` are guarded by it.
    """

    results: list[dict[str, Json]]
    """What each scanner found so far: {side, scanner, score, threshold, action, verdict, durationMs, explanation?}."""
    usage: list[dict[str, Json]]
    """What scanners that ask a model have used so far."""

    @property
    def warnings(self) -> list[str]:
        """What people are to be told of it."""
        ...

    async def look(self, side: Literal["input", "output"], texts: Sequence[str], *, seen: int = 0) -> list[str]:
        """The texts as they may pass. The first `seen` ones had passed already: they are only redacted again.

        Raises `StepFailed` ``guardrail``, ``guardrail_unavailable``, both of category ``content_filter``.
        """
        ...


class StepContext(Protocol):
    """What one moment of one step sees. Names in expressions resolve through `scope`."""

    run: Run
    step: StepDefinition
    key: str
    attempt: int
    now: datetime
    scope: Mapping[str, Json]
    services: StepServices
    secrets: Sequence[str]
    carried: Json
    """What the last outcome of this step asked to `carry`; None at first."""

    @property
    def guard(self) -> Guard:
        """The flow's guardrails around this step."""
        ...

    @property
    def idempotency_key(self) -> str:
        """Stable over retries, crashes and take-over: ``<run id>:<step key>``."""
        ...

    @property
    def interrupt_id(self) -> str:
        """The id that an interrupt opened by this moment gets: as stable as `idempotency_key`."""
        ...

    def value(self, field: str) -> Json:
        """The rendered value of a templated field, addressed by its path in the config (`url`, `cases/0/when`)."""
        ...

    def text(self, field: str) -> str:
        """The rendered value as text."""
        ...

    def evaluate(self, field: str) -> Json:
        """The value of an expression field."""
        ...


C = TypeVar("C", bound=StepConfig)


class StepType(ABC, Generic[C]):
    """One kind of step. Subclass it, fill the class variables, and register the class under `peer_server.steps`."""

    type_name: ClassVar[str]
    """The string in a definition's `type`."""
    title: ClassVar[str]
    summary: ClassVar[str]
    category: ClassVar[Literal["control", "data", "ai", "people", "chat", "code", "outside"]]
    effect: ClassVar[Effect]
    config_model: ClassVar[type[StepConfig]]
    example: ClassVar[Mapping[str, Json]]
    """A config that passes all checks, shown in the docs and run in the tests."""
    chat_only: ClassVar[bool] = False

    def ports(self, config: C) -> Sequence[str]:
        """The named exits; the first one is the main port. `error` is implied for every step that can fail."""
        return ("next",)

    def scopes(self, config: C) -> Mapping[str, ScopeDefinition]:
        """Nested scopes by name, for containers."""
        return {}

    def scope_names(self, config: C, scope: str, *, step: StepDefinition) -> frozenset[str]:
        """Local names that exist inside that nested scope beside the outer ones (`item`, `index`)."""
        return frozenset()

    def is_concurrent(self, config: C) -> bool:
        """Whether nested scopes may run side by side (then set-variable may not write outer names)."""
        return False

    def effect_of(self, config: C) -> Effect:
        """The effect of a step with this config, for types whose config chooses it. Never `pure` if `effect` is not."""
        return self.effect

    def assigns(self, config: C) -> frozenset[str]:
        """Names that `Done.assign` may write (set-variable only)."""
        return frozenset()

    def templates(self, config: C) -> Mapping[str, Json]:
        """Every templated value by its path in the config; by default the fields marked with `Templated`."""
        return marked_fields(config, TEMPLATE)

    def expressions(self, config: C) -> Mapping[str, str]:
        """Every CEL expression by its path in the config; by default the fields marked with `CelExpression`."""
        return marked_fields(config, EXPRESSION)

    def check(self, config: C, step: StepDefinition) -> Sequence["Fault"]:
        """Mistakes that the config schema cannot express. Paths are relative to the config."""
        return ()

    def timeout_s(self, config: C) -> float | None:
        """A default limit of active seconds for one attempt when the envelope has none."""
        return None

    @abstractmethod
    async def run(self, config: C, context: StepContext) -> Outcome:
        """Begin the step. Raises `StepFailed`."""

    async def resume(self, config: C, context: StepContext, settlement: Settlement) -> Outcome:
        """Go on after an interrupt was closed. Raises `StepFailed`."""
        raise NotImplementedError(f"{self.type_name!r} opens no interrupts")

    async def returned(self, config: C, context: StepContext, collected: Json, *, entered: int) -> Outcome:
        """Go on after the entered scopes ended; `entered` counts how many times scopes were entered so far."""
        raise NotImplementedError(f"{self.type_name!r} enters no scopes")


class PureStep(StepType[C]):
    """A step that only computes: `evaluate` is synchronous, so the engine pays no task switch for it."""

    effect = Effect.PURE

    @abstractmethod
    def evaluate(self, config: C, context: StepContext) -> Outcome:
        """Compute the outcome. Raises `StepFailed`."""

    async def run(self, config: C, context: StepContext) -> Outcome:
        """The asynchronous face of `evaluate`."""
        return self.evaluate(config, context)


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding of the checks. `path` is a JSON Pointer into the definition."""

    code: str
    message: str
    path: str
    remedy: str = ""
    level: Literal["error", "warning", "hint"] = "error"


def marked_fields(config: StepConfig, kind: str) -> dict[str, Any]:
    """The values of the config's own fields that carry that mark, by their JSON name; None values are left out."""
    found: dict[str, Any] = {}
    for name, info in type(config).model_fields.items():
        value = getattr(config, name)
        if value is not None and kind in _marks(info):
            found[info.alias or name] = value
    return found


def _marks(info: FieldInfo) -> set[str]:
    """The marks of a field, also when its type is a union such as ``TemplatedText | None``."""
    parts = [info, *(mark for part in get_args(info.annotation) for mark in getattr(part, "__metadata__", ()))]
    extras = [part.json_schema_extra for part in parts if isinstance(part, FieldInfo)]
    return {str(extra["x-kind"]) for extra in extras if isinstance(extra, dict) and "x-kind" in extra}
