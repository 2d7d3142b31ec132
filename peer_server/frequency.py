"""How people say when something recurs, and the recurrence that it means. Pure.

A frequency is what is stored and shown; it compiles to cron, plus a stride for "every third day", which cron cannot
say, plus a start and an end for "once".
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from flow_runtime.errors import Json, invalid
from peer_server.documented import DocumentedModel
from peer_server.pointers import faults_of
from peer_server.recurrence import Recurrence, Unit, check_cron, check_timezone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_YEARS: Final = range(2000, 2200)


def near(at: datetime) -> datetime:
    """The time, if calendars reach there. Raises ValueError."""
    if at.year not in _YEARS:
        raise ValueError(f"the year must be between {_YEARS[0]} and {_YEARS[-1]}")
    return at


Time = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["09:00"])]
_LAST_DAY: Final = "last"


class FrequencyModel(DocumentedModel, BaseModel):
    """Base of all frequencies: camelCase, closed."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        strict=True,
        frozen=True,
    )


class Cron(FrequencyModel, BaseModel):
    """A cron expression of five fields."""

    kind: Literal["cron"]
    cron: Annotated[str, Field(max_length=200, examples=["0 9 * * 1"])]


class Daily(FrequencyModel, BaseModel):
    """Every day, or every so many days, at a time."""

    kind: Literal["daily"]
    time: Time
    every: Annotated[int, Field(ge=1, le=365)] = 1
    """1: every day; 3: every third day, counted from the day of the start."""


class Weekly(FrequencyModel, BaseModel):
    """On these days of every week, or of every so many weeks."""

    kind: Literal["weekly"]
    time: Time
    days: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    every: Annotated[int, Field(ge=1, le=52)] = 1
    """1: every week; 2: every second one, counted from the week of the start."""


class Monthly(FrequencyModel, BaseModel):
    """On one day of every month; a month that has no such day is left out."""

    kind: Literal["monthly"]
    time: Time
    day: Annotated[int, Field(ge=1, le=31)] | Literal["last"]


class Once(FrequencyModel, BaseModel):
    """One single time."""

    kind: Literal["once"]
    at: Annotated[datetime, Field(strict=False, examples=["2026-12-24T08:00:00"]), AfterValidator(near)]
    """Without an offset, it is meant in the time zone of the schedule."""


Frequency = Annotated[Cron | Daily | Weekly | Monthly | Once, Field(discriminator="kind")]
_adapter: Final = TypeAdapter[Cron | Daily | Weekly | Monthly | Once](Frequency)


def parse_frequency(value: Mapping[str, Json]) -> Frequency:
    """A stored frequency. Raises `InvalidDefinition` ``invalid_frequency`` listing every fault."""
    try:
        return _adapter.validate_python(dict(value))
    except ValidationError as error:
        faults = faults_of(error, dict(value), prefix="/frequency")
        raise invalid("this is no frequency", faults, code="invalid_frequency") from error


def frequency_json(frequency: Frequency) -> dict[str, Json]:
    """The frequency as it is stored and sent."""
    return frequency.model_dump(mode="json", by_alias=True)


def compile_frequency(
    frequency: Frequency, *, timezone: str, start_at: datetime | None, end_at: datetime | None, anchor_at: datetime
) -> Recurrence:
    """The recurrence. A stride counts from the start, else from `anchor_at`.

    Raises `InvalidDefinition` ``invalid_cron`` or ``invalid_timezone``.
    """
    zone = ZoneInfo(check_timezone(timezone))
    anchor = (start_at or anchor_at).astimezone(zone).date()
    unit: Unit = "week" if isinstance(frequency, Weekly) else "day"
    every = frequency.every if isinstance(frequency, Daily | Weekly) else 1
    if isinstance(frequency, Once):
        at = _instant(frequency.at, zone)
        start_at, end_at = max(at, start_at or at), min(at, end_at or at)
    return Recurrence(
        _cron(frequency, zone),
        timezone,
        start_at=start_at,
        end_at=end_at,
        every=every,
        unit=unit,
        anchor=anchor,
    )


def _cron(frequency: Frequency, zone: ZoneInfo) -> str:
    match frequency:
        case Cron():
            return check_cron(frequency.cron)
        case Daily():
            return f"{_at(frequency.time)} * * *"
        case Weekly():
            return f"{_at(frequency.time)} * * {','.join(day.upper() for day in frequency.days)}"
        case Monthly():
            return f"{_at(frequency.time)} {'L' if frequency.day == _LAST_DAY else frequency.day} * *"
        case Once():
            wall = _instant(frequency.at, zone).astimezone(zone)
            return f"{wall.minute} {wall.hour} {wall.day} {wall.month} *"


def _instant(at: datetime, zone: ZoneInfo) -> datetime:
    """The instant, in whole minutes; a wall-clock time that a gap skips becomes the moment that it would have been."""
    aware = at if at.tzinfo else at.replace(tzinfo=zone)
    return aware.astimezone(UTC).replace(second=0, microsecond=0)


def _at(time: str) -> str:
    hour, minute = time.split(":")
    return f"{int(minute)} {int(hour)}"
