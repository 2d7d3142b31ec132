"""Where sockets leave the way of HTTP requests, before routing: fewer frames per idle socket, no other socket paths."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

PATH: Final = "/v1/ws"


class SocketDoor:
    """Hands sockets on `/v1/ws` to their endpoint, refuses all others, and passes HTTP on."""

    def __init__(self, app: ASGIApp, *, endpoint: ASGIApp) -> None:
        self._app = app
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
        elif scope["path"] == PATH:
            await self._endpoint(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})
