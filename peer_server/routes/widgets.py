"""`/v1/widget`: the widgets that steps may show, and what is done in a shown one."""

from typing import Annotated

from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.json_limits import LARGEST_NUMBER
from peer_server.access import Principal, unknown
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body
from widgets import ready_widgets

api = router("widget")
Reader = Annotated[Principal, needs("widget.read")]
Writer = Annotated[Principal, needs("conversation.write")]


class Act(Body):
    """Something that was done in a shown widget."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    payload: Json = None
    rev: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
    """The state revision that the person saw; a stale one is refused."""


class WidgetSummary(Answer):
    """A ready-made widget: a component tree bound to a state."""

    id: str
    key: str
    name: str
    description: str
    category: str
    tags: list[str]
    state_schema: dict[str, Json]
    view: dict[str, Json]


class WidgetAnswer(WidgetSummary):
    """The same with an example of its state."""

    example: Json


class WidgetList(Answer):
    """All ready-made widgets."""

    items: list[WidgetSummary]


class DoneInWidget(Answer):
    """The message and the turn that it caused, if it did, and where the conversation is."""

    message_id: str | None
    turn_id: str | None
    seq: int


@api.get("/v1/widget", response_model=WidgetList)
async def list_all(_who: Reader) -> JsonAnswer:
    """The ready-made widgets."""
    return JsonAnswer({"items": [{"id": key, **ready.definition} for key, ready in ready_widgets().items()]})


@api.get("/v1/widget/{widget_id}", response_model=WidgetAnswer)
async def get(*, widget_id: str, _who: Reader) -> JsonAnswer:
    """One widget with an example of its state."""
    ready = ready_widgets().get(widget_id)
    if ready is None:
        raise unknown("widget", widget_id)
    return JsonAnswer({"id": widget_id, **ready.definition, "example": ready.example})


@api.post("/v1/message-widget/{message_widget_id}/action", response_model=DoneInWidget)
async def act(*, message_widget_id: str, body: Act, who: Writer, services: Use) -> JsonAnswer:
    """Do in a shown widget what a click in it would do."""
    sent = await services.chat.widget_actions.act(
        who, message_widget_id, name=body.name, payload=body.payload, rev=body.rev
    )
    return JsonAnswer({"messageId": sent.message_id, "turnId": sent.turn_id, "seq": sent.seq})
