"""`peer-server run`: look at runs, follow them, and answer what they ask."""

from typing import Annotated

import typer

from peer_server.cli.exit_codes import Exit, run_code
from peer_server.cli.remote import Remote, on_server
from peer_server.cli.values import json_object, json_value

cli = typer.Typer(no_args_is_help=True, help="Runs: look at them, follow them, answer them.")

RunId = Annotated[str, typer.Argument(help="The id of a run.", show_default=False)]


@cli.command("list")
@on_server
def list_all(
    remote: Remote,
    flow_id: Annotated[str, typer.Argument(help="The flow.")],
    *,
    status: Annotated[list[str] | None, typer.Option(help="Only of this status; may be given again.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
) -> None:
    """The runs of a flow, newest first."""
    found = remote.server.flows.runs(flow_id, status=status or ())
    remote.display.table(
        [run for _, run in zip(range(limit), found, strict=False)],
        {
            "ID": lambda run: run.run_id,
            "STATUS": lambda run: run.status,
            "VERSION": lambda run: run.version,
            "BEGAN": lambda run: run.created_at,
            "MS": lambda run: run.response_time_ms,
            "SOURCE": lambda run: run.source,
        },
    )


@cli.command()
@on_server
def show(remote: Remote, run_id: RunId) -> Exit:
    """What happened in a run: its steps, its output, or what it waits for; exits 3 if it waits, 1 if it failed."""
    details = remote.server.runs.details(run_id)
    remote.display.record(
        details,
        {
            "run": lambda run: run.run_id,
            "status": lambda run: run.status,
            "flow": lambda run: run.flow_id,
            "version": lambda run: run.version,
            "began": lambda run: run.created_at,
            "ended": lambda run: run.ended_at,
        },
    )
    remote.display.steps(details.steps)
    if not remote.display.as_json:
        remote.display.outcome(remote.server.runs.poll(run_id))
    return run_code(details.status)


@cli.command()
@on_server
def watch(remote: Remote, run_id: RunId) -> Exit:
    """Print each step as it changes, until the run has ended or waits for somebody."""
    with remote.display.busy("The run goes on"):
        for step in remote.server.runs.watch(run_id):
            remote.display.step(step)
    outcome = remote.server.runs.poll(run_id)
    remote.display.outcome(outcome)
    return run_code(outcome.status)


@cli.command()
@on_server
def resume(
    remote: Remote,
    run_id: RunId,
    *,
    decision: Annotated[str | None, typer.Option(help="approve, reject, or another that is offered.")] = None,
    comment: Annotated[str | None, typer.Option(help="Why.")] = None,
    edits: Annotated[str | None, typer.Option(help="Changed values as JSON, or @FILE.")] = None,
    form: Annotated[str | None, typer.Option(help="The values of the form as JSON, or @FILE.")] = None,
    tool_result: Annotated[str | None, typer.Option(help="What a client tool gave, as JSON, or @FILE.")] = None,
    question: Annotated[str | None, typer.Option(help="Which one, if the run asks several.")] = None,
) -> Exit:
    """Answer what a run waits for, and print its output or its next question."""
    resolution: dict[str, object] = {"decision": decision, "comment": comment}
    resolution["edits"] = None if edits is None else json_object(edits)
    resolution["formData"] = None if form is None else json_object(form)
    if not any(value is not None for value in (decision, form, tool_result)):
        raise typer.BadParameter("answer with --decision, --form or --tool-result")
    with remote.display.busy("The run goes on"):
        if tool_result is not None:
            given = json_value(tool_result)
            outcome = remote.server.runs.submit_tool_result(run_id, given, interrupt_id=question)
        else:
            outcome = remote.server.runs.resume(run_id, resolution, interrupt_id=question)
    remote.display.outcome(outcome)
    return run_code(outcome.status)
