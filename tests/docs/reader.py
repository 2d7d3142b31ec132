"""Somebody who reads a page and does what it says: one folder and one shell for all of its examples."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx2

from flow_runtime.checks import check_definition
from flow_runtime.registry import StepRegistry
from tests.docs.markdown import ROOT, Example
from tests.services.child import free_port

Environment = Mapping[str, str]
DEFAULT_PORT: Final = "8400"
_DONE: Final = "-- done --"
_SHELL: Final = ["bash", "--norc", "-e"]
_SETUP: Final = 'curl() { command curl --fail-with-body --silent --show-error "$@"; }'
"""As if somebody looked at every answer."""


class Reader:
    """Follows the examples of one page; close it at the end. Raises `AssertionError` where one does not work."""

    def __init__(self, folder: Path, on_a_server: Callable[[], Environment]) -> None:
        self._folder = folder
        self._on_a_server = on_a_server
        self._port = str(free_port())
        self._served = ""
        programs = Path(sys.executable).parent
        (folder / ".venv").mkdir()
        (folder / ".venv" / "bin").symlink_to(programs)
        path = os.pathsep.join([str(programs), os.environ.get("PATH", "")])
        self._env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "PEER_SERVER_PORT": self._port}
        self._shell = subprocess.Popen(
            _SHELL,
            cwd=folder,
            env=self._env,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._do(_SETUP)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._served and self._shell.poll() is None:
            self._do("kill -9 $!")
        self._shell.communicate()

    def follow(self, example: Example) -> None:
        """Do what the marks of the example say."""
        text = example.text.replace(DEFAULT_PORT, self._port)
        for mark in example.marks:
            match mark.split():
                case ["run", *where]:
                    if where:
                        self._env.update(self._on_a_server())
                        self._do("\n".join(f"export {name}={value}" for name, value in self._on_a_server().items()))
                    self._run(example, text)
                case ["save", "as", name]:
                    (self._folder / name).write_text(text)
                case ["send", "to", method, path]:
                    self._send(method, path, text)
                case ["start", "a", "server"]:
                    self._serve(text.strip().splitlines()[-1])
                case ["after", "a", "kill"]:
                    self._do("kill -9 $!")
                    self._serve(self._served)
                case ["not", "run:", *reason]:
                    assert reason, example.place
                case _:
                    raise AssertionError(f"{example.place}: nobody knows what {mark!r} asks for")

    def _run(self, example: Example, text: str) -> None:
        match example.language:
            case "json":
                faults = check_definition(json.loads(text), StepRegistry.installed())
                assert [fault for fault in faults if fault.level == "error"] == [], example.place
            case "python":
                command = [sys.executable, "-W", "error", "-c", text]
                ended = subprocess.run(
                    command, cwd=self._folder, env=self._env, capture_output=True, text=True, check=False
                )
                assert ended.returncode == 0, f"{example.place}: {ended.stdout}{ended.stderr}"
            case "console":
                for commands, expected in _commands(text):
                    printed = self._do(commands)
                    assert [line for line in expected if line not in printed] == [], f"{example.place}: {printed}"
            case other:
                raise AssertionError(f"{example.place}: a block in {other!r} cannot be run")

    def _send(self, method: str, path: str, body: str) -> None:
        at = self._on_a_server()
        headers = {"Authorization": f"Bearer {at['PEER_SERVER_TOKEN']}", "Content-Type": "application/json"}
        answer = httpx2.request(method, f"{at['PEER_SERVER_URL']}{path}", content=body, headers=headers)
        assert answer.is_success, answer.text

    def _serve(self, command: str) -> None:
        """Start a server in the shell's background, and wait until it can work."""
        self._do(f"{command} > server.log 2>&1 &")
        self._served = command
        deadline = time.monotonic() + 60
        while not self._is_ready():
            assert time.monotonic() < deadline, (self._folder / "server.log").read_text()

    def _is_ready(self) -> bool:
        try:
            return httpx2.get(f"http://127.0.0.1:{self._port}/readyz").is_success
        except httpx2.TransportError:
            return False

    def _do(self, commands: str) -> str:
        """What the shell prints for them. The first command that fails ends the shell."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{commands}\necho; echo '{_DONE}'\n")
        self._shell.stdin.flush()
        printed = ""
        for line in self._shell.stdout:
            if line.strip() == _DONE:
                return printed
            printed += line
        raise AssertionError(f"{commands}\nfailed: {printed}")


def _commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command with the lines that it must print: one for every `$ `, else the whole block."""
    if not text.startswith("$ "):
        yield text, []
        return
    for part in text.removeprefix("$ ").split("\n$ "):
        command, *expected = part.splitlines()
        yield command, expected
