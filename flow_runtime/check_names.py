"""Which names are bound where: an expression may only use what some step before it has made.

For each step two sets are carried along the edges: names bound on every path to it, and names bound on at least one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flow_runtime.expressions import RESERVED_NAMES
from flow_runtime.plan import BASE_NAMES, ERROR_PORT, Plan, ScopePlan, StepPlan
from flow_runtime.step import Fault


@dataclass(frozen=True, slots=True)
class _Bound:
    """Names bound on every path, and names bound on some path."""

    always: frozenset[str]
    sometimes: frozenset[str]

    def plus(self, *names: str) -> "_Bound":
        return _Bound(self.always | set(names), self.sometimes | set(names))

    def merge(self, other: "_Bound") -> "_Bound":
        return _Bound(self.always & other.always, self.sometimes | other.sometimes)


def check_names(plan: Plan) -> Iterator[Fault]:
    """Names used before they can exist, names that may be null, names that hide others, forbidden assignments."""
    if any(fault.code == "cycle" for fault in plan.faults):
        return  # There is no order to reason about.
    start = BASE_NAMES | plan.root.local_names
    yield from _check_scope(plan.root, _Bound(start, start))
    for step in plan.steps.values():
        yield from _check_own_names(step)


def _check_scope(scope: ScopePlan, bound: _Bound) -> Iterator[Fault]:
    arriving: dict[str, _Bound] = {}
    if scope.start is not None:
        arriving[scope.start.step.id] = bound.plus(*scope.local_names)
    for step in _in_order(scope):
        here = arriving.get(step.step.id)
        if here is None:
            continue  # Unreachable: reported as such.
        yield from _check_step(step, here)
        for inner in step.scopes.values():
            yield from _check_scope(inner, here)
        done = here.plus(*step.assigns, *((step.step.output,) if step.step.output else ()))
        for port, target in step.targets.items():
            leaving = here if port == ERROR_PORT else done
            known = arriving.get(target.step.id)
            arriving[target.step.id] = known.merge(leaving) if known else leaving


def _in_order(scope: ScopePlan) -> list[StepPlan]:
    """The steps so that every edge leads forward."""
    incoming = dict.fromkeys(scope.steps, 0)
    for step in scope.steps.values():
        for target in step.targets.values():
            incoming[target.step.id] += 1
    free = [step for step_id, step in scope.steps.items() if not incoming[step_id]]
    order: list[StepPlan] = []
    while free:
        step = free.pop()
        order.append(step)
        for target in step.targets.values():
            incoming[target.step.id] -= 1
            if not incoming[target.step.id]:
                free.append(target)
    return order


def _check_step(step: StepPlan, bound: _Bound) -> Iterator[Fault]:
    for path, names in _used_names(step).items():
        where = f"{step.path}/config/{path}"
        for name in sorted(names - bound.sometimes):
            message = f"{name!r} is made by a step that does not come before {step.step.id!r}"
            yield Fault("unbound_name", message, where, "use it after that step, or move the step")
        for name in sorted((names & bound.sometimes) - bound.always):
            message = f"{name!r} is null on the paths to {step.step.id!r} that do not make it"
            yield Fault("maybe_null", message, where, f"compare it with null first: {name} != null", "hint")


def _used_names(step: StepPlan) -> Mapping[str, frozenset[str]]:
    used = {path: expression.names for path, expression in step.expressions.items()}
    return used | {path: template.names for path, template in step.templates.items()}


def _check_own_names(step: StepPlan) -> Iterator[Fault]:
    output = {step.step.output} if step.step.output else set()
    for name in sorted(output & RESERVED_NAMES):
        message = f"{name!r} is a word of the expression language"
        yield Fault("reserved_name", message, f"{step.path}/output", "choose another name")
    for name in sorted((output | step.assigns) & BASE_NAMES):
        message = f"{name!r} hides what expressions know by that name"
        yield Fault("hidden_name", message, step.path, "choose another name", "warning")
    for name in sorted(step.assigns & _beyond_concurrency(step.scope)):
        message = f"{name!r} belongs to an outer scope, and scopes that run side by side may not write it"
        yield Fault("concurrent_assign", message, f"{step.path}/config", "return it as output, or use another name")


def _beyond_concurrency(scope: ScopePlan) -> frozenset[str]:
    """Names of the scopes outside the innermost concurrent scope around; inner bindings of a name win."""
    inner: set[str] = set()
    at: ScopePlan | None = scope
    while at is not None:
        outside = at.parent
        inner |= at.local_names | _outputs(at)
        if at is not scope:
            inner.update(*(step.assigns for step in at.steps.values()))
        if at.is_concurrent and outside is not None:
            return outside.names - BASE_NAMES - inner
        at = outside
    return frozenset()


def _outputs(scope: ScopePlan) -> set[str]:
    return {step.step.output for step in scope.steps.values() if step.step.output}
