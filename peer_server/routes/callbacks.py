"""`/v1/flowrun/callback`: where other systems answer a request that waits for them."""

from functools import partial

from fastapi import Request

from flow_runtime.errors import Json
from flow_runtime.json_limits import JsonError, parse_json
from peer_server.access import PUBLIC
from peer_server.routes.run_records import SettledCallback
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, address_of, needs, router
from peer_server.web.json_request import described

api = router("run")


@api.post(
    "/v1/flowrun/callback/{token}",
    dependencies=[needs(PUBLIC)],
    status_code=202,
    response_model=SettledCallback,
    openapi_extra=described("Any JSON, or any text; it becomes the `body` of the step's output.", done={"ok": True}),
)
async def deliver(*, token: str, request: Request, services: Use) -> JsonAnswer:
    """Answer the request that this URL was sent with, once: JSON, or any text. The token is the only right needed."""
    settled, is_repeated = await services.callbacks.deliver(
        token, await _answer(request), admit=partial(services.limits.hit_refused, address_of(request))
    )
    if is_repeated:
        return JsonAnswer({"status": "already_settled", "interruptId": settled.id, "repeated": True}, 200)
    return JsonAnswer({"status": "accepted", "interruptId": settled.id}, 202)


async def _answer(request: Request) -> Json:
    """What was sent; what does not claim to be JSON may be any text. Raises `ProblemRaised` for bad JSON."""
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and (kind == "application/json" or kind.endswith("+json")):
        return await request.json()
    try:
        return parse_json(body, max_bytes=len(body)) if body else None
    except JsonError:
        return body.decode(errors="replace").replace("\0", "�")
