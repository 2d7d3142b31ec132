"""Read the arguments that a model wrote for a tool. Pure."""

import orjson

from flow_runtime.errors import Json


def arguments_object(arguments: str) -> dict[str, Json] | None:
    """The arguments as an object, or None if they are no JSON object. No text at all means no arguments."""
    try:
        value = orjson.loads(arguments) if arguments.strip() else {}
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
