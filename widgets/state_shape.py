"""What a state schema says about a path, as far as it says anything."""

import re
from dataclasses import dataclass
from typing import Final

from widgets.problem import Json

_INDEX: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Shape:
    """The schema of one place in a state. `schema` None means that nothing is known, which allows everything below."""

    schema: Json
    is_possible: bool = True

    def at(self, path: str, *, root: "Shape") -> "Shape":
        """The shape at a JSON Pointer: from `root` with a leading slash, from here without one; here if empty."""
        if not path:
            return self
        start = root if path.startswith("/") else self
        for token in path.removeprefix("/").split("/"):
            start = start.step(token.replace("~1", "/").replace("~0", "~"))
        return start

    def step(self, token: str) -> "Shape":
        """The shape of one property or element below."""
        schema = self.schema
        if not isinstance(schema, dict):
            return self if not self.is_possible else UNKNOWN
        if token in schema.get("properties", {}):
            return Shape(schema["properties"][token])
        if _INDEX.fullmatch(token) and "items" in schema:
            return self.element()
        is_closed = schema.get("additionalProperties") is False and "patternProperties" not in schema
        return IMPOSSIBLE if is_closed else UNKNOWN

    def element(self) -> "Shape":
        """The shape of the elements of a list."""
        if not self.is_possible or not isinstance(self.schema, dict):
            return self
        return Shape(self.schema.get("items"))


UNKNOWN: Final = Shape(None)
IMPOSSIBLE: Final = Shape(None, is_possible=False)
