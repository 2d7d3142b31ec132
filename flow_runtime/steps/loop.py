"""`loop`: repeats a scope for each item of a list, or while a condition holds."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from flow_runtime.errors import Json, StepFailed
from flow_runtime.flow import ScopeDefinition, StepDefinition, StepId
from flow_runtime.step import (
    CelExpression,
    Done,
    Enter,
    Fault,
    Instance,
    Outcome,
    PureStep,
    StepConfig,
    StepContext,
)

_BODY: Final = "body"
_DEFAULT_LIMIT: Final = 1000


class LoopConfig(StepConfig):
    """`each` needs `items`, `while` needs `while`. Beyond `maxIterations` the loop ends with a warning."""

    mode: Literal["each", "while"] = "each"
    items: Annotated[
        Json,
        Field(description="A list, or a template or CEL expression that gives one.", examples=["order.lines", [1, 2]]),
    ] = None
    condition: Annotated[CelExpression | None, Field(alias="while")] = None
    max_iterations: Annotated[int, Field(ge=1, le=10_000)] | None = None
    concurrency: Annotated[int, Field(ge=1, le=100)] = 1
    start: StepId
    steps: Annotated[tuple[StepDefinition, ...], Field(min_length=1)]


class Loop(PureStep[LoopConfig]):
    """`each` gives the list of what its iterations gave, `while` what the last one gave.

    Inside, `item` and `index` (each) or `iteration` (while) are known, counted from 0.
    """

    type_name = "loop"
    title = "Loop"
    summary = "Repeat steps for each item, or while something holds"
    category = "control"
    config_model = LoopConfig
    example: ClassVar[dict[str, Json]] = {
        "mode": "each",
        "items": [1, 2, 3],
        "start": "double",
        "steps": [{"id": "double", "type": "set-variable", "config": {"values": {"twice": "{{ item * 2 }}"}}}],
    }

    def expressions(self, config: LoopConfig) -> Mapping[str, str]:
        """The condition, and `items` where it is a bare text."""
        found = {"items": config.items if _is_bare(config.items) else None, "while": config.condition}
        return {name: value for name, value in found.items() if value is not None}

    def templates(self, config: LoopConfig) -> Mapping[str, Json]:
        """`items` in any other form."""
        return {} if _is_bare(config.items) or config.items is None else {"items": config.items}

    def scopes(self, config: LoopConfig) -> Mapping[str, ScopeDefinition]:
        """The body."""
        return {_BODY: ScopeDefinition(start=config.start, steps=config.steps)}

    def scope_names(self, config: LoopConfig, scope: str, *, step: StepDefinition) -> frozenset[str]:
        """What the body knows about its iteration."""
        return frozenset({"item", "index"} if config.mode == "each" else {"iteration"})

    def is_concurrent(self, config: LoopConfig) -> bool:
        """Whether iterations may run side by side."""
        return config.mode == "each" and config.concurrency > 1

    def check(self, config: LoopConfig, step: StepDefinition) -> Sequence[Fault]:
        """Each mode needs its own field."""
        field, value = ("items", config.items) if config.mode == "each" else ("while", config.condition)
        if value is None:
            return [
                Fault("missing_field", f"a loop of mode {config.mode!r} needs {field!r}", f"/{field}", "fill it in")
            ]
        return ()

    def evaluate(self, config: LoopConfig, context: StepContext) -> Outcome:
        """Enter the first iterations. Raises `StepFailed` if `items` is no list."""
        if config.mode == "while":
            return self._next(config, context, entered=0)
        items = context.evaluate("items") if _is_bare(config.items) else context.value("items")
        if not isinstance(items, list | tuple):
            message = f"items must be a list, it is {type(items).__name__}"
            raise StepFailed("not_a_list", message, category="data_validation", remedy="Give it a list.")
        total = min(len(items), config.max_iterations or len(items))
        instances = [
            Instance(f"[{index}]", _BODY, {"item": item, "index": index}) for index, item in enumerate(items[:total])
        ]
        return Enter(instances, concurrency=config.concurrency, collect="list")

    async def returned(self, config: LoopConfig, context: StepContext, collected: Json, *, entered: int) -> Outcome:
        """Give the list, or go round again."""
        if config.mode == "while":
            return self._next(config, context, entered=entered)
        return Done(use_collected=True)

    def _next(self, config: LoopConfig, context: StepContext, *, entered: int) -> Outcome:
        goes_on = context.evaluate("while")
        if not isinstance(goes_on, bool):
            message = f"while must be true or false, it gave {type(goes_on).__name__}"
            raise StepFailed("not_boolean", message, category="data_validation")
        limit = config.max_iterations or _DEFAULT_LIMIT
        if goes_on and entered < limit:
            return Enter([Instance(f"[{entered}]", _BODY, {"iteration": entered})], collect="last")
        warnings = [f"the loop ended after {limit} iterations although its condition still holds"] if goes_on else []
        return Done(use_collected=entered > 0, warnings=warnings)


def _is_bare(items: Json) -> bool:
    """Whether `items` is an expression, like the condition of the other mode, rather than a template."""
    return isinstance(items, str) and "{{" not in items
