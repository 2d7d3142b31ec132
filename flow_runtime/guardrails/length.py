"""`length`: texts that are too long or too short."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.guardrail import CLEAN, LONGEST_TEXT, LocalScanner, ScannerConfig, Verdict
from flow_runtime.step import Fault


class LengthConfig(ScannerConfig):
    """The bounds."""

    most: Annotated[int | None, Field(ge=0, le=LONGEST_TEXT, description="Most characters.")] = None
    least: Annotated[int, Field(ge=0, le=LONGEST_TEXT, description="Fewest characters.")] = 0


class Length(LocalScanner[LengthConfig]):
    """The risk is 1 outside the bounds, else 0."""

    type_name = "length"
    title = "Length"
    summary = "Texts that are too long or too short"
    config_model = LengthConfig
    example: ClassVar[dict[str, Json]] = {"most": 4000}

    def check(self, config: LengthConfig) -> Sequence[Fault]:
        """The bounds must leave room."""
        if config.most is not None and config.least > config.most:
            return [Fault("empty_range", "no text is that short and that long", "/least", "lower it")]
        return []

    def look(self, text: str, config: LengthConfig) -> Verdict:
        """Count."""
        if config.most is not None and len(text) > config.most:
            return Verdict(1.0, f"{len(text):,} characters, at most {config.most:,} may be")
        if len(text) < config.least:
            return Verdict(1.0, f"{len(text):,} characters, at least {config.least:,} must be")
        return CLEAN
