"""Step types for conversations: each asks, shows or ends exactly what its config says."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from flow_runtime.errors import Json
from flow_runtime.run import InterruptKind, Settlement
from flow_runtime.step import Done, Outcome, PureStep, StepConfig, StepContext, Templated, Wait


class CardConfig(StepConfig):
    kind: InterruptKind = InterruptKind.APPROVAL
    payload: Templated = None
    response_schema: Mapping[str, Any] | None = None
    approvers: Sequence[str] = ()
    expires_in_s: float | None = None


class Card(PureStep[CardConfig]):
    """Asks with this very payload; a decision is the port, anything else goes on."""

    type_name = "card"
    title = "Card"
    summary = "Ask"
    category = "people"
    config_model = CardConfig
    example: ClassVar[dict[str, Json]] = {"payload": {"title": "Sure?"}}

    def ports(self, config: CardConfig) -> Sequence[str]:
        return ("approve", "reject", "expired")

    def evaluate(self, config: CardConfig, context: StepContext) -> Outcome:
        expires = config.expires_in_s
        return Wait(
            config.kind,
            context.value("payload"),
            response_schema=config.response_schema,
            approvers=config.approvers,
            expires_at=None if expires is None else context.now + timedelta(seconds=expires),
        )

    async def resume(self, config: CardConfig, context: StepContext, settlement: Settlement) -> Outcome:
        if settlement.status != "settled":
            return Done(port="expired")
        resolution: dict[str, Any] = settlement.resolution
        return Done(resolution, port=resolution.get("decision", "approve"))


class WidgetConfig(StepConfig):
    widget_id: str
    initial_state: Templated = None
    actions: Mapping[str, Any] = {}


class ShowWidget(PureStep[WidgetConfig]):
    """Adds a widget."""

    type_name = "add-widget-to-message"
    title = "Widget"
    summary = "Show"
    category = "chat"
    config_model = WidgetConfig
    example: ClassVar[dict[str, Json]] = {"widgetId": "w"}

    def evaluate(self, config: WidgetConfig, context: StepContext) -> Outcome:
        return Done(
            {
                "messageWidgetId": context.interrupt_id,
                "widgetId": config.widget_id,
                "widgetName": "A widget",
                "initialState": context.value("initialState"),
                "view": {"root": "r"},
                "actions": dict(config.actions),
            }
        )


class EndConfig(StepConfig):
    reason: str = ""


class EndSession(PureStep[EndConfig]):
    """Ends the session."""

    type_name = "end-session"
    title = "End"
    summary = "End"
    category = "chat"
    config_model = EndConfig
    example: ClassVar[dict[str, Json]] = {}

    def evaluate(self, config: EndConfig, context: StepContext) -> Outcome:
        return Done({"success": True, "reason": config.reason})


def ends(id: str, output: Json = None) -> dict[str, Json]:
    """A final step with this output."""
    return {"id": id, "type": "final", "config": {"output": output}}
