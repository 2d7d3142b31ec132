"""`/healthz`, `/readyz` and `/v1/step-type`: is it alive, can it work, what can flows be made of."""

from typing import Annotated

from fastapi import Query

from flow_runtime.errors import Json
from peer_server.access import PUBLIC, Principal
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, needs, router

api = router("platform")


@api.get("/healthz", dependencies=[needs(PUBLIC)], response_class=JsonAnswer)
async def healthz() -> JsonAnswer:
    """The process is alive."""
    return JsonAnswer({"status": "ok"})


@api.get("/readyz", dependencies=[needs(PUBLIC)], response_class=JsonAnswer)
async def readyz(*, services: Use) -> JsonAnswer:
    """The server can do its work: its store answers and it is not draining."""
    parts = await services.health()
    is_ready = all(state == "ok" for state in parts.values())
    return JsonAnswer({"status": "ok" if is_ready else "unavailable", **parts}, 200 if is_ready else 503)


@api.get("/v1/step-type", response_class=JsonAnswer)
async def step_types(
    *,
    _who: Annotated[Principal, needs("flow.read")],
    services: Use,
    category: Annotated[str | None, Query(max_length=32)] = None,
) -> JsonAnswer:
    """Every step type with the schema of its config: the palette of an editor."""
    items: list[dict[str, Json]] = services.registry.describe()
    return JsonAnswer({"items": [item for item in items if category in {None, item["category"]}]})
