"""Mistakes found before a flow runs: errors forbid publishing, warnings forbid deploying, hints only advise.

Structural errors come from compiling (`plan`), name errors from `check_names`; what is legal but questionable is here,
one small function per rule.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Literal, Protocol, TypeAlias

from pydantic import BaseModel

from flow_runtime.cel_syntax import Key, Path
from flow_runtime.check_names import check_names
from flow_runtime.errors import InvalidDefinition, Json
from flow_runtime.expressions import Expression
from flow_runtime.flow import FlowDefinition
from flow_runtime.plan import (
    ERROR_PORT,
    EXPIRED_PORT,
    REJECT_PORT,
    Plan,
    StepPlan,
    compile_flow,
    parse_definition,
    pointer,
)
from flow_runtime.plan_order import reachable
from flow_runtime.registry import StepRegistry
from flow_runtime.schema_validation import check_schema
from flow_runtime.step import Effect, Fault
from flow_runtime.templates import Template

ResourceKind: TypeAlias = Literal[
    "flow", "peer", "widget", "variable", "profile", "trigger", "connection", "data source"
]
_RESOURCES: Final[Mapping[str, ResourceKind]] = {
    "flow_id": "flow",
    "peer_id": "peer",
    "widget_id": "widget",
    "profile": "profile",
    "sources": "data source",
}
"""Config fields of these names refer to other objects of the workspace, in built-in and foreign step types alike."""
_FIXED: Final[frozenset[ResourceKind]] = frozenset({"flow", "peer", "widget"})
"""What is named by its id alone: who may use it is asked when the flow is saved, not when it runs."""
_VARIABLE: Final = re.compile(r"\benv\.([A-Za-z_][A-Za-z0-9_]*)")
_SECRET_FIELD: Final = re.compile(r"authorization|api[-_]?key|password|passwd|secret|token$", re.IGNORECASE)
_SECRET_VALUE: Final = re.compile(r"\b(sk|pk|ghp|xox[abp])[-_][A-Za-z0-9_-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----")
_SHORTEST_SECRET: Final = 8
_UNATTENDED: Final = frozenset({"api", "schedule"})


class Resources(Protocol):
    """What exists in the workspace of the flow; loaded by the caller beforehand."""

    def has(self, kind: ResourceKind, name: str) -> bool:
        """Whether the flow, Peer or widget of that id, the variable of that name, and so on, exists."""
        ...

    def lacks(self, kind: ResourceKind, name: str) -> str:
        """What must be installed before something that exists can work, as a remedy; empty if nothing."""
        ...


def check_definition(
    definition: Mapping[str, Json], registry: StepRegistry, *, resources: Resources | None = None
) -> list[Fault]:
    """Every finding about a definition in JSON, errors first. Without `resources`, references are not followed."""
    try:
        parsed = parse_definition(definition)
    except InvalidDefinition as error:
        return [
            Fault(fault["code"], fault["message"], fault["path"], "see the published schema")
            for fault in error.details or ()
        ]
    return check_flow(parsed, registry, resources=resources)


def check_flow(
    definition: FlowDefinition, registry: StepRegistry, *, resources: Resources | None = None
) -> list[Fault]:
    """Every finding about a parsed definition, errors first."""
    plan = compile_flow(definition, registry)
    found = [*plan.faults, *check_names(plan)]
    for rule in _FLOW_RULES:
        found.extend(rule(plan))
    for step in plan.steps.values():
        for step_rule in _STEP_RULES:
            found.extend(step_rule(step, definition))
        if resources is not None:
            found.extend(_missing_resources(step, resources))
    if resources is not None:
        found.extend(_missing_triggers(definition, resources))
    return sorted(found, key=lambda fault: ("error", "warning", "hint").index(fault.level))


def references(definition: FlowDefinition, registry: StepRegistry) -> Iterator[tuple[ResourceKind, str]]:
    """What the steps of a definition refer to: the kind of each thing, and its id or name."""
    for step in compile_flow(definition, registry).steps.values():
        yield from ((kind, name) for _, kind, name in (*_references(step.config), *_model_references(step.config)))


# --- rules about the whole flow ---------------------------------------------------------------------------------------


def _unreachable_steps(plan: Plan) -> Iterator[Fault]:
    scopes = [plan.root, *(scope for step in plan.steps.values() for scope in step.scopes.values())]
    for scope in scopes:
        seen = reachable(scope.edges(), scope.start.step.id) if scope.start else set(scope.steps)
        for step_id, step in scope.steps.items():
            if step_id not in seen:
                message = f"nothing leads to step {step_id!r}"
                yield Fault("unreachable_step", message, step.path, "connect a port to it, or delete it", "warning")


def _input_schema(plan: Plan) -> Iterator[Fault]:
    for error in check_schema(dict(plan.definition.inputs)):
        yield Fault("inputs_schema", error.message, f"/inputs{error.pointer}", "write a valid JSON Schema")


def _missing_final(plan: Plan) -> Iterator[Fault]:
    if not any(step.step.type == "final" for step in plan.steps.values()):
        message = "there is no final step, so the run's output is whatever its last step gives"
        yield Fault("no_final", message, "/steps", "end the flow with a final step", "hint")


def _unknown_steps(plan: Plan) -> Iterator[Fault]:
    """``steps.<id>`` of a step that this flow does not have."""
    remedy = f"the steps are: {', '.join(sorted(plan.steps))}"
    for step in plan.steps.values():
        texts: dict[str, Expression | Template] = {**step.expressions, **step.templates}
        for field, compiled in texts.items():
            for name in sorted({_step_of(path) for path in compiled.paths} - {None, *plan.steps}, key=str):
                yield Fault("unknown_step", f"no step is called {name!r}", f"{step.path}/config/{field}", remedy)


def _step_of(path: Path) -> Key | None:
    """The step that a path names and needs, if it names one: ``steps.pay.output``, ``context.steps.pay``."""
    whole = (path.name, *path.keys)
    keys = whole[1:] if whole[0] == "context" else whole
    if keys[:1] != ("steps",) or len(keys) == 1:
        return None
    is_optional = path.may_be_missing and len(keys) == 2  # noqa: PLR2004 - the step itself is the last key
    return None if is_optional else keys[1]


# --- rules about one step ---------------------------------------------------------------------------------------------


def _own_checks(plan: StepPlan, _definition: FlowDefinition) -> Iterator[Fault]:
    for fault in plan.type.check(plan.config, plan.step):
        yield Fault(fault.code, fault.message, f"{plan.path}/config{fault.path}", fault.remedy, fault.level)


def _open_ports(plan: StepPlan, _definition: FlowDefinition) -> Iterator[Fault]:
    step, path = plan.step, f"{plan.path}/next"
    for port in plan.ports[1:]:
        if port in plan.targets or port == ERROR_PORT:
            continue
        if port == EXPIRED_PORT:
            if getattr(plan.config, "expires_in_s", None) is not None and step.on_error != "continue":
                message = f"the run fails when nobody answers {step.id!r} in time"
                yield Fault("open_expired_port", message, path, "connect the port 'expired'", "warning")
        elif port == REJECT_PORT and plan.type.category == "people":
            message = f"a rejection at {step.id!r} ends the run as completed and rejected"
            yield Fault("open_reject_port", message, path, "connect the port 'reject' to do more", "hint")
        else:
            message = f"port {port!r} of {step.id!r} leads nowhere: its scope ends there"
            yield Fault("open_port", message, path, f"connect the port {port!r}", "hint")
    if plan.type.effect is not Effect.PURE and step.on_error == "port" and ERROR_PORT not in plan.targets:
        message = f"the run fails when {step.id!r} fails"
        yield Fault("open_error_port", message, path, "connect the port 'error', or set onError", "hint")


def _retry_of_once(plan: StepPlan, _definition: FlowDefinition) -> Iterator[Fault]:
    if plan.is_once and plan.step.retry is not None and plan.step.retry.max_attempts > 1:
        message = f"step {plan.step.id!r} must take effect at most once, and a retry may repeat the effect"
        yield Fault("retry_of_once", message, f"{plan.path}/retry", "remove the retry", "warning")


def _long_timeouts(plan: StepPlan, definition: FlowDefinition) -> Iterator[Fault]:
    settings, step = definition.settings, plan.step
    outer = settings.sync_timeout_s if settings.mode == "sync" else settings.async_timeout_s
    if step.timeout_s is not None and outer is not None and step.timeout_s > outer:
        message = f"the flow ends after {outer} s, before the {step.timeout_s:g} s of step {step.id!r} are over"
        yield Fault("long_timeout", message, f"{plan.path}/timeoutS", "shorten it, or give the flow more time", "hint")
    model = getattr(plan.config, "model_timeout_s", None)
    limit = min((limit for limit in (step.timeout_s, outer) if limit is not None), default=None)
    if model is not None and limit is not None and model > limit:
        message = f"step {step.id!r} ends after {limit:g} s, before the {model:g} s of its model are over"
        yield Fault("long_timeout", message, f"{plan.path}/config/modelTimeoutS", "shorten it", "hint")


def _chat_only(plan: StepPlan, definition: FlowDefinition) -> Iterator[Fault]:
    triggers = sorted({trigger.type for trigger in definition.triggers} & _UNATTENDED)
    if plan.type.chat_only and triggers:
        message = (
            f"step {plan.step.id!r} does nothing outside a conversation, and {' and '.join(triggers)} starts there"
        )
        yield Fault("chat_only", message, plan.path, "check that the flow still makes sense without it", "hint")


def _plain_secrets(plan: StepPlan, _definition: FlowDefinition) -> Iterator[Fault]:
    for path, value in _texts(plan.step.config):
        field = path.rpartition("/")[2]
        is_secret = _SECRET_VALUE.search(value) or (_SECRET_FIELD.search(field) and len(value) >= _SHORTEST_SECRET)
        if is_secret and "{{" not in value:
            remedy = "keep it in a secure variable and write {{ env.NAME }}"
            message = f"the value of {field!r} looks like a secret in plain text"
            yield Fault("plain_secret", message, f"{plan.path}/config{path}", remedy, "hint")


def _continue_past_people(plan: StepPlan, _definition: FlowDefinition) -> Iterator[Fault]:
    if plan.type.category == "people" and plan.step.on_error == "continue":
        message = f"without an answer to {plan.step.id!r} its scope ends; the main port is never taken by silence"
        yield Fault("continue_past_people", message, f"{plan.path}/onError", "connect the port 'expired'", "warning")


def _missing_resources(plan: StepPlan, resources: Resources) -> Iterator[Fault]:
    step = plan.step
    for path, kind, name in (*_references(plan.config), *_model_references(plan.config)):
        if ("{{" not in name or kind in _FIXED) and not resources.has(kind, name):
            message = f"step {step.id!r} needs the {kind} {name!r}, which does not exist"
            yield Fault("missing_resource", message, f"{plan.path}/config{path}", f"choose another {kind}")
        elif remedy := resources.lacks(kind, name):
            message = f"step {step.id!r} needs the {kind} {name!r}, which cannot work: something is not installed"
            yield Fault("not_installed", message, f"{plan.path}/config{path}", remedy)
    used = {variable: path for path, text in _texts(step.config) for variable in _VARIABLE.findall(text)}
    for variable, path in used.items():
        if not resources.has("variable", variable):
            message = f"step {step.id!r} needs the variable {variable!r}, which is not set"
            yield Fault("missing_variable", message, f"{plan.path}/config{path}", "set the variable", "warning")


def _missing_triggers(definition: FlowDefinition, resources: Resources) -> Iterator[Fault]:
    """Triggers of tools that do not exist."""
    for index, trigger in enumerate(definition.triggers):
        if trigger.type.startswith("webhook.") and not resources.has("trigger", trigger.type):
            message = f"no tool has a trigger of the type {trigger.type!r}"
            yield Fault("missing_resource", message, f"/triggers/{index}/type", "choose another one, or connect a tool")


def _references(value: object, path: str = "") -> Iterator[tuple[str, ResourceKind, str]]:
    """What a config refers to, wherever in it: the place, the kind and the id."""
    if isinstance(value, BaseModel):
        for field, info in type(value).model_fields.items():
            child, place = getattr(value, field), path + pointer(info.alias or field)
            if field in _RESOURCES and isinstance(child, str):
                yield place, _RESOURCES[field], child
            elif field in _RESOURCES and isinstance(child, list | tuple):
                named = ((index, name) for index, name in enumerate(child) if isinstance(name, str))
                yield from ((place + pointer(index), _RESOURCES[field], name) for index, name in named)
            else:
                yield from _references(child, place)
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from _references(child, path + pointer(str(key)))
    elif isinstance(value, list | tuple):
        for index, child in enumerate(value):
            yield from _references(child, path + pointer(index))


def _model_references(config: object) -> Iterator[tuple[str, ResourceKind, str]]:
    """The connection that a model's name needs: ``<connection>:<model>``, or a field of its own."""
    model, connection = getattr(config, "model", None), getattr(config, "connection", None)
    if isinstance(connection, str):
        yield "/connection", "connection", connection
    elif isinstance(model, str) and ":" in model:
        yield "/model", "connection", model.partition(":")[0]


def _texts(value: Json, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a config with its pointer; steps of nested scopes are checked on their own."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, child in value.items():
            if key != "steps":
                yield from _texts(child, path + pointer(key))
    elif isinstance(value, list | tuple):
        for index, child in enumerate(value):
            yield from _texts(child, path + pointer(index))


_FLOW_RULES: Final[Sequence[Callable[[Plan], Iterator[Fault]]]] = (
    _input_schema,
    _unknown_steps,
    _unreachable_steps,
    _missing_final,
)
_STEP_RULES: Final[Sequence[Callable[[StepPlan, FlowDefinition], Iterator[Fault]]]] = (
    _own_checks,
    _open_ports,
    _retry_of_once,
    _long_timeouts,
    _chat_only,
    _plain_secrets,
    _continue_past_people,
)
