"""Under which conditions figures were taken: the machine, the versions, how busy it was, how fast its disk syncs."""

import importlib.metadata
import json
import os
import platform
import sqlite3
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.peer_environment import PEER_PYTHON, REQUIREMENTS, VERSIONS

PRODUCT_LIBRARIES = ("fastapi", "uvicorn", "uvloop", "websockets", "openai", "orjson")
SYNC_S = 0.3


def conditions(*, with_peers: bool) -> dict[str, object]:
    """Everything that a reader needs to judge the figures, or to take them again."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "cpu": _first("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memoryGb": round(int(_first("/proc/meminfo", "MemTotal").split()[0]) / 1024**2),
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}",
        "load": load(),
        "syncsPerSecond": _syncs_per_second(),
        "product": {
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            **{name: importlib.metadata.version(name) for name in PRODUCT_LIBRARIES},
        },
        "peers": _peer_versions() if with_peers else {},
    }


def load() -> float:
    """The load average of the last minute."""
    return round(os.getloadavg()[0], 2)


def _commit() -> str:
    root = Path(__file__).parents[1]
    answer = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=root, capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or "unknown"


def _first(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "0"


def _syncs_per_second() -> int:
    """How often this disk makes a small write durable: the limit of everything that commits."""
    with tempfile.TemporaryFile() as file:
        count, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < SYNC_S:
            os.write(file.fileno(), b"x" * 64)
            os.fdatasync(file.fileno())
            count += 1
        return round(count / (time.perf_counter() - begun))


def _peer_versions() -> dict[str, str]:
    lines = REQUIREMENTS.read_text().splitlines()
    names = [line.partition("==")[0] for line in lines if "==" in line]
    answer = subprocess.run([PEER_PYTHON, "-c", VERSIONS, *names], capture_output=True, text=True, check=True)
    versions: dict[str, str] = json.loads(answer.stdout)
    return versions
