"""`/v1/flowrun/callback`: where other systems answer a request that waits for them."""

from fastapi import Request

from peer_server.access import PUBLIC
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, needs, router

api = router("run")


@api.post("/v1/flowrun/callback/{token}", dependencies=[needs(PUBLIC)], status_code=202, response_class=JsonAnswer)
async def deliver(*, token: str, request: Request, services: Use) -> JsonAnswer:
    """Answer the request that this URL was sent with: any JSON, once. The token is the only right that is needed."""
    answer = await request.json() if await request.body() else None
    settled = await services.callbacks.deliver(token, answer)
    return JsonAnswer({"status": "accepted", "interruptId": settled.id}, 202)
