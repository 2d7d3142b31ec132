"""`peer-server flow`: check and run a definition from a file, without a server."""

from pathlib import Path
from typing import Annotated

import typer

cli = typer.Typer(no_args_is_help=True, help="Flows from files.")

Definition = Annotated[Path, typer.Argument(help="A definition as JSON.", exists=True, dir_okay=False)]


@cli.command()
def check(definition: Definition) -> None:
    """Look for mistakes; exits 1 if there are errors, 2 if there are only warnings."""
    from peer_server.cli.offline import check_file

    raise typer.Exit(check_file(definition))


@cli.command()
def run(
    definition: Definition,
    *,
    inputs: Annotated[str, typer.Option(help="The inputs as JSON.")] = "{}",
    timeout_s: Annotated[float, typer.Option(help="How long to wait.")] = 60.0,
) -> None:
    """Run it in memory and print its output; exits 3 if it waits for somebody, printing for what."""
    from peer_server.cli.offline import run_file

    raise typer.Exit(run_file(definition, inputs=inputs, timeout_s=timeout_s))
