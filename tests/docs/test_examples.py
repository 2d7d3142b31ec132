"""The examples of the documentation work.

Mark one by a line `<!-- run -->` above its fence:

`json` is a flow that must have no errors, `python` a program that must end well, and `console` commands after `$ `
that must succeed and print every line shown below them. After `<!-- run with a server -->` they find one, and the
owner's token, in the environment.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from flow_runtime.checks import check_definition
from flow_runtime.registry import StepRegistry
from tests.docs.markdown import ROOT, Example, examples, pages
from tests.fakes.live_server import TOKEN, LiveServer

Environment = Mapping[str, str]
EXAMPLES = [example for page in pages() for example in examples(page)]


@pytest.fixture(scope="module")
def on_a_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Environment]]:
    """Where a server is, which starts for the first example that needs it."""
    with ExitStack() as started:
        found: list[Environment] = []

        def environment() -> Environment:
            if not found:
                server = started.enter_context(LiveServer(tmp_path_factory.mktemp("server")))
                found.append({"PEER_SERVER_URL": server.url, "PEER_SERVER_TOKEN": TOKEN})
            return found[0]

        yield environment


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.place)
def test_example_works(example: Example, tmp_path: Path, on_a_server: Callable[[], Environment]) -> None:
    added = on_a_server() if example.needs_server else {}
    match example.language:
        case "json":
            faults = check_definition(json.loads(example.text), StepRegistry.installed())
            assert [fault for fault in faults if fault.level == "error"] == []
        case "python":
            run([sys.executable, "-W", "error", "-c", example.text], folder=tmp_path, added=added)
        case "console":
            check_console(example.text, folder=tmp_path, added=added)
        case other:
            pytest.fail(f"{example.place}: a block in {other!r} cannot be run")


def check_console(text: str, *, folder: Path, added: Environment) -> None:
    printed = ""
    for line in text.splitlines():
        if line.startswith("$ "):
            printed = run(["sh", "-c", line.removeprefix("$ ")], folder=folder, added=added)
        else:
            assert line in printed


def run(command: list[str], *, folder: Path, added: Environment) -> str:
    """What the command prints, run in an empty folder with this environment's programs."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), **added}
    finished = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout
