"""`peer-server audit`: whether the log is as it was written."""

from pathlib import Path
from typing import Annotated

import typer

cli = typer.Typer(no_args_is_help=True, help="The audit log.")

DataDir = Annotated[Path | None, typer.Option(help="The data directory of the server.")]


@cli.callback()
def _root() -> None:
    """The audit log."""


@cli.command()
def verify(
    *,
    data_dir: DataDir = None,
    anchors: Annotated[Path | None, typer.Option(help="A copy of audit-anchors.jsonl that was kept elsewhere.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Check every record of every workspace; exits 1 and names the first bad one. The server may be running."""
    from peer_server.cli.audit_check import check_all
    from peer_server.cli.display import Display

    with Display().busy("Checking every record"):
        is_sound = check_all(data_dir=data_dir, anchors=anchors, as_json=json)
    raise typer.Exit(0 if is_sound else 1)
