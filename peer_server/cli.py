"""The command line: `peer-server serve`, and what an administrator needs beside it. Heavy modules load when used."""

from pathlib import Path
from typing import Annotated

import typer

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")]
DataDir = Annotated[Path | None, typer.Option(help="Where the database, the keys and the files are.")]
RoleName = Annotated[str | None, typer.Option(help="all, web or worker.")]


@cli.callback()
def _root() -> None:
    """Chat with Peers whose flows can pause for people and survive anything."""


@cli.command()
def serve(*, host: Host = None, port: Port = None, data_dir: DataDir = None, role: RoleName = None) -> None:
    """Start the server."""
    from peer_server.server import serve as start
    from peer_server.settings import load_settings

    start(load_settings(host=host, port=port, data_dir=data_dir, role=role))


def main() -> None:
    """The entry point of the command."""
    cli()
