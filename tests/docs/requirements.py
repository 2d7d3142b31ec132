"""The tables of what is required and promised, and the tests that prove it: `python -m tests.docs.requirements`.

A test names what it proves by `@pytest.mark.row("B-12")` or `@pytest.mark.promise("A3")`. The words are written by hand
in the tables; the proof beside them is read off the tests. What has no test says why, by one of `UNPROVED`.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.docs.markdown import ROOT

UNPROVED = ("a screen, later", "later", "open")
_FOLDER = ROOT / "docs" / "reference"


@dataclass(frozen=True, slots=True)
class Table:
    """A page with a table whose first column is an id, and whose last one is the proof."""

    page: Path
    mark: str
    """The mark by which tests name an id."""
    ids: str
    """A regular expression of the ids."""

    def proofs(self) -> Mapping[str, list[str]]:
        """The tests of each id, as `tests/path.py::name`."""
        found: dict[str, list[str]] = defaultdict(list)
        for file in sorted((ROOT / "tests").rglob("test_*.py")):
            for name, marked in self._marked(ast.parse(file.read_text())):
                found[marked].append(f"{file.relative_to(ROOT).as_posix()}::{name}")
        return found

    def renewed(self) -> str:
        """The page with the proofs as they are now."""
        known = self.proofs()
        return "\n".join(self._renew(line, known) for line in self.page.read_text().split("\n"))

    def rows(self) -> Mapping[str, str]:
        """The proof of every id, as the page has it."""
        return {row["id"]: row["proof"] for row in map(self._row, self.page.read_text().split("\n")) if row}

    def _row(self, line: str) -> re.Match[str] | None:
        return re.match(rf"^\| (?P<id>{self.ids}) \| (?P<words>.*) \| (?P<proof>[^|]*) \|$", line)

    def _renew(self, line: str, known: Mapping[str, list[str]]) -> str:
        row = self._row(line)
        if row is None:
            return line
        named = ", ".join(_link(place) for place in known.get(row["id"], ()))
        proof = named or (row["proof"] if row["proof"] in UNPROVED else "open")
        return f"| {row['id']} | {row['words']} | {proof} |"

    def _marked(self, tree: ast.Module) -> Iterator[tuple[str, str]]:
        """Every test function with each id that it, or its whole module, is marked with."""
        module = [one for node in tree.body if _is_mark_of_module(node) for one in self._ids_in(node)]
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                own = [one for decorator in node.decorator_list for one in self._ids_in(decorator)]
                for one in dict.fromkeys([*module, *own]):
                    yield node.name, one

    def _ids_in(self, node: ast.AST) -> Iterator[str]:
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == self.mark:
                yield from (str(argument.value) for argument in call.args if isinstance(argument, ast.Constant))


TABLES = (
    Table(_FOLDER / "requirements.md", "row", r"[A-D]-\d+"),
    Table(_FOLDER / "promises.md", "promise", r"[DEASX]\d+"),
)


def _link(place: str) -> str:
    path, _, name = place.partition("::")
    return f"[{name}](../../{path})"


def _is_mark_of_module(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(to, ast.Name) and to.id == "pytestmark" for to in node.targets
    )


def main() -> None:
    """Renew the pages."""
    for table in TABLES:
        table.page.write_text(table.renewed())


if __name__ == "__main__":
    main()
