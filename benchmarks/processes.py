"""Servers under measurement: start one, wait until it answers, read its memory and its CPU time. Linux only."""

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_LIMIT_S = 90.0
STOP_LIMIT_S = 20.0
POLL_S = 0.005


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A running server. `start_s` is the time from its creation to its first answer with status 200."""

    pid: int
    port: int
    start_s: float

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def rss_kib(self) -> int:
        """Resident memory of the process and its children."""
        return sum(map(_rss_kib, _tree(self.pid)))

    def cpu_s(self) -> float:
        """User and system seconds of the process and its children, in steps of 10 ms."""
        return sum(map(_cpu_s, _tree(self.pid)))


def _installed() -> dict[str, str]:
    """This environment, in which Python keeps the compiled form of modules, as it does wherever programs are used."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@contextmanager
def server_process(
    command: Sequence[str], *, port: int, ready_path: str, environment: Mapping[str, str], folder: Path
) -> Iterator[ServerProcess]:
    """Run a server in a folder until the block ends. Raises RuntimeError with its output if it does not come up."""
    log_path = folder / f"server-{port}.log"
    with log_path.open("w") as log:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, env={**_installed(), **environment}, cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            while not _answers(port, ready_path):
                if process.poll() is not None or time.perf_counter() - begun > START_LIMIT_S:
                    raise RuntimeError(f"{command[0]} did not come up:\n{log_path.read_text()[-4000:]}")
                time.sleep(POLL_S)
            yield ServerProcess(process.pid, port, time.perf_counter() - begun)
        finally:
            process.terminate()
            try:
                process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def own_rss_kib() -> int:
    """Resident memory of this process now."""
    return _rss_kib(os.getpid())


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(grandchild for child in children for grandchild in _tree(int(child)))]


def _rss_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
