"""Counts requests and sockets by their route, around everything else; installed only where somebody reads the count."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from peer_server.services.oversight.telemetry import Telemetry


class CountedRequests:
    """Tells the telemetry of each request how it was answered, and how long that took."""

    def __init__(self, app: ASGIApp, *, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            self._telemetry.socket(1)
            try:
                await self._app(scope, receive, send)
            finally:
                self._telemetry.socket(-1)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 500
        began = time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path_format", "other")  # Never the path: it has ids and tokens.
            seconds = time.perf_counter() - began
            self._telemetry.request(scope["method"], route, status=status, seconds=seconds)
