"""What the command says of itself."""

from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from peer_server.cli import cli


def test_it_tells_its_version() -> None:
    told = CliRunner().invoke(cli, ["--version"])
    assert (told.exit_code, told.output) == (0, f"peer-server {version('peer-server')}\n")


@pytest.mark.parametrize("role", ["web", "worker"])
def test_halves_of_a_server_need_a_database_to_share(role: str, tmp_path: Path) -> None:
    told = CliRunner().invoke(cli, ["serve", "--role", role, "--data-dir", str(tmp_path)])
    assert told.exit_code == 1
    assert "PEER_SERVER_DATABASE_URL=postgresql://" in told.output
