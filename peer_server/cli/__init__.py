"""The command line: `peer-server serve`, and what an administrator needs beside it. Heavy modules load when used."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from peer_server.cli import audit, flow, key, run, user

cli = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
cli.add_typer(audit.cli, name="audit")
cli.add_typer(user.cli, name="user")
cli.add_typer(flow.cli, name="flow")
cli.add_typer(run.cli, name="run")
cli.add_typer(key.cli, name="key")

Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")]
DataDir = Annotated[Path | None, typer.Option(help="Where the database, the keys and the files are.")]


def _tell_version(is_wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if is_wanted:
        typer.echo(f"peer-server {version('peer-server')}")
        raise typer.Exit


@cli.callback()
def _root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Chat with Peers whose flows can pause for people and survive anything."""


@cli.command()
def serve(
    *,
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    role: Annotated[str | None, typer.Option(help="all, or web and worker apart, on one PostgreSQL.")] = None,
) -> None:
    """Start the server."""
    from peer_server.cli.start import start

    start(host=host, port=port, data_dir=data_dir, role=role)


@cli.command()
def demo(*, host: Host = None, port: Port = None, data_dir: DataDir = None) -> None:
    """Start the server with example Peers, their flows and the small shop that these talk to."""
    from peer_server.cli.demo import start_demo

    start_demo(host=host, port=port, data_dir=data_dir)


@cli.command()
def worker() -> None:
    """Execute runs of a shared PostgreSQL; the same as `serve --role worker`."""
    from peer_server.cli.start import start

    start(role="worker")


@cli.command()
def migrate(*, data_dir: DataDir = None) -> None:
    """Bring the database up to date. A start does the same."""
    from peer_server.cli.start import migrate_now

    migrate_now(data_dir=data_dir)


@cli.command()
def doctor(*, data_dir: DataDir = None) -> None:
    """Look for what would keep the server from working; exits 1 if something is wrong."""
    from peer_server.cli.doctor import examine

    raise typer.Exit(0 if examine(data_dir=data_dir) else 1)


@cli.command("test")
def play_cases(
    files: Annotated[list[Path], typer.Argument(help="Cases as JSON or YAML.", exists=True, dir_okay=False)],
    *,
    only: Annotated[str, typer.Option("-k", help="Only cases with this in their name.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Run scripted cases of flows in memory, while virtual time passes; exits 1 if anything is not as expected."""
    from peer_server.cli.cases.testing import play_files
    from peer_server.cli.start import plain_errors

    with plain_errors():
        code = play_files(files, only=only, as_json=as_json)
    raise typer.Exit(code)


@cli.command("rotate-keys")
def rotate_keys(
    *,
    data_dir: DataDir = None,
    prune: Annotated[bool, typer.Option("--prune", help="Forget keys that wrap nothing any more.")] = False,
) -> None:
    """Make a new encryption key and put every workspace's data key under it. Servers go on meanwhile."""
    from peer_server.cli.rotation import rotate

    rotate(data_dir=data_dir, prune=prune)


@cli.command()
def sweep(
    *,
    data_dir: DataDir = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Remove what is kept no longer, now and for good; servers go on meanwhile. Exits 1 if one of them is at it."""
    from peer_server.cli.sweeping import sweep as sweep_now

    raise typer.Exit(0 if sweep_now(data_dir=data_dir, dry_run=dry_run, as_json=as_json) else 1)


@cli.command("export-types")
def export_types(
    root: Annotated[Path, typer.Argument(help="A checkout, or any folder to write into.")] = Path(),
) -> None:
    """Write what is generated from the code: the protocol's TypeScript, and the pages of the reference."""
    from peer_server.cli.export import export

    export(root)


def main() -> None:
    """The entry point of the command."""
    cli()
