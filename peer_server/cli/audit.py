"""`peer-server audit`: what was done, as a list or a file, and whether the log is as it was written."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from peer_server.cli.remote import Remote, on_server

cli = typer.Typer(no_args_is_help=True, help="The audit log.")

DataDir = Annotated[Path | None, typer.Option(help="The data directory of the server.")]


Flow = Annotated[str | None, typer.Option("--flow", help="Of this flow; without it of the whole workspace.")]
Filters = Annotated[
    list[str] | None, typer.Option("--filter", help="field:is:value or field:isNot:value; may be given again.")
]
Match = Annotated[Literal["all", "any"], typer.Option(help="Whether all filters must hold, or any.")]
Since = Annotated[datetime | None, typer.Option(help="From when; without it the last 30 days.", show_default=False)]
Until = Annotated[datetime | None, typer.Option(help="Until when; without it until now.", show_default=False)]


@cli.command("list")
@on_server
def list_all(
    remote: Remote,
    *,
    flow: Flow = None,
    filters: Filters = None,
    match: Match = "all",
    since: Since = None,
    until: Until = None,
) -> None:
    """What was done, newest first."""
    remote.display.table(
        remote.server.audit.list(flow, filters=filters or (), match=match, since=_local(since), until=_local(until)),
        {
            "WHEN": lambda record: record.at,
            "EVENT": lambda record: record.event,
            "WHO": lambda record: record.user_name,
            "FROM": lambda record: record.ip,
            "WHAT": lambda record: record.description,
        },
    )


@cli.command()
@on_server
def export(
    remote: Remote,
    *,
    flow: Flow = None,
    filters: Filters = None,
    match: Match = "all",
    since: Since = None,
    until: Until = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to; without it standard output.")] = None,
) -> None:
    """The same as CSV."""
    with remote.display.busy("Exporting"):
        content = remote.server.audit.export(
            flow, filters=filters or (), match=match, since=_local(since), until=_local(until)
        )
    if output is None:
        typer.echo(content, nl=False)
        return
    output.write_bytes(content)
    remote.display.say(f"{output}: {len(content):,} bytes")


def _local(at: datetime | None) -> datetime | None:
    """What somebody types is in their own time zone."""
    return at and at.astimezone()


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
