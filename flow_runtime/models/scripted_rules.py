"""A Peer's script for the scripted model: rules of a pattern and what to say or call. Pure."""

import re
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator, model_validator

from flow_runtime.errors import InvalidDefinition, Json
from flow_runtime.model import ModelError
from flow_runtime.patterns import compile_pattern

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class ScriptCall(BaseModel):
    """A tool to call. Without `args` they are read from the message, as if the tool had been picked by its words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tool: str
    args: dict[str, Json] | None = None


class ScriptRule(BaseModel):
    """When a person's message matches `when` (RE2, anywhere, case ignored), say, call, or both; the first match wins.

    ``{{1}}`` or ``{{name}}`` in `say` and in `args` stand for the pattern's groups, ``{{0}}`` for all that matched. A
    group that took no part is empty text in `say`; in `args` a value that is nothing but that group is left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    when: str
    say: str | None = None
    call: ScriptCall | list[ScriptCall] | None = Field(default=None)

    @field_validator("when")
    @classmethod
    def _is_a_pattern(cls, when: str) -> str:
        try:
            compile_pattern(when, ignore_case=True)
        except InvalidDefinition as error:
            raise ValueError(error.message) from error
        return when

    @model_validator(mode="after")
    def _does_something(self) -> "ScriptRule":
        if self.say is None and not self.call:
            raise ValueError("a rule needs `say` or `call`")
        return self

    @property
    def calls(self) -> Sequence[ScriptCall]:
        """The calls as a list."""
        return self.call if isinstance(self.call, list) else [self.call] if self.call else []

    def match(self, text: str) -> Mapping[str, str] | None:
        """The groups if the text matches, else None."""
        found = compile_pattern(self.when, ignore_case=True).search(text)
        return None if found is None else found.groups


_SCRIPT = TypeAdapter(list[ScriptRule])


def read_script(script: Json) -> list[ScriptRule]:
    """The rules of a stored script. Raises `ModelError` ``bad_request`` if it is malformed."""
    try:
        return _SCRIPT.validate_python(script or [])
    except ValidationError as error:
        raise ModelError("bad_request", f"the script is malformed: {error}", remedy="Correct the script.") from error


def fill(value: Json, groups: Mapping[str, str]) -> Json:
    """The value with its placeholders replaced, at any depth."""
    if isinstance(value, str):
        sole = _PLACEHOLDER.fullmatch(value)
        if sole:
            return groups.get(sole[1])
        return _PLACEHOLDER.sub(lambda place: groups.get(place[1], ""), value)
    if isinstance(value, dict):
        filled = {name: fill(item, groups) for name, item in value.items()}
        return {name: item for name, item in filled.items() if item is not None or value[name] is None}
    if isinstance(value, list):
        return [fill(item, groups) for item in value]
    return value
