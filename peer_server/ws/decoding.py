"""From the text of a frame to a command: within limits, strictly typed, and never an exception that ends the socket."""

from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from flow_runtime.errors import FlowError, Json, invalid
from flow_runtime.json_limits import parse_json
from peer_server.errors import remedy_of
from peer_server.pointers import faults_of
from peer_server.wire import COMMANDS, MAX_FRAME_BYTES, AnyCommand, CommandError

LONGEST_ID: Final = 64


class Undecodable(Exception):
    """A frame that is no command; `answer` says why, with the frame's id if it had one."""

    def __init__(self, answer: CommandError) -> None:
        super().__init__(answer.code)
        self.answer = answer


def decode(text: str) -> AnyCommand:
    """The command in a frame. Raises `Undecodable`."""
    try:
        value = parse_json(text.encode(errors="surrogatepass"), max_bytes=MAX_FRAME_BYTES)
    except FlowError as error:
        raise Undecodable(command_error(error, None)) from error
    try:
        return COMMANDS.validate_python(value, strict=True)
    except ValidationError as error:
        raise Undecodable(command_error(_refusal(error, value), _id_of(value))) from error


def command_error(error: FlowError, command_id: str | None) -> CommandError:
    """The error as the wire tells it."""
    return CommandError(
        id=command_id,
        code=error.code,
        message=error.message,
        remedy=error.remedy or remedy_of(error.code, or_else="see docs/reference/protocol.md"),
        details=error.details,
    )


def _refusal(error: ValidationError, value: Json) -> FlowError:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if isinstance(value, Mapping) and any(not one["loc"] and one["type"].startswith("union_tag") for one in found):
        return FlowError(
            "unknown_type", f"there is no command {value.get('type')!r}", remedy="see the protocol reference"
        )
    return invalid("the command is not valid", faults_of(error, value), code="invalid_command")


def _id_of(value: Json) -> str | None:
    found = value.get("id") if isinstance(value, Mapping) else None
    return found if isinstance(found, str) and 0 < len(found) <= LONGEST_ID else None
