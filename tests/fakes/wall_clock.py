"""An oracle for schedules: it reads the wall clocks of 2026 minute by minute."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from peer_server.recurrence import zone_names

YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Window = tuple[datetime, datetime]


@cache
def zones_by_rules() -> list[str]:
    """One zone for each way in which clocks run in 2026, told apart by a reading every third day."""
    readings = [YEAR + DAY * day for day in range(0, 366, 3)]
    found = {}
    for name in sorted(zone_names()):
        zone = ZoneInfo(name)
        found[tuple(at.astimezone(zone).utcoffset() or timedelta() for at in readings)] = name
    return list(found.values())


def changes(zone: str) -> Iterator[datetime]:
    """The minutes at which the clock of a zone is changed in 2026."""
    info = ZoneInfo(zone)
    for day in range(366):
        begin = YEAR + day * DAY
        if begin.astimezone(info).utcoffset() != (begin + DAY).astimezone(info).utcoffset():
            for minute in range(24 * 60):
                at = begin + minute * MINUTE
                if at.astimezone(info).utcoffset() != (at + MINUTE).astimezone(info).utcoffset():
                    yield at + MINUTE


def minutes(begin: datetime, end: datetime) -> Iterator[datetime]:
    while begin < end:
        yield begin
        begin += MINUTE


def first_readings(zone: str, hour: int, minute: int, window: Window) -> list[datetime]:
    """For each local date the first minute at which the clock has reached that time of it."""
    info, begin = ZoneInfo(zone), window[0] - HOUR
    local = begin.astimezone(info).replace(tzinfo=None)
    wanted = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    found = []
    for at in minutes(begin, window[1] + MINUTE):
        if at.astimezone(info).replace(tzinfo=None) >= wanted:
            found.append(at)
            wanted += DAY
    return [at for at in found if window[0] < at <= window[1]]


def all_readings(zone: str, matches: set[tuple[int, int]], window: Window) -> list[datetime]:
    """Every minute at which the clock reads one of these times."""
    info = ZoneInfo(zone)
    found = (at for at in minutes(window[0] + MINUTE, window[1] + MINUTE))
    return [at for at in found if ((local := at.astimezone(info)).hour, local.minute) in matches]
