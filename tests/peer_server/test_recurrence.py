"""When something recurs, against an oracle that reads the wall clock minute by minute."""

from datetime import UTC, date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from flow_runtime.errors import InvalidDefinition
from peer_server.recurrence import Recurrence, check_cron, check_timezone
from tests.fakes.wall_clock import DAY, HOUR, MINUTE, YEAR, all_readings, changes, first_readings, zones_by_rules


def fired(cron: str, zone: str, window: tuple[datetime, datetime]) -> list[datetime]:
    found = []
    for tick in Recurrence(cron, zone).ticks(window[0]):
        if tick > window[1]:
            break
        found.append(tick)
    return found


def test_clocks_that_change_lose_and_double_nothing() -> None:
    # Given every way in which clocks are changed in 2026: in spring, in autumn, at midnight, by half an hour, never
    rules = zones_by_rules()
    assert len(rules) > 50
    seen = 0
    for zone in rules:
        for change in changes(zone):
            seen += 1
            window = (change - 20 * HOUR, change + 20 * HOUR)
            # The local time that the change touches, and one that it does not
            touched = (change - 30 * MINUTE).astimezone(ZoneInfo(zone))
            for hour, minute in {(touched.hour, touched.minute), ((touched.hour + 1) % 24, 15)}:
                # Then a named time comes exactly once on each local date
                expected = first_readings(zone, hour, minute, window)
                assert fired(f"{minute} {hour} * * *", zone, window) == expected, (zone, change, hour, minute)
            # And whatever follows the clock comes at every matching reading
            quarters = {(hour, minute) for hour in range(24) for minute in (0, 20, 40)}
            assert fired("*/20 * * * *", zone, window) == all_readings(zone, quarters, window), (zone, change)
            thirds = {(hour, 0) for hour in range(0, 24, 3)}
            assert fired("0 */3 * * *", zone, window) == all_readings(zone, thirds, window), (zone, change)
    assert seen > 50


def test_a_time_in_the_second_pass_of_an_hour_is_not_told_again() -> None:
    # Given 01:30, which New York reads twice on 1 November: at 05:30Z and 06:30Z
    recurrence = Recurrence("30 1 * * *", "America/New_York")
    second_pass = datetime(2026, 11, 1, 6, 10, tzinfo=UTC)
    assert recurrence.next(second_pass) == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)


def test_two_times_in_one_gap_are_one_tick() -> None:
    recurrence = Recurrence("0,30 2 * * *", "Europe/Berlin")
    before = datetime(2026, 3, 29, 0, tzinfo=UTC)
    ticks = list(islice(recurrence.ticks(before), 2))
    assert ticks == [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 30, 0, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 9 * * 1", ["2026-01-05T09:00"]),
        ("0 9 1 * 1", ["2026-01-01T09:00", "2026-01-05T09:00"]),
        ("0 0 L * *", ["2026-01-31T00:00", "2026-02-28T00:00"]),
        ("15 10 * * MON-FRI", ["2026-01-01T10:15", "2026-01-02T10:15", "2026-01-05T10:15"]),
    ],
)
def test_fields_mean_what_cron_means(cron: str, expected: list[str]) -> None:
    ticks = islice(Recurrence(cron).ticks(YEAR), len(expected))
    assert [tick.isoformat(timespec="minutes").removesuffix("+00:00") for tick in ticks] == expected


def test_start_and_end_are_included() -> None:
    begin, end = YEAR + DAY, YEAR + 3 * DAY
    ticks = Recurrence("0 0 * * *", start_at=begin, end_at=end).ticks(YEAR - DAY)
    assert list(ticks) == [begin, begin + DAY, end]


@pytest.mark.parametrize(
    ("unit", "cron", "every", "gaps"), [("day", "0 9 * * *", 3, [3, 3]), ("week", "0 9 * * MON,WED", 2, [2, 12])]
)
def test_a_stride_counts_days_or_weeks(unit: str, cron: str, every: int, gaps: list[int]) -> None:
    stride = Recurrence(cron, every=every, unit=unit, anchor=date(2026, 1, 7))  # type: ignore[arg-type]  # two words
    first, second, third = islice(stride.ticks(datetime(2026, 1, 18, tzinfo=UTC)), 3)
    assert [(second - first).days, (third - second).days] == gaps
    assert (first.date() - date(2026, 1, 5)).days % (every * (7 if unit == "week" else 1)) == (
        2 if unit == "day" else 0
    )


def test_the_latest_tick_is_found_after_any_silence() -> None:
    until = YEAR + 400 * DAY + MINUTE / 2
    assert Recurrence("* * * * *").latest(YEAR, until) == YEAR + 400 * DAY
    assert Recurrence("0 9 1 1 *").latest(YEAR + DAY, until) == datetime(2027, 1, 1, 9, tzinfo=UTC)
    assert Recurrence("0 9 1 6 *").latest(YEAR, YEAR + DAY) is None


@pytest.mark.parametrize(
    "cron",
    ["", "* * * *", "* * * * * *", "61 * * * *", "0 0 30 2 *", "a b c d e", "0 0 * * 8", "*/0 * * * *", "² * * * *"],
)
def test_what_is_no_cron_expression_is_refused(cron: str) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        check_cron(cron)
    assert (refused.value.code, refused.value.path) == ("invalid_cron", "/cron")


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "+03:00", "localtime"])
def test_only_zones_that_exist_are_taken(name: str) -> None:
    with pytest.raises(InvalidDefinition, match="no time zone"):
        check_timezone(name)


def test_expressions_are_explained() -> None:
    assert Recurrence("0 9 * * 1").explain() == "At 09:00 on Monday"
    assert Recurrence("0 9 * * *", every=3).explain() == "At 09:00 every day, every 3 days"
