"""The examples of the documentation work.

Mark one by a line `<!-- run -->` above its fence:

`json` is a flow that must have no errors, `python` a program that must end well, and `console` commands after `$ `
that must succeed and print every line shown below them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flow_runtime.checks import check_definition
from flow_runtime.registry import StepRegistry
from tests.docs.markdown import ROOT, Example, examples, pages

EXAMPLES = [example for page in pages() for example in examples(page)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.place)
def test_example_works(example: Example, tmp_path: Path) -> None:
    match example.language:
        case "json":
            faults = check_definition(json.loads(example.text), StepRegistry.installed())
            assert [fault for fault in faults if fault.level == "error"] == []
        case "python":
            run([sys.executable, "-W", "error", "-c", example.text], folder=tmp_path)
        case "console":
            check_console(example.text, folder=tmp_path)
        case other:
            pytest.fail(f"{example.place}: a block in {other!r} cannot be run")


def check_console(text: str, *, folder: Path) -> None:
    printed = ""
    for line in text.splitlines():
        if line.startswith("$ "):
            printed = run(["sh", "-c", line.removeprefix("$ ")], folder=folder)
        else:
            assert line in printed


def run(command: list[str], *, folder: Path) -> str:
    """What the command prints, run in an empty folder with this environment's programs."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    finished = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout
