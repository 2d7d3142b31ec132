"""What the exit codes mean; 2 is also what the command line itself gives for wrong usage."""

from enum import IntEnum


class Exit(IntEnum):
    """One number for each thing that a script may want to tell apart."""

    DONE = 0
    FAILED = 1
    """A run failed, a check found errors, a test found a difference, the log was changed."""
    ONLY_WARNINGS = 2
    """A check found warnings and nothing worse."""
    WAITS = 3
    """The run waits for somebody."""
    REFUSED = 4
    """The server said no: not signed in, not allowed, not found, too late."""
    UNREACHABLE = 5
    """The server gave no answer."""


RUN_CODES = {"completed": Exit.DONE, "waiting": Exit.WAITS}


def run_code(status: str) -> Exit:
    """The exit code for a run that stands so."""
    return RUN_CODES.get(status, Exit.FAILED)
