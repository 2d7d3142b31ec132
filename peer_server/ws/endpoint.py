"""`/v1/ws`, a plain ASGI application: check the origin, accept, and handle the frames of one socket in order."""

import asyncio
import logging
from contextlib import suppress
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from flow_runtime.errors import FlowError, StoreUnavailable
from peer_server.services.bundle import Services
from peer_server.wire import SUBPROTOCOL, AnyCommand, CommandError
from peer_server.ws.commands import ENTRIES, undeclared_commands
from peer_server.ws.decoding import Undecodable, command_error, decode
from peer_server.ws.hub import Hub
from peer_server.ws.session import CLOSE_SIGNED_OUT, Session
from peer_server.ws.signing_in import SignInRefused
from peer_server.ws.writer import Writer

log = logging.getLogger(__name__)

CLOSE_NOT_TEXT: Final = 1003


class SocketEndpoint:
    """Serves sockets. Raises RuntimeError when made if a command declares no permission."""

    def __init__(self, services: Services) -> None:
        missing = undeclared_commands()
        if missing:
            raise RuntimeError(f"commands without a permission: {', '.join(missing)}; add them to commands.ENTRIES")
        self._services = services
        self.hub = Hub(services)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until it ends."""
        await receive()  # websocket.connect
        if not await self._accept(scope, send):
            return
        address = scope["client"][0] if scope.get("client") else None
        session = Session(services=self._services, hub=self.hub, writer=Writer(send), address=address)
        stop_looking = self.hub.wheel.add(session.look)
        try:
            await self._serve(session, receive)
        except asyncio.CancelledError:
            if not session.is_given_up:
                raise
        finally:
            stop_looking()
            session.end()

    async def _accept(self, scope: Scope, send: Send) -> bool:
        """Refuse pages of other origins; programs send no origin. Nothing of the handshake is kept."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None and not self._services.origins.allows(origin, host=headers.get("host", "")):
            await send({"type": "websocket.close", "code": 1008, "reason": "foreign origin"})  # becomes 403
            return False
        subprotocol = SUBPROTOCOL if SUBPROTOCOL in scope.get("subprotocols", ()) else None
        await send({"type": "websocket.accept", "subprotocol": subprotocol})
        return True

    async def _serve(self, session: Session, receive: Receive) -> None:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                session.writer.close(CLOSE_NOT_TEXT, "text frames only")
                continue
            try:
                command = decode(text)
            except Undecodable as refused:
                session.send(refused.answer)
                continue
            await self._handle(session, command)

    async def _look_again(self, session: Session) -> None:
        """Before each command, as before each request: what was taken away does not count until the next look."""
        with suppress(StoreUnavailable):  # Whatever needs the store is refused without it.
            if not await session.renew():
                raise SignInRefused("unauthenticated", "the credential is over", remedy="sign in again")

    async def _handle(self, session: Session, command: AnyCommand) -> None:
        """Carry out one command and answer it. Whatever goes wrong, the socket lives."""
        entry = ENTRIES[type(command)]
        try:
            if entry.permission != "public":
                await self._look_again(session)
                session.who.require(entry.permission)
                await self._services.limits.hit_principal(session.who)
            answer = await entry.handle(session, command)
        except SignInRefused as error:
            session.send(command_error(error, command.id))
            session.writer.close(CLOSE_SIGNED_OUT, "not signed in")
        except FlowError as error:
            session.send(command_error(error, command.id))
        except Exception:
            log.exception("command %s failed", command.type)
            message = "something went wrong here; the log of the server says what"
            session.send(CommandError(id=command.id, code="internal", message=message))
        else:
            if answer is not None:
                session.send(answer)
