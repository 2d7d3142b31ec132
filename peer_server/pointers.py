"""Where a fault is, as a JSON Pointer: one spelling for pydantic's findings and our own."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from flow_runtime.errors import Json, found_by_pydantic


def pointer(parts: Sequence[str | int]) -> str:
    """The RFC 6901 pointer of a path of keys and indexes."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def fault_of(value: Json, finding: Mapping[str, Any], *, prefix: str = "") -> dict[str, Json]:
    """One of pydantic's findings about a value, as we tell it."""
    place, message = found_by_pydantic(value, finding)
    return {"code": finding["type"], "message": message, "path": prefix + pointer(place)}


def faults_of(error: ValidationError, value: Json, *, prefix: str = "") -> list[dict[str, Json]]:
    """Every finding of a pydantic validation of that value, without the values that caused them.

    A list with bad items also counts as too short; that consequence is left out.
    """
    found = error.errors(include_url=False, include_context=False, include_input=False)
    faults = [fault_of(value, one, prefix=prefix) for one in found]
    paths = [str(fault["path"]) for fault in faults]
    return [
        fault
        for fault in faults
        if fault["code"] != "too_short" or not any(path.startswith(f"{fault['path']}/") for path in paths)
    ]
