"""How answers are shown: tables and colours for people, plain lines for pipes, JSON for programs."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Final

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from peer_server.client import Outcome, Step
from peer_server.client.records import Record

_WIDE: Final = 1000
"""A pipe has no width: nothing is cut off there."""
_COLOURS: Final = {
    "completed": "green",
    "done": "green",
    "failed": "red",
    "timed_out": "red",
    "cancelled": "yellow",
    "waiting": "yellow",
    "running": "cyan",
}
Columns = Mapping[str, Callable[[Any], object]]


class Display:
    """Where answers go: standard output; progress goes to standard error, and only to a terminal."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self._out = Console(width=None if Console().is_terminal else _WIDE, highlight=False)
        self._err = Console(stderr=True)

    def table(self, records: Iterable[Record], columns: Columns) -> None:
        """One row each; in JSON one array."""
        if self.as_json:
            self.json([record.as_json() for record in records])
            return
        table = Table(box=None, header_style="bold", pad_edge=False)
        for name in columns:
            table.add_column(name, overflow="fold")
        for record in records:
            table.add_row(*(_cell(read(record)) for read in columns.values()))
        self._out.print(table)

    def record(self, record: Record, fields: Columns) -> None:
        """One thing, a line per field; in JSON the whole of it."""
        if self.as_json:
            self.json(record.as_json())
            return
        for name, read in fields.items():
            self._out.print(f"[bold]{name}[/]: {_cell(read(record))}", soft_wrap=True)

    def steps(self, steps: Sequence[Step]) -> None:
        """The steps of a run; nothing in JSON, where they are part of the run."""
        for step in [] if self.as_json else steps:
            self.step(step)

    def step(self, step: Step) -> None:
        """One step as it stands."""
        if self.as_json:
            self.line_of_json(step.as_json())
            return
        port = f" → {escape(step.port)}" if step.port else ""
        error = f": {escape(str(step.error.get('message')))}" if isinstance(step.error, dict) else ""
        self._out.print(f"  {_cell(step.status)} {escape(step.key)}{port}{error}", soft_wrap=True)

    def outcome(self, outcome: Outcome) -> None:
        """What a run gave, or waits for; always as JSON, because that is what it is."""
        if self.as_json:
            self.json(outcome.as_json())
        elif outcome.waiting:
            for question in outcome.questions:
                title = question.title or question.message or ""
                self._out.print(f"waits for {question.kind} at {question.step_id}: {escape(title)}", soft_wrap=True)
            self._out.print(f"answer it: peer-server run resume {outcome.run_id} …", soft_wrap=True)
        elif outcome.status == "completed":
            self.json(outcome.output)
        else:
            self.json({"status": outcome.status, "error": outcome.error})

    def json(self, value: object) -> None:
        """One JSON document."""
        typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())

    def line_of_json(self, value: object) -> None:
        """One line of many."""
        typer.echo(orjson.dumps(value).decode())

    def say(self, text: str) -> None:
        """A sentence for people; nothing in JSON."""
        if not self.as_json:
            self._out.print(escape(text), soft_wrap=True)

    def markup(self, text: str) -> None:
        """A line with rich's marks."""
        self._out.print(text, soft_wrap=True)

    def complain(self, text: str) -> None:
        """A sentence on standard error."""
        typer.echo(text, err=True)

    @contextmanager
    def counting(self, what: str) -> Iterator[Callable[[str, int], None]]:
        """Show how many things were dealt with so far, of whatever kind: it is told of each few."""
        progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TextColumn("{task.completed:,.0f}"),
            TimeElapsedColumn(),
            console=self._err,
            transient=True,
            disable=not self._err.is_terminal,
        )
        task = progress.add_task(what, total=None)
        with progress:
            yield lambda _kind, count: progress.advance(task, count)

    def busy(self, what: str) -> AbstractContextManager[object]:
        """Show that something takes its time, and how long it has been."""
        progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=self._err,
            transient=True,
            disable=not self._err.is_terminal,
        )
        progress.add_task(what, total=None)
        return progress


def _cell(value: object) -> str:
    """A value as people read it."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list):
        return ", ".join(_cell(one) for one in value) or "–"
    text = str(value)
    return f"[{_COLOURS[text]}]{text}[/]" if text in _COLOURS else escape(text)
