"""What the command says of itself."""

from importlib.metadata import version

from typer.testing import CliRunner

from peer_server.cli import cli


def test_it_tells_its_version() -> None:
    told = CliRunner().invoke(cli, ["--version"])
    assert (told.exit_code, told.output) == (0, f"peer-server {version('peer-server')}\n")
