"""`peer-server flow`: check and run definitions from files without a server, and everything else on one."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from peer_server.cli.exit_codes import Exit, run_code
from peer_server.cli.remote import Remote, on_server
from peer_server.cli.values import json_object, local_file

cli = typer.Typer(no_args_is_help=True, help="Flows: from files without a server, and on one.")

File = Annotated[Path, typer.Argument(help="What to read.", exists=True, dir_okay=False)]
FlowId = Annotated[str, typer.Argument(help="The id of a flow.", show_default=False)]
Target = Annotated[str, typer.Argument(help="A definition as JSON, or the id of a flow on the server.")]
Inputs = Annotated[str, typer.Option(help="The inputs as JSON, or @FILE.")]
Version = Annotated[str | None, typer.Option(help="draft, deployed, latest or a number.")]
Format = Annotated[
    Literal["json", "zip"] | None,
    typer.Option(help="One JSON document, or a package of three files.", show_default="by the name of the output"),
]
Confirm = Annotated[bool, typer.Option("--confirm", help="Changes that others rely on are meant.")]


@cli.command("list")
@on_server
def list_all(remote: Remote, *, search: Annotated[str, typer.Option(help="Words of its name.")] = "") -> None:
    """The flows that you may see, newest first."""
    remote.display.table(
        remote.server.flows.list(search=search),
        {
            "ID": lambda flow: flow.id,
            "NAME": lambda flow: flow.name,
            "PUBLISHED": lambda flow: flow.latest_version,
            "DEPLOYED": lambda flow: flow.deployed_version,
            "TRIGGERS": lambda flow: flow.triggers,
            "CHANGED": lambda flow: flow.updated_at,
        },
    )


@cli.command()
@on_server
def check(remote: Remote, target: Target) -> Exit:
    """Look for mistakes, in a file without a server; exits 1 if there are errors, 2 if there are only warnings."""
    from peer_server.cli.offline import check_file

    path = local_file(target)
    if path is not None:
        return Exit(check_file(path, remote.display))
    found = remote.server.flows.check(target)
    if remote.display.as_json:
        remote.display.json(found.as_json())
    for level, faults in (("error", found.errors), ("warning", found.warnings), ("hint", found.hints)):
        for fault in faults:
            remote.display.say(f"{level}: {fault['path'] or '/'}: {fault['message']} [{fault['code']}]")
    return Exit.FAILED if found.errors else Exit.ONLY_WARNINGS if found.warnings else Exit.DONE


@cli.command()
@on_server
def run(
    remote: Remote,
    target: Target,
    *,
    inputs: Inputs = "{}",
    timeout_s: Annotated[float, typer.Option(help="How long to wait.")] = 60.0,
    version: Version = None,
) -> Exit:
    """Run it, from a file in memory, and print its output; exits 3 if it waits for somebody, printing for what."""
    from peer_server.cli.offline import run_file

    path, values = local_file(target), json_object(inputs)
    if path is not None:
        return Exit(run_file(path, remote.display, inputs=values, timeout_s=timeout_s))
    with remote.display.busy("The flow runs"):
        outcome = remote.server.flows.execute(target, values, version=_version(version), timeout_s=timeout_s)
    remote.display.outcome(outcome)
    return run_code(outcome.status)


@cli.command()
@on_server
def create(remote: Remote, definition: File) -> None:
    """Make a flow of a definition."""
    flow = remote.server.flows.create(json_object(f"@{definition}"))
    remote.display.record(flow, {"id": lambda flow: flow.id, "name": lambda flow: flow.name})


@cli.command()
@on_server
def update(remote: Remote, flow_id: FlowId, definition: File) -> None:
    """Replace the draft by a definition."""
    flow = remote.server.flows.update(flow_id, json_object(f"@{definition}"))
    remote.display.record(flow, {"id": lambda flow: flow.id, "draft": lambda flow: flow.draft_rev})


@cli.command()
@on_server
def publish(
    remote: Remote,
    flow_id: FlowId,
    *,
    notes: Annotated[str, typer.Option(help="What the version is for.")] = "",
    confirm: Confirm = False,
) -> None:
    """Freeze the draft as the next version."""
    made = remote.server.flows.publish(flow_id, notes=notes, confirm=confirm)
    remote.display.record(made, {"version": lambda made: made.version})


@cli.command()
@on_server
def deploy(
    remote: Remote,
    flow_id: FlowId,
    *,
    version: Annotated[int | None, typer.Option(help="Without it the draft, published if it changed.")] = None,
    confirm: Confirm = False,
) -> None:
    """Put a version behind the flow's endpoint."""
    made = remote.server.flows.deploy(flow_id, version=version, confirm=confirm)
    remote.display.record(made, {"version": lambda made: made.version})


@cli.command("export")
@on_server
def export_flow(
    remote: Remote,
    flow_id: FlowId,
    *,
    version: Version = None,
    format: Format = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to; without it standard output.")] = None,
) -> None:
    """A version as a file; values of secure variables are not in it."""
    kind: Literal["json", "zip"] = "zip" if output is not None and output.suffix.lower() == ".zip" else "json"
    with remote.display.busy("Exporting"):
        content = remote.server.flows.export(flow_id, version=_version(version), format=format or kind)
    if output is None:
        typer.echo(content, nl=False)
        return
    output.write_bytes(content)
    remote.display.say(f"{output}: {len(content):,} bytes")


@cli.command("import")
@on_server
def import_flow(
    remote: Remote,
    file: File,
    *,
    over: Annotated[str | None, typer.Option(help="The flow whose draft it replaces; else a new one is made.")] = None,
    keep: Annotated[list[str] | None, typer.Option(help="A variable to leave as the flow has it.")] = None,
    overwrite: Annotated[list[str] | None, typer.Option(help="A variable to take from the file.")] = None,
    proceed: Annotated[bool, typer.Option("--proceed", help="Keep the variables that are named nowhere.")] = False,
    backup: Annotated[bool, typer.Option("--backup", help="Keep the draft that is replaced.")] = False,
) -> None:
    """Take in what `export` gave."""
    content, flows = file.read_bytes(), remote.server.flows
    with remote.display.busy("Importing"):
        if over is None:
            flow = flows.import_new(content, format="zip" if content.startswith(b"PK") else "json")
        else:
            names = {"keep": keep or (), "overwrite": overwrite or ()}
            flow = flows.import_over(over, content, **names, proceed=proceed, backup=backup)
    remote.display.record(flow, {"id": lambda flow: flow.id, "name": lambda flow: flow.name})


def _version(text: str | None) -> int | Literal["draft", "deployed", "latest"] | None:
    match text:
        case None | "draft" | "deployed" | "latest":
            return text
        case _ if text.isdecimal() and int(text) > 0:
            return int(text)
    raise typer.BadParameter("a version is draft, deployed, latest or a number", param_hint="--version")
