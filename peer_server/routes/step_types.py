"""`/v1/step-type`: what flows are made of."""

from typing import Annotated, Literal

from fastapi import Query

from flow_runtime.errors import Json
from peer_server.access import Principal
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer

api = router("platform")


class StepTypeAnswer(Answer):
    """One step type; `ports` and `scopes` are those of its example."""

    type: str
    title: str
    summary: str
    category: str
    effect: Literal["pure", "idempotent", "once"]
    chat_only: bool
    ports: list[str]
    scopes: list[str]
    config_schema: dict[str, Json]
    example: dict[str, Json]
    docs: str


class StepTypes(Answer):
    """Every step type that is installed."""

    items: list[StepTypeAnswer]


@api.get("/v1/step-type", response_model=StepTypes)
async def step_types(
    *,
    _who: Annotated[Principal, needs("flow.read")],
    services: Use,
    category: Annotated[str | None, Query(max_length=32)] = None,
) -> JsonAnswer:
    """Every step type with the schema of its config: the palette of an editor."""
    items: list[dict[str, Json]] = services.registry.describe()
    return JsonAnswer({"items": [item for item in items if category in {None, item["category"]}]})
