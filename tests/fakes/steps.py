"""Small step types that tests put into flows: they record what happened to them and do what their config says."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Literal

from flow_runtime.errors import Json, StepFailed
from flow_runtime.flow import FlowDefinition, ScopeDefinition
from flow_runtime.registry import AnyStepType, StepRegistry
from flow_runtime.run import InterruptKind, Settlement
from flow_runtime.step import (
    CallFlow,
    CelExpression,
    Done,
    Effect,
    Outcome,
    PureStep,
    StepConfig,
    StepContext,
    StepType,
    Templated,
    Wait,
)
from flow_runtime.steps.condition import Condition
from flow_runtime.steps.final import Final
from flow_runtime.steps.loop import Loop
from flow_runtime.steps.parallel import Parallel
from flow_runtime.steps.set_variable import SetVariable


class SayConfig(StepConfig):
    value: Templated = None
    port: str | None = None
    fail: str | None = None


class Say(PureStep[SayConfig]):
    """Gives its value, leaves by its port, or fails with that code."""

    type_name = "say"
    title = "Say"
    summary = "Give a value"
    category = "data"
    config_model = SayConfig
    example: ClassVar[dict[str, Json]] = {"value": 1}

    def ports(self, config: SayConfig) -> Sequence[str]:
        return ("next", "other")

    def evaluate(self, config: SayConfig, context: StepContext) -> Outcome:
        if config.fail:
            raise StepFailed(config.fail, f"{context.step.id} was told to fail")
        return Done(context.value("value"), port=config.port)


class WorkConfig(StepConfig):
    value: Templated = None
    fail_times: int = 0
    gate: str | None = None
    seconds: float = 0.0
    crash: bool = False
    timeout_s: float | None = None


class Work(StepType[WorkConfig]):
    """Touches the outside: calls are counted by key, a gate holds it until the test opens it."""

    type_name = "work"
    title = "Work"
    summary = "Do something outside"
    category = "outside"
    effect = Effect.IDEMPOTENT
    config_model = WorkConfig
    example: ClassVar[dict[str, Json]] = {"value": 1}

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.keys: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.cancelled: list[str] = []
        self._called = asyncio.Event()

    async def begun(self, count: int = 1) -> None:
        """Wait until there were that many calls."""
        while len(self.calls) < count:
            self._called.clear()
            await self._called.wait()

    def gate(self, name: str) -> asyncio.Event:
        return self.gates.setdefault(name, asyncio.Event())

    def ports(self, config: WorkConfig) -> Sequence[str]:
        return ("ok", "error")

    def timeout_s(self, config: WorkConfig) -> float | None:
        return config.timeout_s

    async def run(self, config: WorkConfig, context: StepContext) -> Outcome:
        self.calls.append(context.key)
        self._called.set()
        self.keys.append(context.idempotency_key)
        try:
            if config.gate:
                await self.gate(config.gate).wait()
            if config.seconds:
                await asyncio.sleep(config.seconds)
        except asyncio.CancelledError:
            self.cancelled.append(context.key)
            raise
        if config.crash:
            raise RuntimeError("this step type has a bug")
        if context.attempt <= config.fail_times:
            raise StepFailed("flaky", f"attempt {context.attempt} failed", retryable=True, category="network")
        return Done(context.value("value"))


class WorkOnce(Work):
    """The same, but never repeated."""

    type_name = "work-once"
    effect = Effect.ONCE


class AskConfig(StepConfig):
    title: Templated = None
    guarded: Templated = None
    expires_in_s: float | None = None
    kind: InterruptKind = InterruptKind.APPROVAL


class Ask(PureStep[AskConfig]):
    """Opens an interrupt; its decision is the port."""

    type_name = "ask"
    title = "Ask"
    summary = "Ask a person"
    category = "people"
    config_model = AskConfig
    example: ClassVar[dict[str, Json]] = {"title": "Sure?"}

    def ports(self, config: AskConfig) -> Sequence[str]:
        return ("approve", "reject", "expired")

    def evaluate(self, config: AskConfig, context: StepContext) -> Outcome:
        expires = config.expires_in_s
        return Wait(
            config.kind,
            {"title": context.value("title")},
            guarded=context.value("guarded"),
            expires_at=None if expires is None else context.now + timedelta(seconds=expires),
        )

    async def resume(self, config: AskConfig, context: StepContext, settlement: Settlement) -> Outcome:
        if settlement.status != "settled":
            return Done(port="expired")
        return Done(settlement.resolution, port=settlement.resolution.get("decision", "approve"))


class CallConfig(StepConfig):
    flow_id: str
    version: int | Literal["deployed", "latest"] = "deployed"
    inputs: Templated = None


class Call(PureStep[CallConfig]):
    """Runs another flow."""

    type_name = "call"
    title = "Call"
    summary = "Run another flow"
    category = "control"
    config_model = CallConfig
    example: ClassVar[dict[str, Json]] = {"flowId": "f"}

    def evaluate(self, config: CallConfig, context: StepContext) -> Outcome:
        return CallFlow(config.flow_id, config.version, context.value("inputs") or {})

    async def resume(self, config: CallConfig, context: StepContext, settlement: Settlement) -> Outcome:
        resolution: dict[str, Any] = settlement.resolution
        if resolution["status"] != "completed":
            raise StepFailed("child_failed", str(resolution.get("error")))
        return Done(resolution.get("output"))


class BoxConfig(StepConfig):
    scopes: Mapping[str, ScopeDefinition]


class Box(StepType[BoxConfig]):
    """A container whose entries the test decides; it never runs."""

    type_name = "box"
    title = "Box"
    summary = "Hold scopes"
    category = "control"
    effect = Effect.PURE
    config_model = BoxConfig
    example: ClassVar[dict[str, Json]] = {"scopes": {}}

    def ports(self, config: BoxConfig) -> Sequence[str]:
        return ("next", "other")

    def scopes(self, config: BoxConfig) -> Mapping[str, ScopeDefinition]:
        return config.scopes

    async def run(self, config: BoxConfig, context: StepContext) -> Outcome:
        raise NotImplementedError


class ComputeConfig(StepConfig):
    expression: CelExpression


class Compute(PureStep[ComputeConfig]):
    """The value of an expression."""

    type_name = "compute"
    title = "Compute"
    summary = "Evaluate"
    category = "data"
    config_model = ComputeConfig
    example: ClassVar[dict[str, Json]] = {"expression": "1 + 1"}

    def evaluate(self, config: ComputeConfig, context: StepContext) -> Outcome:
        return Done(context.evaluate("expression"))


def fake_registry() -> StepRegistry:
    """The step types of this module and the built-in control steps."""
    types: list[AnyStepType] = [Say(), Work(), WorkOnce(), Ask(), Call(), Box(), Compute()]
    types += [Final(), SetVariable(), Condition(), Loop(), Parallel()]
    return StepRegistry(types)


def step(id: str, type: str = "say", next: Json = None, /, **fields: Json) -> dict[str, Json]:
    """One step in JSON. Fields of the envelope keep their place, everything else is config."""
    envelope = {"output", "retry", "timeoutS", "onError", "name"}
    found: dict[str, Json] = {"id": id, "type": type, "next": next}
    found |= {name: value for name, value in fields.items() if name in envelope}
    found["config"] = {name: value for name, value in fields.items() if name not in envelope}
    return {name: value for name, value in found.items() if value is not None}


def scope(*steps: dict[str, Json]) -> dict[str, Json]:
    """A nested scope that starts with its first step."""
    return {"start": steps[0]["id"], "steps": list(steps)}


def flow(*steps: dict[str, Json], **fields: Json) -> dict[str, Json]:
    """A definition that starts with its first step; `inputs` may be given as a list of names."""
    inputs = fields.pop("inputs", [])
    schema = {"type": "object", "properties": {name: {} for name in inputs}} if isinstance(inputs, list) else inputs
    return {"schemaVersion": 1, "name": "Test", "inputs": schema, **scope(*steps), **fields}


def parsed(*steps: dict[str, Json], **fields: Json) -> FlowDefinition:
    """The same, parsed."""
    return FlowDefinition.model_validate(flow(*steps, **fields))
