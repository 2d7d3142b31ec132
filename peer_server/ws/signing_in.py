"""`hello`: from a ticket or a token to the person behind a socket."""

from dataclasses import replace

from flow_runtime.errors import Conflict, InvalidDefinition
from peer_server.access import Principal, Unauthenticated
from peer_server.run_place import actor_of
from peer_server.secrets import Secret
from peer_server.wire import Ack, Hello
from peer_server.ws.session import Session


class SignInRefused(Unauthenticated):
    """The ticket or token of a `hello` is not valid: the socket is closed after this error."""


async def hello(session: Session, command: Hello) -> None:
    """Sign the socket in, answer, and say how much waits for this person.

    Raises `SignInRefused`, `Conflict` if it is signed in, `InvalidDefinition`.
    """
    if session.principal is not None:
        raise Conflict("already_signed_in", "this socket has said hello")
    principal = await _authenticate(session, command)
    session.principal = replace(principal, address=session.address, door="socket")
    session.services.chat.client_tools.offer(session.id, [tool.name for tool in command.client_tools])
    session.send(Ack(id=command.id, session_id=session.id, user=actor_of(principal.subject())))
    await session.follow_inbox()


async def _authenticate(session: Session, command: Hello) -> Principal:
    if (command.ticket is None) == (command.token is None):
        raise InvalidDefinition("invalid_command", "send either a ticket or a token")
    sign_in = session.services.sign_in
    try:
        if command.ticket is not None:
            return await sign_in.redeem_ticket(Secret(command.ticket))
        return await sign_in.authenticate(Secret(command.token or ""), session=False)
    except Unauthenticated as error:
        await session.services.limits.hit_refused(session.address)
        raise SignInRefused(error.code, error.message, remedy=error.remedy) from error
