"""When something recurs: a cron expression in a time zone, with a start, an end and a stride. Pure.

cronsim matches wall-clock times; this module translates them to instants. Between two changes of a zone's clock the
offset is constant, so it walks from stretch to stretch. An expression that names its hours and minutes fires once per
named local time: one that a gap skips fires at the first moment after it, one that is repeated fires the first time.
With ``*`` in front of the minutes or hours it follows the clock: it fires whenever the clock reads a matching time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from flow_runtime.errors import InvalidDefinition

_FIELDS: Final = 5
_LONGEST: Final = 200
_PROBE: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_FIRST_LOOK: Final = timedelta(hours=2)
_SKIPPED_IN_A_ROW: Final = 50_000
"""Ticks of other days that a stride may pass over before it counts as one that never comes."""

Unit = Literal["day", "week"]


@dataclass(frozen=True)
class Recurrence:
    """Ticks: instants in UTC, whole seconds, from `start_at` to `end_at`, both included.

    With `every`, only each that-many-th day or week counts, from the day or week of `anchor` on.
    """

    cron: str
    timezone: str = "UTC"
    start_at: datetime | None = None
    end_at: datetime | None = None
    every: int = 1
    unit: Unit = "day"
    anchor: date = date(1970, 1, 1)

    def ticks(self, after: datetime) -> Iterator[datetime]:
        """Every tick after that instant, in order; without end if nothing ends it."""
        is_early = self.start_at is not None and self.start_at > after
        passed = 0
        for tick in self._matches(self.start_at if is_early and self.start_at else after, inclusive=is_early):
            if self.end_at is not None and tick > self.end_at:
                return
            passed = 0 if self._is_its_day(tick) else passed + 1
            if passed > _SKIPPED_IN_A_ROW:
                return
            if not passed:
                yield tick

    def next(self, after: datetime) -> datetime | None:
        """The first tick after that instant; None if there is none."""
        return next(self.ticks(after), None)

    def latest(self, after: datetime, until: datetime) -> datetime | None:
        """The last tick after the one instant and not after the other; quick also after a year of silence."""
        look = _FIRST_LOOK
        while True:
            begin = max(after, until - look)
            last = None
            for tick in self.ticks(begin):
                if tick > until:
                    break
                last = tick
            if last is not None or begin == after:
                return last
            look *= 4

    def explain(self) -> str:
        """What the expression means, in English."""
        said = CronSim(self.cron, datetime(2000, 1, 1)).explain()  # noqa: DTZ001 - only its fields are read
        if self.every == 1:
            return said
        return f"{said}, every {self.every} {self.unit}s"

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def _names_hours(self) -> bool:
        return not any(field.startswith("*") for field in self.cron.split()[:2])

    def _matches(self, at: datetime, *, inclusive: bool) -> Iterator[datetime]:
        at = at.astimezone(UTC)
        while True:
            offset = self._offset(at)
            found = _match(self.cron, at.replace(tzinfo=None) + offset, inclusive)
            if found is None:
                return
            tick = (found - offset).replace(tzinfo=UTC)
            change = self._change(at, tick)
            if change is None:
                if not (self._names_hours and tick.astimezone(self._zone).fold):
                    yield tick
                at, inclusive = tick, False
                continue
            is_skipped = tick < change + (self._offset(change) - offset)
            if self._names_hours and is_skipped:
                yield change
            at, inclusive = change, not (self._names_hours and is_skipped)

    def _change(self, at: datetime, until: datetime) -> datetime | None:
        """The first instant after `at` and not after `until` at which the clock runs with another offset."""
        offset = self._offset(at)
        while at < until:
            probe = min(at + _PROBE, until)
            if self._offset(probe) != offset:
                return self._bisect(at, probe, offset)
            at = probe
        return None

    def _bisect(self, before: datetime, changed: datetime, offset: timedelta) -> datetime:
        before = before.replace(microsecond=0)
        while changed - before > _SECOND:
            middle = before + (changed - before) // 2
            middle = middle.replace(microsecond=0)
            before, changed = (middle, changed) if self._offset(middle) == offset else (before, middle)
        return changed

    def _offset(self, at: datetime) -> timedelta:
        return at.astimezone(self._zone).utcoffset() or timedelta()

    def _is_its_day(self, tick: datetime) -> bool:
        if self.every == 1:
            return True
        days = (tick.astimezone(self._zone).date() - self.anchor).days
        if self.unit == "week":
            days = (days + self.anchor.weekday()) // 7
        return days % self.every == 0


def check_cron(cron: str) -> str:
    """The expression with single spaces. Raises `InvalidDefinition` ``invalid_cron``."""
    fields = cron.split()
    if len(fields) != _FIELDS or len(cron) > _LONGEST:
        raise _bad_cron(cron, "it needs five fields: minute, hour, day of month, month, day of week")
    try:
        CronSim(" ".join(fields), datetime(2000, 1, 1))  # noqa: DTZ001 - only its fields are read
    except (CronSimError, ValueError, AssertionError) as error:
        raise _bad_cron(cron, str(error) or "a field is wrong") from error
    return " ".join(fields)


def check_timezone(name: str) -> str:
    """The name of an IANA zone. Raises `InvalidDefinition` ``invalid_timezone``."""
    if name not in zone_names():
        raise InvalidDefinition(
            "invalid_timezone",
            f"{name!r} is no time zone",
            path="/timezone",
            remedy="use an IANA name such as Europe/Istanbul",
        )
    return name


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Every zone that can be named."""
    return frozenset(available_timezones()) - {"localtime", "posixrules"}


def _match(cron: str, wall: datetime, inclusive: bool) -> datetime | None:  # noqa: FBT001 - two callers, side by side
    """The first wall-clock time after that one (or at it) that the expression matches; None within fifty years."""
    if inclusive and wall.microsecond == 0:
        wall -= _SECOND
    return next(CronSim(cron, wall), None)


def _bad_cron(cron: str, why: str) -> InvalidDefinition:
    return InvalidDefinition(
        "invalid_cron",
        f"{cron[:80]!r} is no cron expression: {why}",
        path="/cron",
        remedy="write for example 0 9 * * 1 (Mondays at nine)",
    )
