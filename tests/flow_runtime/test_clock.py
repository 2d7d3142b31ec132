"""Clocks."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from flow_runtime.clock import Clock, ManualClock, SystemClock


def test_system_clock_is_aware_and_moves_forward() -> None:
    clock: Clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()


def test_manual_clock_moves_only_when_told() -> None:
    clock: Clock = (manual := ManualClock(datetime(2026, 3, 1, 10, tzinfo=timezone(timedelta(hours=1)))))
    assert clock.now() == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert manual.advance(400 * 86400) == clock.now() == datetime(2027, 4, 5, 9, tzinfo=UTC)
    assert clock.monotonic() == 400 * 86400


def test_manual_clock_never_goes_back() -> None:
    with pytest.raises(ValueError, match="does not go back"):
        ManualClock().advance(-1)


def test_manual_clock_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        ManualClock(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
