"""`delay`: lets time pass. The run is parked meanwhile: it costs no memory and none of its active time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Final

from pydantic import Field

from flow_runtime.errors import Json, StepFailed
from flow_runtime.flow import StepDefinition
from flow_runtime.run import InterruptKind, Settlement
from flow_runtime.step import Done, Fault, Outcome, PureStep, StepConfig, StepContext, Templated, Wait

LONGEST: Final = timedelta(days=3660)


class DelayConfig(StepConfig):
    """Exactly one of the two."""

    seconds: Annotated[Templated, Field(description="How long to wait.", examples=[3600, "{{ hours * 3600 }}"])] = None
    until: Annotated[
        Templated, Field(description="An instant with a time zone, ISO 8601.", examples=["2026-12-24T08:00:00Z"])
    ] = None


class Delay(PureStep[DelayConfig]):
    """Waits for a number of seconds or until an instant; one in the past does not wait. Output: `{until}`."""

    type_name = "delay"
    title = "Delay"
    summary = "Wait for some time, or until an instant"
    category = "control"
    config_model = DelayConfig
    example: ClassVar[dict[str, Json]] = {"seconds": 3600}

    def check(self, config: DelayConfig, step: StepDefinition) -> Sequence[Fault]:
        """One of the two must be there, and not both."""
        if (config.seconds is None) == (config.until is None):
            return [Fault("missing_field", "a delay needs either 'seconds' or 'until'", "", "fill in one of them")]
        return ()

    def evaluate(self, config: DelayConfig, context: StepContext) -> Outcome:
        """Wait, unless the instant has passed. Raises `StepFailed` ``bad_delay``."""
        until = (
            _instant(context.value("until")) if config.seconds is None else _after(context, context.value("seconds"))
        )
        if until - context.now > LONGEST:
            raise _bad(f"{until.isoformat()} is more than ten years away")
        if until <= context.now:
            return Done({"until": until.isoformat()})
        return Wait(InterruptKind.TIMER, {"until": until.isoformat()}, expires_at=until)

    async def resume(self, config: DelayConfig, context: StepContext, settlement: Settlement) -> Outcome:
        """Go on."""
        return Done({"until": settlement.payload["until"]})


def _after(context: StepContext, seconds: Json) -> datetime:
    if isinstance(seconds, str):
        try:
            seconds = float(seconds)
        except ValueError:
            raise _bad(f"{seconds!r} is no number of seconds") from None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST.total_seconds():
        raise _bad(f"{seconds!r} is no number of seconds between 0 and ten years")
    return context.now + timedelta(seconds=seconds)


def _instant(text: Json) -> datetime:
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError:
        raise _bad(f"{text!r} is no instant") from None
    if instant.tzinfo is None:
        raise _bad(f"{text!r} has no time zone")
    return instant.astimezone(UTC)


def _bad(message: str) -> StepFailed:
    remedy = "Write seconds as a number and instants as 2026-12-24T08:00:00Z."
    return StepFailed("bad_delay", message, category="data_validation", remedy=remedy)
