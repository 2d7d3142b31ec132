"""A definition made ready to run, once per digest: typed configs, compiled expressions, ports resolved to steps.

Compiling collects every structural mistake as a `Fault`; a plan without error faults can be executed. `checks` adds
what is questionable but possible.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from flow_runtime.errors import FlowError, Json, found_by_pydantic, invalid
from flow_runtime.expressions import Expression, compile_expression
from flow_runtime.flow import MAIN_PORT, FlowDefinition, ScopeDefinition, StepDefinition
from flow_runtime.guardrail import UNGUARDED, GuardPlan
from flow_runtime.plan_order import backward_edges
from flow_runtime.registry import AnyStepType, StepRegistry
from flow_runtime.scanners import plan_guardrails
from flow_runtime.step import Effect, Fault, PureStep
from flow_runtime.templates import Template, bare_expression, compile_template

MAX_DEPTH: Final = 16
"""Scopes inside scopes, and child runs inside runs."""
ERROR_PORT: Final = "error"
EXPIRED_PORT: Final = "expired"
REJECT_PORT: Final = "reject"
BASE_NAMES: Final = frozenset(
    {"inputs", "steps", "env", "trigger", "_trigger", "context", "flow", "run", "error"}
    | {"messages", "conversation", "user", "peer"}
)
"""Names that every expression may use, beside inputs, outputs, variables and the local names of its scopes."""
_USE_CEL: Final = "write a CEL expression, such as `amount > 100` or `name + '!'`"


@dataclass(slots=True, eq=False)
class StepPlan:
    """One step, ready to run. `path` is its JSON Pointer in the definition; `targets` maps ports to steps."""

    step: StepDefinition
    type: AnyStepType
    config: Any
    path: str
    scope: "ScopePlan"
    ports: tuple[str, ...]
    targets: dict[str, "StepPlan"] = field(default_factory=dict)
    scopes: dict[str, "ScopePlan"] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    expressions: dict[str, Expression] = field(default_factory=dict)
    assigns: frozenset[str] = frozenset()
    is_pure: bool = False
    is_once: bool = False
    evaluate: Any = None
    """The synchronous `evaluate` of a `PureStep`, or None."""
    guard: GuardPlan = UNGUARDED

    @property
    def main_port(self) -> str:
        """The port that a bare `next` connects."""
        return self.ports[0]

    def target(self, port: str | None) -> "StepPlan | None":
        """The step that this port (None = the main one) leads to, if it is connected."""
        return self.targets.get(self.ports[0] if port is None else port)


@dataclass(slots=True, eq=False)
class ScopePlan:
    """The steps of one scope. `names` is everything that its expressions may use."""

    name: str
    path: str
    owner: StepPlan | None
    depth: int
    names: frozenset[str] = frozenset()
    local_names: frozenset[str] = frozenset()
    is_concurrent: bool = False
    defaults: Mapping[str, Json] = field(default_factory=dict)
    """What inputs that were not sent are worth; only the root has them."""
    steps: dict[str, StepPlan] = field(default_factory=dict)
    start: StepPlan | None = None

    @property
    def parent(self) -> "ScopePlan | None":
        """The scope around this one; None for the root."""
        return self.owner.scope if self.owner else None

    def edges(self) -> dict[str, dict[str, str]]:
        """Who leads where, by step id and port."""
        return {
            step_id: {port: target.step.id for port, target in plan.targets.items()}
            for step_id, plan in self.steps.items()
        }


@dataclass(slots=True, eq=False)
class Plan:
    """A whole flow, ready to run."""

    definition: FlowDefinition
    root: ScopePlan
    steps: dict[str, StepPlan]
    faults: tuple[Fault, ...]


def compile_flow(definition: FlowDefinition, registry: StepRegistry) -> Plan:
    """Compile as far as possible; what is wrong stands in `faults`. Never raises for a bad definition."""
    return _Compiler(definition, registry).compile()


def compile_plan(definition: FlowDefinition, registry: StepRegistry) -> Plan:
    """A plan that can be executed. Raises `InvalidDefinition` listing every fault."""
    plan = compile_flow(definition, registry)
    if plan.faults:
        faults = [
            {"code": fault.code, "message": fault.message, "path": fault.path, "remedy": fault.remedy}
            for fault in plan.faults
        ]
        raise invalid(plan.faults[0].message, faults, code="invalid_definition")
    return plan


class PlanCache:
    """The plans of the definitions used last. A digest names an immutable definition, so entries never go stale."""

    def __init__(self, registry: StepRegistry, *, capacity: int = 256) -> None:
        self._registry = registry
        self._capacity = capacity
        self._plans: OrderedDict[str, Plan] = OrderedDict()

    def find(self, digest: str) -> Plan | None:
        """The plan of that digest, if it is at hand."""
        plan = self._plans.get(digest)
        if plan is not None:
            self._plans.move_to_end(digest)
        return plan

    def compile(self, digest: str, definition: Mapping[str, Json]) -> Plan:
        """Compile and keep. Raises `InvalidDefinition`."""
        plan = compile_plan(parse_definition(definition), self._registry)
        self._plans[digest] = plan
        if len(self._plans) > self._capacity:
            self._plans.popitem(last=False)
        return plan


def parse_definition(definition: Mapping[str, Json]) -> FlowDefinition:
    """Read a definition from JSON. Raises `InvalidDefinition` with one fault per schema violation."""
    try:
        return FlowDefinition.model_validate(definition)
    except ValidationError as error:
        found = [found_by_pydantic(definition, finding) for finding in error.errors()]
        faults = [{"code": "schema", "message": message, "path": pointer(*place)} for place, message in found]
        raise invalid("the definition breaks the schema", faults, code="invalid_definition") from error


def pointer(*parts: str | int) -> str:
    """A JSON Pointer of these parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def connections(step: StepDefinition, ports: tuple[str, ...]) -> dict[str, str]:
    """Step ids by port: a bare string and the key `next` both mean the main port."""
    if step.next is None:
        return {}
    if isinstance(step.next, str):
        return {ports[0]: step.next}
    return {ports[0] if port == MAIN_PORT and port not in ports else port: to for port, to in step.next.items()}


