"""Read and check the arguments that a model wrote for a tool, before anything starts. Pure."""

from flow_runtime.errors import Json, invalid
from flow_runtime.json_limits import JsonError, parse_json
from flow_runtime.model import ToolSpec
from flow_runtime.schema_validation import FieldError, validate

INVALID_ARGUMENTS = "invalid_arguments"


def checked_arguments(tool: ToolSpec, arguments: str) -> dict[str, Json]:
    """The arguments, valid by the tool's schema. No text at all means no arguments.

    Raises `InvalidDefinition` ``invalid_arguments``; its details list every fault as {pointer, code, message}, which is
    what a model needs to do better.
    """
    try:
        value = _parse(arguments)
    except JsonError as error:
        raise _bad(tool, [FieldError("", "json", str(error))]) from error
    if not isinstance(value, dict):
        raise _bad(tool, [FieldError("", "type", "the arguments must be one JSON object")])
    if faults := validate(dict(tool.parameters), value):
        raise _bad(tool, faults)
    return value


def arguments_object(arguments: str) -> dict[str, Json] | None:
    """The arguments as an object, unchecked by any schema, or None if they are none that could be stored."""
    try:
        value = _parse(arguments)
    except JsonError:
        return None
    return value if isinstance(value, dict) else None


def _parse(arguments: str) -> Json:
    return parse_json(arguments.encode(errors="surrogatepass")) if arguments.strip() else {}


def _bad(tool: ToolSpec, faults: list[FieldError]) -> Exception:
    listed = "; ".join(f"{fault.pointer or 'arguments'}: {fault.message}" for fault in faults)
    message = f"the arguments of {tool.name!r} are not valid: {listed}"
    return invalid(message, [fault.as_json() for fault in faults], code=INVALID_ARGUMENTS)
