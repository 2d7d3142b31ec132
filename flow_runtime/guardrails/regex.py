"""`regex`: patterns that a text must not match, or must match."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from flow_runtime.errors import FlowError, Json
from flow_runtime.guardrail import CLEAN, LocalScanner, ScannerConfig, Span, Verdict
from flow_runtime.patterns import compile_pattern
from flow_runtime.step import Fault


class RegexConfig(ScannerConfig):
    """The patterns, in RE2 syntax."""

    patterns: Annotated[tuple[str, ...], Field(min_length=1, max_length=50, description="Regular expressions (RE2).")]
    match: Annotated[
        Literal["bad", "good"], Field(description="bad: none may match. good: at least one must match.")
    ] = "bad"
    ignore_case: bool = False
    label: Annotated[str, Field(max_length=40, description="What stands for a match that is redacted.")] = "REDACTED"


class Regex(LocalScanner[RegexConfig]):
    """The risk is 1 if a bad pattern matches or no good one does, else 0. Only bad patterns can be redacted."""

    type_name = "regex"
    title = "Regular expressions"
    summary = "Patterns that must not, or must, occur"
    config_model = RegexConfig
    example: ClassVar[dict[str, Json]] = {"patterns": ["\\bproject falcon\\b"], "ignoreCase": True}
    can_redact = True

    def check(self, config: RegexConfig) -> Sequence[Fault]:
        """The patterns must be patterns."""
        faults = []
        for at, pattern in enumerate(config.patterns):
            try:
                compile_pattern(pattern, ignore_case=config.ignore_case)
            except FlowError as error:
                faults.append(Fault(error.code, error.message, f"/patterns/{at}", error.remedy))
        return faults

    def look(self, text: str, config: RegexConfig) -> Verdict:
        """Try every pattern."""
        patterns = [compile_pattern(pattern, ignore_case=config.ignore_case) for pattern in config.patterns]
        if config.match == "good":
            is_good = any(pattern.matches(text) for pattern in patterns)
            return CLEAN if is_good else Verdict(1.0, "none of the required patterns occurs")
        number = next((at for at, pattern in enumerate(patterns, 1) if pattern.matches(text)), None)
        if number is None:
            return CLEAN
        spans = [Span(start, end, config.label) for pattern in patterns for start, end in pattern.spans(text)]
        return Verdict(1.0, f"pattern {number} occurs", spans)
