"""`/healthz`, `/readyz` and `/metrics`: does this process live and work, and how much. Workers have these alone."""

import hmac
from datetime import UTC, datetime
from typing import Literal

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse

from peer_server.access import PUBLIC, Unauthenticated, unknown
from peer_server.services.oversight.telemetry import CONTENT_TYPE
from peer_server.stores.standing import find_standing
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, address_of, needs, router
from peer_server.web.json_request import Answer
from peer_server.web.openapi_answers import also

api = router("platform")


class Alive(Answer):
    """The process is alive."""

    status: Literal["ok"]


class Ready(Answer):
    """The state of each part."""

    status: Literal["ok"]
    store: str
    runtime: str
    server: str


@api.get("/healthz", dependencies=[needs(PUBLIC)], response_model=Alive)
async def healthz() -> JsonAnswer:
    """The process is alive."""
    return JsonAnswer({"status": "ok"})


@api.get("/readyz", dependencies=[needs(PUBLIC)], response_model=Ready)
async def readyz(*, services: Use) -> JsonAnswer:
    """The server can do its work: its store answers and it is not draining."""
    parts = await services.health()
    is_ready = all(state == "ok" for state in parts.values())
    return JsonAnswer({"status": "ok" if is_ready else "unavailable", **parts}, 200 if is_ready else 503)


@api.get("/metrics", dependencies=[needs(PUBLIC)], response_class=PlainTextResponse, responses=also(401, 404))
async def metrics(*, request: Request, services: Use) -> Response:
    """Figures for Prometheus, by the bearer token that the installation is set to; 404 where it is set to none."""
    token = services.settings.metrics_token
    if token is None:
        raise unknown("page", "/metrics")
    shown = request.headers.get("authorization", "")
    if not hmac.compare_digest(shown.encode(), f"Bearer {token.get_secret_value()}".encode()):
        await services.limits.hit_refused(address_of(request))
        raise Unauthenticated("unauthenticated", "this is not the token of the metrics")
    standing = await services.store.read(find_standing, now=datetime.now(UTC))
    return Response(services.telemetry.render(standing), media_type=CONTENT_TYPE)
