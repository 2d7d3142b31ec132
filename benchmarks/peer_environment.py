"""The virtual environment of the peers, apart from the product's: other versions, and none of it is a dependency."""

import shutil
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[1] / ".bench"
PEER_BIN = BENCH / "venv" / "bin"
PEER_PYTHON = PEER_BIN / "python"
PEERS = Path(__file__).parent / "peers"
REQUIREMENTS = PEERS / "requirements.txt"
STAMP = BENCH / "venv" / "installed.txt"
VERSIONS = """
import importlib.metadata, json, sqlite3, sys
names = sys.argv[1:]
print(json.dumps({"sqlite": sqlite3.sqlite_version, **{name: importlib.metadata.version(name) for name in names}}))
"""


def ensure_peers() -> None:
    """Make the environment, or bring it up to date. Raises `subprocess.CalledProcessError` if that fails."""
    wanted = REQUIREMENTS.read_text()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    sys.stderr.write("installing the peers into .bench/venv\n")
    uv = shutil.which("uv", path=Path(sys.executable).parent) or shutil.which("uv")
    subprocess.run([sys.executable, "-m", "venv", "--clear", PEER_BIN.parent], check=True)
    python = str(PEER_PYTHON)
    install = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    subprocess.run([*install, "--quiet", "--requirement", str(REQUIREMENTS)], check=True)
    STAMP.write_text(wanted)
