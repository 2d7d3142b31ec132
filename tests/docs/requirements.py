"""The table of required behaviours, and the tests that prove them: `python -m tests.docs.requirements` renews it.

A test names what it proves by `@pytest.mark.row("B-12")`. The words of a row are written by hand in the table; the
proof beside them is read off the tests. A row without a test says why: `a screen, later`, or `open`.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.docs.markdown import ROOT

PAGE = ROOT / "docs" / "reference" / "requirements.md"
UNPROVED = ("a screen, later", "open")
_ROW = re.compile(r"^\| (?P<id>[A-D]-\d+) \| (?P<words>.*) \| (?P<proof>[^|]*) \|$")


def proofs() -> Mapping[str, list[str]]:
    """The tests of each row, as `tests/path.py::name`."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for name, marked in _marked(ast.parse(file.read_text())):
            found[marked].append(f"{file.relative_to(ROOT).as_posix()}::{name}")
    return found


def renewed(page: str) -> str:
    """The page with the proofs as they are now."""
    known = proofs()
    return "\n".join(_renew(line, known) for line in page.split("\n"))


def rows(page: str) -> Mapping[str, str]:
    """The proof of every row, as the page has it."""
    return {row["id"]: row["proof"] for row in map(_ROW.match, page.split("\n")) if row}


def _renew(line: str, known: Mapping[str, list[str]]) -> str:
    row = _ROW.match(line)
    if row is None:
        return line
    named = ", ".join(_link(place) for place in known.get(row["id"], ()))
    proof = named or (row["proof"] if row["proof"] in UNPROVED else "open")
    return f"| {row['id']} | {row['words']} | {proof} |"


def _link(place: str) -> str:
    path, _, name = place.partition("::")
    return f"[{name}](../../{path})"


def _marked(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Every test function with each row that it, or its whole module, is marked with."""
    module = [row for node in tree.body if _is_mark_of_module(node) for row in _rows_in(node)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            own = [row for decorator in node.decorator_list for row in _rows_in(decorator)]
            for row in dict.fromkeys([*module, *own]):
                yield node.name, row


def _is_mark_of_module(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(to, ast.Name) and to.id == "pytestmark" for to in node.targets
    )


def _rows_in(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "row":
            yield from (str(argument.value) for argument in call.args if isinstance(argument, ast.Constant))


def main(page: Path = PAGE) -> None:
    """Renew the page."""
    page.write_text(renewed(page.read_text()))


if __name__ == "__main__":
    main()
