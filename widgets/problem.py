"""What is wrong with a widget, in a form that a person and a program can act on."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Json: TypeAlias = Any
"""A JSON value. Widgets come from outside, so nothing about their shape is known before the checks."""

ProblemCode: TypeAlias = Literal[
    "invalid_state",
    "invalid_state_schema",
    "invalid_widget",
    "too_deep",
    "too_large",
    "too_many_components",
    "unknown_component",
    "unknown_state",
    "unsafe_url",
]
"""Stable; callers and the interface decide by it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `path` is a JSON Pointer into what was checked, `remedy` says what to do."""

    path: str
    code: ProblemCode
    message: str
    remedy: str


def pointer(*parts: str | int) -> str:
    """The JSON Pointer of `parts`, each escaped."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
