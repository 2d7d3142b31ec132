"""The page `docs/reference/commands.md`, drawn from the commands themselves."""

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

from peer_server.cli.exit_codes import Exit

_EXIT_WORDS = {
    Exit.DONE: "done",
    Exit.FAILED: "failed: a run, a check that found errors, a test that found a difference, a log that was changed",
    Exit.ONLY_WARNINGS: "wrong usage; of `flow check`: warnings, and nothing worse",
    Exit.WAITS: "the run waits for somebody",
    Exit.REFUSED: "the server refused: not signed in, not allowed, not found, too late …",
    Exit.UNREACHABLE: "the server gave no answer",
}


def commands_page(banner: str) -> str:
    """Every command with its arguments and options, and what the exit codes mean."""
    from typer.main import get_command

    from peer_server.cli import cli

    lines = [
        "# Commands",
        "",
        banner,
        "",
        "Commands with `--url` talk to a running server. Without `--token` (or `PEER_SERVER_TOKEN`) they act as the",
        "owner of the local data directory. `--json` prints what the server answered; errors go to standard error with",
        "their code and what to do about them. `peer-server --install-completion` teaches your shell to complete.",
        "",
        "| exit code | means |",
        "| --- | --- |",
        *(f"| {code.value} | {_EXIT_WORDS[code]} |" for code in Exit),
        "",
    ]
    for name, command in _commands("peer-server", get_command(cli)):
        lines += [f"## `{name}`", "", cleandoc(command.help or ""), "", *_parameters(command)]
    return "\n".join(lines)


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - typer keeps its click to itself
    below = getattr(command, "commands", None)
    if below is None:
        yield name, command
        return
    for word, one in below.items():
        yield from _commands(f"{name} {word}", one)


def _parameters(command: Any) -> list[str]:  # noqa: ANN401 - as above
    rows = []
    for parameter in command.params:
        if parameter.name == "help":
            continue
        is_argument = parameter.param_type_name == "argument"
        spelled = f"`{parameter.name.upper()}`" if is_argument else ", ".join(f"`{word}`" for word in parameter.opts)
        rows.append(f"| {spelled} | {parameter.help or ''} |")
    return ["| | |", "| --- | --- |", *rows, ""] if rows else []
