"""`peer-server user`: come in without anybody's help, because whoever may read the data directory is the owner."""

from pathlib import Path
from typing import Annotated

import typer

cli = typer.Typer(no_args_is_help=True, help="Sign-in links and tokens.")

DataDir = Annotated[Path | None, typer.Option(help="The data directory of the server.")]


@cli.command()
def link(*, data_dir: DataDir = None) -> None:
    """Print a new one-time sign-in link for the owner; the server may be running."""
    from peer_server.cli.credentials import issue

    settings, issued = issue("link", data_dir=data_dir)
    typer.echo(f"{settings.base_url}/#/sign-in={issued.token.reveal()}")


@cli.command()
def token(*, data_dir: DataDir = None) -> None:
    """Print a new bearer token of the owner; it is good until it is ended."""
    from peer_server.cli.credentials import issue

    _settings, issued = issue("token", data_dir=data_dir)
    typer.echo(issued.token.reveal())
