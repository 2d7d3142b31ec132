"""`peer-server test`: play every case of some files and tell what differs."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from flow_runtime.checks import check_definition
from flow_runtime.errors import FlowError
from flow_runtime.registry import StepRegistry
from flow_runtime.sandbox import CodeSandbox
from flow_runtime.schema_validation import validate
from peer_server.cli.cases.case_file import Case, Cases
from peer_server.cli.cases.differences import differences
from peer_server.cli.cases.playing import play
from peer_server.cli.cases.scripted_world import check_answers
from peer_server.cli.display import Display
from peer_server.cli.exit_codes import Exit


@dataclass(frozen=True, slots=True)
class Verdict:
    """One case and what differed."""

    file: Path
    name: str
    differences: Sequence[str]
    seconds: float
    passed: str
    """How much virtual time went by."""


def play_files(paths: Sequence[Path], *, only: str, as_json: bool) -> Exit:
    """Play them all; the exit code. Raises `FlowError`, `OSError` for files that are no cases."""
    files = [(cases, [case for case in cases.file.cases if only in case.name]) for cases in map(Cases, paths)]
    for _, chosen in files:
        for case in chosen:
            check_answers(case)
    verdicts = asyncio.run(_play_all(files))
    _tell(verdicts, as_json=as_json)
    return Exit.FAILED if any(one.differences for one in verdicts) or not verdicts else Exit.DONE


async def _play_all(files: Sequence[tuple[Cases, Sequence[Case]]]) -> list[Verdict]:
    verdicts = []
    errors = Console(stderr=True)
    sandbox = CodeSandbox()
    try:
        with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
            task = progress.add_task("Cases", total=sum(len(chosen) for _, chosen in files))
            for cases, chosen in files:
                for case in chosen:
                    verdicts.append(await _judge(cases, case, sandbox=sandbox))
                    progress.advance(task)
    finally:
        sandbox.close()
    return verdicts


async def _judge(cases: Cases, case: Case, *, sandbox: CodeSandbox) -> Verdict:
    began = time.monotonic()
    found, passed = _mistakes(cases, case), ""
    if not found:
        try:
            played = await play(cases, case, sandbox=sandbox)
            found, passed = differences(case, played), str(played.passed) if played.passed else ""
        except TimeoutError:
            found = ["the run does not come to rest"]
        except FlowError as error:
            found = [f"{error.message} [{error.code}]"]
    return Verdict(cases.path, case.name, found, time.monotonic() - began, passed)


def _mistakes(cases: Cases, case: Case) -> list[str]:
    """Why the run would not even start."""
    faults = check_definition(cases.definition, StepRegistry.installed())
    found = [f"the flow: {fault.path}: {fault.message} [{fault.code}]" for fault in faults if fault.level == "error"]
    schema = cases.definition.get("inputs", {})
    return found or [f"inputs{fault.pointer}: {fault.message}" for fault in validate(schema, case.inputs)]


def _tell(verdicts: Sequence[Verdict], *, as_json: bool) -> None:
    display = Display(as_json=as_json)
    bad = sum(bool(one.differences) for one in verdicts)
    if as_json:
        told = [
            {"file": str(one.file), "case": one.name, "passed": not one.differences, "differences": one.differences}
            for one in verdicts
        ]
        display.json({"passed": len(verdicts) - bad, "failed": bad, "cases": told})
        return
    file: Path | None = None
    for one in verdicts:
        if one.file != file:
            file = one.file
            display.say(str(file))
        mark = "[red]✗[/]" if one.differences else "[green]✓[/]"
        passed = f" [dim]({one.passed} went by)[/]" if one.passed else ""
        display.markup(f"  {mark} {escape(one.name)}{passed}")
        for difference in one.differences:
            display.say(f"      {difference}")
    display.say(f"{len(verdicts) - bad} passed, {bad} failed" if verdicts else "there is no such case")
