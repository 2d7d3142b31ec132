"""Named places where a test may kill the process: ``FLOW_FAILPOINT=name:nth`` dies at the n-th hit, as if unplugged."""

import os
import signal
from collections.abc import Mapping
from typing import Final

FAILPOINTS: Final = (
    "claimed",
    "append.before",
    "append.after",
    "effect.before",
    "outcome",
    "park.before",
    "park.after",
    "settle",
    "child.start",
    "timer",
    "end.before",
    "end.after",
    "store.before_commit",
    "store.after_commit",
)
"""Every boundary of the journal at which a test may kill the process."""

_state: dict[str, int] = {}
"""Hits left until death, by name; empty in every normal process, so that `hit` costs one dictionary lookup."""


def arm(environment: Mapping[str, str]) -> None:
    """Read the failpoint from these environment variables; none = disarm.

    Raises:
        ValueError: the variable is not ``name:nth`` with nth ≥ 1.
    """
    _state.clear()
    setting = environment.get("FLOW_FAILPOINT")
    if not setting:
        return
    name, _, nth = setting.rpartition(":")
    if not name or not nth.isdecimal() or int(nth) < 1:
        raise ValueError(f"FLOW_FAILPOINT must be name:nth with nth ≥ 1, got {setting!r}")
    _state[name] = int(nth)


def hit(name: str) -> None:
    """Pass this place; the process is killed (SIGKILL, nothing is flushed) if it is the armed hit."""
    if name in _state:
        _state[name] -= 1
        if _state[name] == 0:
            os.kill(os.getpid(), signal.SIGKILL)


arm(os.environ)
