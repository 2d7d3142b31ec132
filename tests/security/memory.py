"""How much memory a process uses."""

from pathlib import Path

from tests.faults.server_process import ServerProcess


def resident_bytes(server: ServerProcess) -> int:
    """What the server holds in memory now."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024
