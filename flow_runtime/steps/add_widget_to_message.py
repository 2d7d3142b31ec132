"""`add-widget-to-message`: shows a widget in the message that the run belongs to."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from flow_runtime.errors import FlowError, Json, StepFailed
from flow_runtime.flow import StepDefinition
from flow_runtime.json_limits import LARGEST_NUMBER
from flow_runtime.schema_validation import validate
from flow_runtime.step import (
    TEMPLATE,
    Done,
    Effect,
    Fault,
    Outcome,
    StepConfig,
    StepContext,
    StepType,
    Templated,
    marked_fields,
)
from flow_runtime.templates import compile_template

_LATER: Final = frozenset({"payload", "state"})
"""Names that only exist once somebody acts in the widget."""
_AS_WRITTEN: Final = re.compile(r"actions/[^/]*/(flowId|version)")
"""Paths of what is no template: the right to a flow is asked of whoever names it, when that is published."""
_LATER_WORD: Final = re.compile(r"\{\{.*\b(payload|state)\b")


class WidgetAction(StepConfig):
    """What an action of the widget does: run a flow, say something for the person, change the state; also together.

    `flowId` is no template. Texts that read `payload` or `state` are filled in when somebody acts, others when shown.
    """

    flow_id: str | None = None
    version: Literal["deployed", "latest"] | Annotated[int, Field(ge=1, le=LARGEST_NUMBER)] = "deployed"
    inputs: Json = None
    say: str | None = None
    set: Annotated[Mapping[str, Json] | None, Field(description="New values by key or JSON Pointer.")] = None


class AddWidgetConfig(StepConfig):
    """Which widget, how it starts, and what its actions do."""

    widget_id: Annotated[str, Field(min_length=1, title="Widget")]
    initial_state: Annotated[Templated, Field(description="Must fit the widget's own schema.")] = None
    actions: Annotated[Mapping[Annotated[str, Field(pattern="^[^/]+$")], WidgetAction], Field(max_length=50)] = {}


class AddWidgetToMessage(StepType[AddWidgetConfig]):
    """Adds a widget and goes on; it does not wait. Outside a conversation it gives `{skipped: true}` and a warning.

    Output: `{messageWidgetId, widgetId, widgetName, initialState, view, actions}`.
    """

    type_name = "add-widget-to-message"
    title = "Add widget to message"
    summary = "Show a chart, a table, a card"
    category = "chat"
    chat_only = True
    effect = Effect.IDEMPOTENT
    config_model = AddWidgetConfig
    example: ClassVar[dict[str, Json]] = {
        "widgetId": "order-tracker",
        "initialState": {"orderId": "{{ inputs.orderId }}"},
        "actions": {"again": {"say": "Where is order {{ state.orderId }}?"}},
    }

    def templates(self, config: AddWidgetConfig) -> Mapping[str, Json]:
        """The state, and of the actions all that can be filled in now."""
        now = {path: text for path, text in _texts(_plain(config)) if not _LATER_WORD.search(text)}
        return {**marked_fields(config, TEMPLATE), **now}

    def check(self, config: AddWidgetConfig, step: StepDefinition) -> Sequence[Fault]:
        """Actions do something, and read either what is there now or what comes with the action."""
        found = [
            Fault("empty_action", f"action {name!r} does nothing", f"/actions/{name}", "give it flowId, say or set")
            for name, action in config.actions.items()
            if action.flow_id is None and action.say is None and action.set is None
        ]
        for path, text in _texts(_plain(config)):
            if _LATER_WORD.search(text):
                try:
                    compile_template(text, names=_LATER)
                except FlowError as error:
                    remedy = "Beside payload and state nothing can be read here; put it into the state first."
                    found.append(Fault(error.code, error.message, "/" + path, remedy))
        return found

    async def run(self, config: AddWidgetConfig, context: StepContext) -> Outcome:
        """Look the widget up and add it. Raises `StepFailed` ``widget_not_found``, ``invalid_state``."""
        if context.run.conversation_id is None:
            warning = "add-widget-to-message did nothing: the run belongs to no conversation"
            return Done({"skipped": True}, warnings=[warning])
        find: Callable[[str, str], Awaitable[Mapping[str, Json] | None]] | None = context.services.widgets
        widget = await find(context.run.workspace_id, config.widget_id) if find else None
        if widget is None:
            raise StepFailed("widget_not_found", f"there is no widget {config.widget_id!r}", category="data_validation")
        schema = widget.get("stateSchema") or {}
        state = _with_defaults(schema, context.value("initialState"))
        faults = validate(schema, state)
        if faults:
            message = f"the state does not fit the widget {config.widget_id!r}: {faults[0].pointer} {faults[0].message}"
            details = [fault.as_json() for fault in faults]
            raise StepFailed("invalid_state", message, category="data_validation", details=details)
        output: dict[str, Json] = {
            "messageWidgetId": context.interrupt_id,
            "widgetId": config.widget_id,
            "widgetName": widget.get("name", config.widget_id),
            "initialState": state,
            "view": widget.get("view"),
            "actions": _filled(_plain(config), context, "actions"),
        }
        return Done(output)


def _with_defaults(schema: Mapping[str, Json], state: Json) -> Json:
    """The state, with what the schema says of properties that it leaves out."""
    properties: Mapping[str, Json] = schema.get("properties") or {}
    known = {name: field["default"] for name, field in properties.items() if "default" in field}
    return {**known, **(state or {})} if isinstance(state, dict | None) else state


def _plain(config: AddWidgetConfig) -> dict[str, dict[str, Json]]:
    return {name: action.model_dump(by_alias=True, exclude_none=True) for name, action in config.actions.items()}


def _texts(value: Json, path: str = "actions") -> Iterator[tuple[str, str]]:
    """Every text of the actions that may be a template, by its path."""
    if isinstance(value, str) and not _AS_WRITTEN.fullmatch(path):
        yield path, value
    elif isinstance(value, Mapping | list):
        for key, child in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _texts(child, f"{path}/{key}")


def _filled(value: Json, context: StepContext, path: str) -> Json:
    """The actions with everything filled in that can be filled in now."""
    if isinstance(value, str):
        return value if _AS_WRITTEN.fullmatch(path) or _LATER_WORD.search(value) else context.value(path)
    if isinstance(value, Mapping):
        return {key: _filled(child, context, f"{path}/{key}") for key, child in value.items()}
    if isinstance(value, list):
        return [_filled(child, context, f"{path}/{index}") for index, child in enumerate(value)]
    return value
