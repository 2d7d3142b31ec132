"""Percentiles of measured times."""

from collections.abc import Iterable


def percentile_ms(seconds: Iterable[float], percent: int) -> float:
    """The time below which that share of them lies, in milliseconds. Raises IndexError without any."""
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000, 3)