def input_names(definition: FlowDefinition) -> frozenset[str]:
    """The declared inputs that can be written as a name in expressions; `inputs["…"]` reaches all of them."""
    properties = definition.inputs.get("properties")
    return frozenset(filter(str.isidentifier, properties)) if isinstance(properties, Mapping) else frozenset()


def input_defaults(definition: FlowDefinition) -> dict[str, Json]:
    """The defaults that the schema of the inputs declares, by name."""
    properties = definition.inputs.get("properties")
    fields = properties.items() if isinstance(properties, Mapping) else ()
    return {name: field["default"] for name, field in fields if isinstance(field, Mapping) and "default" in field}


class _Compiler:
    """One compilation: walks the scopes once to build the steps, then once to connect and compile them."""

    def __init__(self, definition: FlowDefinition, registry: StepRegistry) -> None:
        self._definition = definition
        self._registry = registry
        self._faults: list[Fault] = []
        self._steps: dict[str, StepPlan] = {}
        self._paths: dict[str, str] = {}

    def compile(self) -> Plan:
        names, defaults = input_names(self._definition), input_defaults(self._definition)
        root = ScopePlan(name="", path="", owner=None, depth=1, local_names=names, defaults=defaults)
        scope = ScopeDefinition(start=self._definition.start, steps=self._definition.steps)
        self._fill(root, scope, outer=BASE_NAMES)
        self._guard()
        return Plan(self._definition, root, self._steps, tuple(self._faults))

    def _guard(self) -> None:
        guardrails = self._definition.guardrails
        guard, faults = plan_guardrails(guardrails, self._registry.scanners, steps=self._steps)
        self._faults += faults
        for step in self._steps.values():
            step.guard = guard.of_step(step.step.id) if step.type.category == "ai" else UNGUARDED

    def _fault(self, code: str, path: str, message: str, remedy: str) -> None:
        self._faults.append(Fault(code=code, message=message, path=path, remedy=remedy))

    def _fill(self, plan: ScopePlan, scope: ScopeDefinition, *, outer: frozenset[str]) -> None:
        if plan.depth > MAX_DEPTH:
            self._fault("too_deep", plan.path, f"scopes are nested deeper than {MAX_DEPTH}", "move steps to a sub-flow")
            return
        for index, step in enumerate(scope.steps):
            self._add(plan, step, path=f"{plan.path}/steps/{index}")
        own = {name for item in plan.steps.values() for name in (*item.assigns, item.step.output) if name}
        plan.names = outer | plan.local_names | own
        plan.start = plan.steps.get(scope.start)
        known = {step.id for step in scope.steps}
        if scope.start not in known:
            message = f"there is no step {scope.start!r} here to start with"
            choice = ", ".join(sorted(known))
            self._fault("unknown_start", f"{plan.path}/start", message, f"start with one of: {choice}")
        for item in plan.steps.values():
            self._connect(item, known)
            self._compile_values(item)
            self._enter(item)
        for step_id, port in backward_edges(plan.edges()):
            message = f"port {port!r} of step {step_id!r} leads back to a step that comes before it"
            self._fault("cycle", f"{plan.steps[step_id].path}/next", message, "put the repeated steps into a loop")

    def _add(self, scope: ScopePlan, step: StepDefinition, *, path: str) -> None:
        if step.id in self._paths:
            message = f"step id {step.id!r} is used twice; the first one is at {self._paths[step.id]}"
            self._fault("duplicate_id", f"{path}/id", message, "give each step of the flow an id of its own")
            return
        self._paths[step.id] = path
        step_type = self._registry.get(step.type)
        if step_type is None:
            self._fault(
                "unknown_step_type",
                f"{path}/type",
                f"no step type {step.type!r} is installed",
                "choose an installed one",
            )
            return
        try:
            config = step_type.config_model.model_validate(step.config)
        except ValidationError as error:
            for finding in error.errors():
                place, message = found_by_pydantic(step.config, finding)
                self._fault("config", f"{path}/config{pointer(*place)}", f"{step.type}: {message}", "correct the value")
            return
        plan = StepPlan(
            step=step,
            type=step_type,
            config=config,
            path=path,
            scope=scope,
            ports=tuple(step_type.ports(config)),
            assigns=step_type.assigns(config),
            is_pure=step_type.effect_of(config) is Effect.PURE,
            is_once=step_type.effect_of(config) is Effect.ONCE,
            evaluate=step_type.evaluate if isinstance(step_type, PureStep) else None,
        )
        scope.steps[step.id] = self._steps[step.id] = plan

    def _connect(self, plan: StepPlan, known: set[str]) -> None:
        for port, to in connections(plan.step, plan.ports).items():
            path = f"{plan.path}/next" + (pointer(port) if isinstance(plan.step.next, Mapping) else "")
            if port not in plan.ports and port != ERROR_PORT:
                has = ", ".join(map(repr, (*plan.ports, ERROR_PORT)))
                self._fault("unknown_port", path, f"step {plan.step.id!r} has no port {port!r}", f"its ports are {has}")
            if to in plan.scope.steps:
                plan.targets[port] = plan.scope.steps[to]
            elif to not in known:
                self._fault(
                    "unknown_next", path, f"there is no step {to!r} in this scope", "connect a step of this scope"
                )

    def _compile_values(self, plan: StepPlan) -> None:
        names = plan.scope.names
        for field_path, source in plan.type.expressions(plan.config).items():
            try:
                plan.expressions[field_path] = compile_expression(bare_expression(source), names=names)
            except FlowError as error:
                self._fault(error.code, f"{plan.path}/config/{field_path}", error.message, error.remedy or _USE_CEL)
        for field_path, value in plan.type.templates(plan.config).items():
            path = f"{plan.path}/config/{field_path}"
            try:
                plan.templates[field_path] = compile_template(value, names=names, path=path)
            except FlowError as error:
                self._fault(error.code, error.path or path, error.message, error.remedy or _USE_CEL)

    def _enter(self, plan: StepPlan) -> None:
        for name, scope in plan.type.scopes(plan.config).items():
            place = _locate(plan.step.config, scope)
            inner = ScopePlan(
                name=name,
                path=f"{plan.path}/config{pointer(name) if place is None else place}",
                owner=plan,
                depth=plan.scope.depth + 1,
                local_names=plan.type.scope_names(plan.config, name, step=plan.step),
                is_concurrent=plan.type.is_concurrent(plan.config),
            )
            plan.scopes[name] = inner
            self._fill(inner, scope, outer=plan.scope.names)


def _locate(value: Json, scope: ScopeDefinition) -> str | None:
    """Where in a config that scope stands. Step types need not say it: the scope is recognised by its step ids."""
    if isinstance(value, Mapping):
        steps = value.get("steps")
        if isinstance(steps, list | tuple) and _ids(steps) == [step.id for step in scope.steps]:
            return ""
        children = value.items()
    elif isinstance(value, list | tuple):
        children = dict(enumerate(value)).items()
    else:
        return None
    for key, child in children:
        found = _locate(child, scope)
        if found is not None:
            return pointer(key) + found
    return None


def _ids(steps: list[Json] | tuple[Json, ...]) -> list[Json]:
    return [step.get("id") if isinstance(step, Mapping) else None for step in steps]
