"""Values on the command line: JSON, or @FILE that holds it."""

from pathlib import Path
from typing import Any

import typer


def json_value(text: str) -> Any:  # noqa: ANN401 - any JSON
    """What the text says, or the file behind @. A usage error if that is no JSON."""
    from flow_runtime.json_limits import JsonError, parse_json

    try:
        content = Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()
        return parse_json(content)
    except OSError as error:
        raise typer.BadParameter(f"{text[1:]}: {error.strerror}") from error
    except JsonError as error:
        raise typer.BadParameter(f"this is not JSON: {error.message}") from error


def json_object(text: str) -> dict[str, Any]:
    """The same, for what must be an object."""
    value = json_value(text)
    if not isinstance(value, dict):
        raise typer.BadParameter("this must be a JSON object")
    return value


def local_file(target: str) -> Path | None:
    """The file of that name; None if it is rather an id. A usage error for the name of a file that is not there."""
    path = Path(target)
    if path.is_file():
        return path
    if path.suffix or len(path.parts) > 1:
        raise typer.BadParameter(f"there is no file {target!r}")
    return None
