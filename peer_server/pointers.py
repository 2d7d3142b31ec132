"""Where a fault is, as a JSON Pointer: one spelling for pydantic's findings and our own."""

from collections.abc import Sequence

from pydantic import ValidationError

from flow_runtime.errors import Json


def pointer(parts: Sequence[str | int]) -> str:
    """The RFC 6901 pointer of a path of keys and indexes."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def faults_of(error: ValidationError, *, prefix: str = "") -> list[dict[str, Json]]:
    """Every finding of a pydantic validation, without the values that caused them.

    A list with bad items also counts as too short; that consequence is left out.
    """
    found = error.errors(include_url=False, include_context=False, include_input=False)
    faults: list[dict[str, Json]] = [
        {"code": one["type"], "message": one["msg"], "path": prefix + pointer(one["loc"])} for one in found
    ]
    paths = [str(fault["path"]) for fault in faults]
    return [
        fault
        for fault in faults
        if fault["code"] != "too_short" or not any(path.startswith(f"{fault['path']}/") for path in paths)
    ]
