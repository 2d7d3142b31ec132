"""Starts a server for tests: as an unprivileged user if need be, and never outliving the tests."""

import ctypes
import os
import pwd
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1


_OURS = range(15_000, 32_000)
"""Below those that systems give to outgoing connections: one of these would take a port before its server does."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that was free a moment ago."""
    while True:
        port = random.SystemRandom().choice(_OURS)  # Whatever a test seeds, two processes must not choose alike.
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def unprivileged_user() -> pwd.struct_passwd | None:
    """Whom to run servers as that refuse to run as root; None when the tests do not run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


class Child:
    """One running server, whose output goes to `log`."""

    def __init__(
        self, command: Sequence[str], *, log: Path, user: pwd.struct_passwd | None = None, cwd: Path | None = None
    ) -> None:
        self.command = command
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=cwd,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - no other thread runs while fixtures start servers
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            )

    def wait_until(self, is_ready: Callable[[], bool], *, within_s: float = 30) -> None:
        """Return once `is_ready()` holds.

        Raises:
            RuntimeError: the server ended, or was not ready in time; the message holds the end of its log.
        """
        deadline = time.monotonic() + within_s
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self.command[0]} is not ready (exit code {self.process.returncode}):\n{said}")
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGTERM, *, within_s: float = 30) -> None:
        """Stop the server with this signal and wait for its end; harmless when it is already gone."""
        self.process.send_signal(how)
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _die_with_parent() -> None:
    """A test run that is killed takes its servers along (Linux; elsewhere they are only stopped on a normal end)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
