"""Time as a dependency: whatever reads the clock takes a `Clock`, so tests and previews can move time."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The instant, aware and in UTC; may jump when the machine's clock is set."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back. For measuring how long something took."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The instant, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds of the machine's monotonic clock."""
        return time.monotonic()


class ManualClock:
    """A clock that stands still until it is told to advance: years of waiting in a test take no time."""

    def __init__(self, start: datetime | None = None) -> None:
        """Start at an aware instant (default: 2026-01-01T00:00:00Z).

        Raises:
            ValueError: ``start`` has no time zone.
        """
        start = start or datetime(2026, 1, 1, tzinfo=UTC)
        if start.tzinfo is None:
            raise ValueError(f"the clock needs an aware instant, got {start!r}")
        self._now = start.astimezone(UTC)
        self._monotonic = 0.0

    def now(self) -> datetime:
        """The instant this clock stands at."""
        return self._now

    def monotonic(self) -> float:
        """Seconds advanced so far."""
        return self._monotonic

    def advance(self, seconds: float) -> datetime:
        """Move forward and return the new instant.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        if seconds < 0:
            raise ValueError(f"time does not go back: {seconds!r} s")
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
        return self._now
