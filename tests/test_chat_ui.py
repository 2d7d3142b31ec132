"""The chat UI's own tests, so that one run of pytest answers for everything."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.timeout(300)
def test_vitest_passes() -> None:
    # When the UI's tests run with the Node that built it
    finished = subprocess.run(
        [sys.executable, "hatch_build.py", "npm", "test"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    # Then they pass, or say what failed
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_first_downloads_stay_within_their_budgets() -> None:
    # When the built element and the hosted page are weighed
    finished = subprocess.run(
        [sys.executable, "hatch_build.py", "npm", "run", "size"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    # Then each is as light as promised, or the files say which grew
    assert finished.returncode == 0, finished.stdout + finished.stderr
