"""One real process: it starts small, refuses a second one, drains on SIGTERM, and comes back after a kill."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.fakes.flows import APPROVAL

PROGRAM = [sys.executable, "-c", "from peer_server.cli import main; main()"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
HEAVY = {
    "alembic",
    "anthropic",
    "cryptography",
    "langchain",
    "langchain_core",
    "langchain_openai",
    "limits",
    "obstore",
    "openai",
    "pgqueuer",
    "pydantic_monty",
    "redis",
}
"""What a start must not load: it comes with the first use."""


@contextmanager
def server(data_dir: Path, *, token: str | None = "t", port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server process and its address. Killed at the end if it still runs."""
    environment = ENVIRONMENT | ({"PEER_SERVER_OWNER_TOKEN": token} if token else {})
    process = subprocess.Popen(
        [*PROGRAM, "serve", "--port", str(port), "--data-dir", str(data_dir)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        yield process, found.group()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def ask(method: str, url: str, body: object = None) -> dict[str, object]:
    headers = {"Authorization": "Bearer t", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, headers, method=method), timeout=20) as answer:
        found: dict[str, object] = json.load(answer)
        return found


def test_a_start_loads_nothing_heavy() -> None:
    code = "import sys; from peer_server.server import serve; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in loaded.stdout.split()} & HEAVY == set()


@pytest.mark.promise("E14")
def test_sigterm_drains_and_a_second_process_is_refused(tmp_path: Path) -> None:
    with server(tmp_path) as (process, url):
        # Given a running server that is ready
        assert ask("GET", f"{url}/readyz")["status"] == "ok"
        # When a second one wants the same database
        command = [*PROGRAM, "serve", "--port", "0", "--data-dir", str(tmp_path)]
        second = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=30, check=False)
        # Then it is refused in words, and the first one ends well when it is told to
        assert second.returncode == 1
        assert "is in use by process" in second.stderr
        assert "Traceback" not in second.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_taken_port_is_said_in_words(tmp_path: Path) -> None:
    with server(tmp_path / "first") as (_process, url):
        port = url.rpartition(":")[2]
        command = [*PROGRAM, "serve", "--port", port, "--data-dir", str(tmp_path / "second")]
        second = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in second.stderr


def test_the_first_start_prints_a_link_and_others_can_be_made(tmp_path: Path) -> None:
    with server(tmp_path, token=None) as (process, url):
        # Given the link of the first start, and one made beside the running server
        assert process.stdout is not None
        printed = process.stdout.readline()
        command = [*PROGRAM, "user", "link", "--data-dir", str(tmp_path)]
        made = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=30, check=True).stdout
        # Then both codes sign in
        for line in (printed, made):
            code = line.strip().rpartition("#/sign-in=")[2]
            assert ask("POST", f"{url}/v1/auth/sign-in", {"code": code})["name"] == "Owner"


def test_a_killed_server_goes_on(tmp_path: Path) -> None:
    # Given a run that waits for a decision when its server is killed
    with server(tmp_path) as (process, url):
        flow = ask("POST", f"{url}/v1/flow", {"definition": APPROVAL})
        waiting = ask("POST", f"{url}/v1/flow/execute/{flow['id']}", {"inputs": {"amount": 5}})
        process.send_signal(signal.SIGKILL)
        process.wait()
    # When another one starts on the same data
    with server(tmp_path) as (_process, url):
        done = ask("POST", f"{url}/v1/flowrun/resume/{waiting['appRunId']}", {"decision": "approve"})
    # Then the run goes on where it stood
    assert done == {"paid": 5}


@pytest.mark.parametrize("setting", [{"PEER_SERVER_PORT": "x"}, {"PEER_SERVER_DATABASE_URL": "mysql://x"}])
def test_wrong_settings_are_said_in_words(tmp_path: Path, setting: dict[str, str]) -> None:
    command = [*PROGRAM, "serve", "--data-dir", str(tmp_path)]
    environment = ENVIRONMENT | setting
    failed = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert failed.returncode == 1
    assert next(iter(setting)) in failed.stderr
    assert "Traceback" not in failed.stderr
