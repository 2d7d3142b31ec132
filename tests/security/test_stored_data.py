"""Stored data is only data: nothing that is kept, read back, imported or exported is ever executed (X6)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.promise("X6")

ROOT = Path(__file__).parents[2]


def test_no_data_is_executed(tmp_path: Path) -> None:
    # When data that other serializers would run goes through every store of a server whose interpreter is watched
    done = subprocess.run(
        [sys.executable, "-m", "tests.security.data_only", str(tmp_path / "data")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    # Then it all comes back as it was, nothing was compiled, executed or unpickled, and nothing was made by it
    assert done.returncode == 0, done.stderr[-4000:]
    assert json.loads(done.stdout.splitlines()[-1]) == []
    assert list(ROOT.glob("taken")) == []
