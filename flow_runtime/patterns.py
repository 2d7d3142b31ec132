"""Regular expressions written by users, on RE2: linear time whatever the pattern and the text. Pure.

RE2 has no look-around and no back-references; it says so when such a pattern is compiled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import re2

from flow_runtime.errors import InvalidDefinition

LONGEST_PATTERN = 1_000
LONGEST_TEXT = 100_000
_MEMORY_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """One match: where it is, and its groups by number (0 is the whole match) and by name; unused groups are absent."""

    start: int
    end: int
    groups: Mapping[str, str]


class Pattern:
    """A compiled pattern; make it with `compile_pattern`."""

    def __init__(self, compiled: "re2._Regexp[str]") -> None:
        self._compiled = compiled

    def search(self, text: str) -> Found | None:
        """The first match anywhere in the first 100,000 characters."""
        match = self._compiled.search(text[:LONGEST_TEXT])
        if match is None:
            return None
        numbered = {str(number): value for number, value in enumerate((match.group(), *match.groups()))}
        groups = {name: value for name, value in {**numbered, **match.groupdict()}.items() if value is not None}
        return Found(match.start(), match.end(), groups)

    def spans(self, text: str, *, most: int = 1_000) -> list[tuple[int, int]]:
        """Where in the whole text it matches, from left to right; empty matches are left out."""
        found: list[tuple[int, int]] = []
        for match in self._compiled.finditer(text):
            if match.end() > match.start():
                found.append((match.start(), match.end()))
            if len(found) >= most:
                break
        return found

    def matches(self, text: str) -> bool:
        """Whether it matches anywhere in the whole text."""
        return self._compiled.search(text) is not None


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, *, ignore_case: bool = False) -> Pattern:
    """Compile, with a memory limit. Raises `InvalidDefinition` ``bad_pattern``."""
    if len(pattern) > LONGEST_PATTERN:
        raise InvalidDefinition("bad_pattern", f"the pattern is longer than {LONGEST_PATTERN} characters")
    options = re2.Options()
    options.log_errors = False  # It would write the pattern to stderr.
    options.max_mem = _MEMORY_BYTES
    options.case_sensitive = not ignore_case
    try:
        return Pattern(re2.compile(pattern, options))
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
        remedy = "Use RE2 syntax: no look-around, no back-references."
        raise InvalidDefinition("bad_pattern", f"the pattern {pattern!r} is wrong: {reason}", remedy=remedy) from error
