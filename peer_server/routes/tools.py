"""`/v1/tool`: other systems that tell flows of events; `/v1/trigger-type`: what may start a flow."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from flow_runtime.errors import Json
from peer_server.access import Principal
from peer_server.services.automation.tools import ToolSpec, ToolView
from peer_server.services.flows.flow_checks import BUILT_IN_TRIGGERS
from peer_server.stores.tools import ToolKind, ToolTrigger
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body
from peer_server.web.listing import InWindow, PagedList

api = router("tool")
Reader = Annotated[Principal, needs("connection.read")]
Admin = Annotated[Principal, needs("connection.manage")]
FlowReader = Annotated[Principal, needs("flow.read")]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$", examples=["Shop"])]
_EXAMPLE: Mapping[str, Json] = {
    "baseUrl": "https://api.shop.example",
    "triggers": [
        {
            "key": "order.created",
            "name": "Order created",
            "register": {
                "path": "/hooks",
                "body": {"url": "{{callbackUrl}}", "event": "{{key}}", "secret": "{{secret}}"},
                "externalId": "/id",
            },
            "unregister": {"method": "DELETE", "path": "/hooks/{{externalId}}"},
        }
    ],
}
ManifestBody = Annotated[dict[str, Json], Field(examples=[_EXAMPLE])]


class NewTool(Body):
    """A tool to connect."""

    name: Name
    kind: ToolKind = "manifest"
    """`webhook`: anything that sends signed JSON; `manifest`: a tool that says how its webhooks are registered."""
    manifest: ManifestBody | None = None
    profile: Annotated[str, Field(max_length=100)] | None = None
    """The authorization profile by which its calls sign in, by id or name."""
    description: Annotated[str, Field(max_length=2000)] = ""


class ToolChange(Body):
    """What is to be different; fields that are left out stay."""

    name: Name = ""
    manifest: ManifestBody | None = None
    profile: Annotated[str, Field(max_length=100)] | None = None
    """`null` takes the profile away."""
    description: Annotated[str, Field(max_length=2000)] = ""

    def changes(self) -> dict[str, Any]:
        """The fields that were sent."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: value for name, value in sent.items() if value is not None or name == "profile"}


class TriggerTypeAnswer(Answer):
    """One thing that may start a flow."""

    type: str
    title: str
    description: str = ""
    provider: str | None = None
    """The tool, for triggers of tools."""
    tool_id: str | None = None
    data_schema: Mapping[str, Json] = {}
    """What expressions find under `trigger.data`."""


class ToolAnswer(Answer):
    """A tool, and what it can tell of."""

    id: str
    name: str
    kind: ToolKind
    description: str
    manifest: Mapping[str, Json]
    profile: str | None
    triggers: list[TriggerTypeAnswer]
    created_at: datetime
    updated_at: datetime


class ToolList(PagedList):
    """All tools, by name."""

    items: list[ToolAnswer]


class TriggerTypes(Answer):
    """What may start a flow."""

    items: list[TriggerTypeAnswer]


@api.get("/v1/trigger-type")
async def trigger_types(*, who: FlowReader, services: Use) -> TriggerTypes:
    """Every type that a trigger of a flow may have: the built-in ones, and one for each trigger of a tool."""
    built_in = [TriggerTypeAnswer(type=kind, title=title) for kind, title in BUILT_IN_TRIGGERS.items()]
    return TriggerTypes(items=[*built_in, *map(_trigger, await services.automation.tools.triggers(who))])


@api.post("/v1/tool", status_code=201)
async def create(*, body: NewTool, who: Admin, services: Use) -> ToolAnswer:
    """Connect a tool."""
    return _answer(await services.automation.tools.create(who, ToolSpec(**dict(body))))


@api.get("/v1/tool")
async def list_all(*, who: Reader, services: Use, window: InWindow) -> ToolList:
    """All tools of the workspace."""
    return window.of(ToolList, [_answer(view) for view in await services.automation.tools.all(who)])


@api.get("/v1/tool/{tool_id}")
async def get(*, tool_id: str, who: Reader, services: Use) -> ToolAnswer:
    """One tool."""
    return _answer(await services.automation.tools.get(who, tool_id))


@api.patch("/v1/tool/{tool_id}")
async def change(*, tool_id: str, body: ToolChange, who: Admin, services: Use) -> ToolAnswer:
    """Change it; triggers keep their types as long as their keys stay."""
    return _answer(await services.automation.tools.change(who, tool_id, body.changes()))


@api.delete("/v1/tool/{tool_id}", status_code=204)
async def delete(*, tool_id: str, who: Admin, services: Use) -> None:
    """Remove it; 409 `tool_in_use` while flows have triggers at it."""
    await services.automation.tools.delete(who, tool_id)


def _answer(view: ToolView) -> ToolAnswer:
    names = set(ToolAnswer.model_fields) & set(view.row.__slots__)
    return ToolAnswer(
        **{name: getattr(view.row, name) for name in names}, triggers=[_trigger(one) for one in view.triggers]
    )


def _trigger(trigger: ToolTrigger) -> TriggerTypeAnswer:
    return TriggerTypeAnswer(
        type=trigger.type,
        title=trigger.spec.name,
        description=trigger.spec.description,
        provider=trigger.tool.name,
        tool_id=trigger.tool.id,
        data_schema=trigger.spec.data_schema,
    )
