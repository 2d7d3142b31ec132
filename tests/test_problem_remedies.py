"""Whatever is refused says what to do: where it is raised, or by its code."""

import ast
from collections.abc import Iterator
from pathlib import Path

from peer_server.errors import remedy_of

ROOT = Path(__file__).parents[1]
RAISED = {
    *("Conflict", "Forbidden", "Gone", "InvalidDefinition", "JsonError", "NotFound", "StoreUnavailable"),
    *("TooLarge", "TooManyRequests", "Unauthenticated", "invalid"),
}
OF_RUNS = {
    # The journal of a run names a definition that is not there: nobody sent something that could be better.
    "definition_not_found",
}


def without_remedy() -> Iterator[tuple[str, str]]:
    """The codes of errors that are made without one, and where."""
    for package in ("flow_runtime", "peer_server"):
        for file in sorted((ROOT / package).rglob("*.py")):
            if file.is_relative_to(ROOT / "peer_server" / "cli"):
                continue  # A command says on one line what is wrong and how to go on.
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED:
                    named = {keyword.arg: keyword.value for keyword in node.keywords}
                    code = named.get("code") if node.func.id == "invalid" else next(iter(node.args), None)
                    if "remedy" not in named and isinstance(code, ast.Constant):
                        yield str(code.value), f"{file.relative_to(ROOT)}:{node.lineno}"


def test_every_refusal_says_what_to_do() -> None:
    found = list(without_remedy())
    assert len(found) > 50
    assert [(code, place) for code, place in found if code not in OF_RUNS and not remedy_of(code, or_else="")] == []
