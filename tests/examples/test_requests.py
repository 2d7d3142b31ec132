"""The requests of the published API, sent by curl as they are written in the examples."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT
from tests.fakes.live_server import TOKEN, LiveServer


@pytest.mark.row("B-10", "B-11", "B-12", "B-13", "B-17", "B-18", "B-22", "B-23", "B-24", "B-28", "B-36", "B-37")
def test_every_request_is_answered_as_it_should_be(tmp_path: Path) -> None:
    # Given a server that nobody has used yet
    with LiveServer(tmp_path / "data") as server:
        # When the script is run by somebody who has only curl, sh and Python
        env = {**os.environ, "BASE": server.url, "TOKEN": TOKEN, "TMPDIR": str(tmp_path)}
        script = ROOT / "examples" / "from_curl" / "requests.sh"
        finished = subprocess.run(["sh", script], env=env, capture_output=True, text=True, check=False)
    # Then it comes to its end
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert finished.stdout.endswith("Everything was answered as it should be.\n")
