"""The sizes and names that keep this code readable. A file that a rule makes worse is named here, with the reason."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("flow_runtime", "peer_server", "widgets")

MODULE_LINES = 400
MEDIAN_LINES = 120
FUNCTION_LINES, FUNCTION_LINES_P90 = 50, 30
NESTED_DECISIONS = 3
PROTOCOL_METHODS = 12
POSITIONAL_PARAMETERS, POSITIONAL_PARAMETERS_INSIDE_A_MODULE = 2, 4
WIDGET_FOLDER_LINES = 250

# The first pattern that fits decides.
PYTHON_LINES = {
    "*/stores/tables.py": 600,  # The schema of one package, whole.
    "*/steps/*.py": 150,
    "*/stores/sqlite.py": 200,
    "*/stores/postgres.py": 200,
    "*/routes/*.py": 250,
}
SCRIPT_LINES = {"use-*.ts": 80, "*.tsx": 150, "*.ts": 300}
# What a call is made in or for, rather than what it is about: these come first and are not counted.
SURROUNDINGS = {"self", "cls", "conn", "tx", "context", "principal"}
# Decorators by which a framework takes a function over; it passes arguments by name.
REGISTRATIONS = {"callback", "command", "delete", "get", "patch", "post", "put", "websocket"}
VAGUE_NAMES = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}

DECISIONS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Match)
BLOCKS = (*DECISIONS, ast.With, ast.AsyncWith, ast.Try)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.mark.row("D-08")
def test_the_house_is_laid_out_as_agreed() -> None:
    assert {name(place) for place in ROOT.iterdir()} >= {"pyproject.toml", *PACKAGES, "chat_ui", "tests"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    everything = [*project["project"]["dependencies"], *project["dependency-groups"]["test"]]
    libraries = {re.split(r"[^\w-]", str(requirement))[0] for requirement in everything}
    assert libraries >= {"fastapi", "websockets", "langchain-core", "openai", "pydantic", "redis", "pytest"}


def test_python_modules_are_small() -> None:
    too_long = {name(file): lines(file) for file in modules() if lines(file) > limit(file, PYTHON_LINES)}
    assert too_long == {}


def test_most_python_modules_are_very_small() -> None:
    assert median(lines(file) for file in modules()) <= MEDIAN_LINES


def test_scripts_and_components_are_small() -> None:
    too_long = {name(file): lines(file) for file in scripts() if lines(file) > limit(file, SCRIPT_LINES)}
    assert too_long == {}


def test_a_widget_is_small_as_a_whole() -> None:
    folders = {file.parent for file in (ROOT / "widgets").rglob("*.ts*")}
    sizes = {name(folder): sum(lines(file) for file in folder.iterdir() if file.is_file()) for folder in folders}
    assert {folder: size for folder, size in sizes.items() if size > WIDGET_FOLDER_LINES} == {}


def test_functions_are_short() -> None:
    sizes = {place: function_lines(function) for place, function in functions()}
    assert {place: size for place, size in sizes.items() if size > FUNCTION_LINES} == {}
    assert quantiles(sizes.values(), n=10)[-1] <= FUNCTION_LINES_P90


def test_functions_nest_little() -> None:
    depths = {place: depth(function.body) for place, function in functions()}
    assert {place: found for place, found in depths.items() if found > NESTED_DECISIONS} == {}


def test_parameters_are_keyword_only_after_the_second() -> None:
    too_many = {
        place: count
        for place, function in functions()
        if not is_prescribed(function) and (count := positional_parameters(function)) > most_positional(function)
    }
    assert too_many == {}


def test_protocols_are_small() -> None:
    counts = {
        f"{name(file)}:{node.lineno} {node.name}": sum(isinstance(item, Function) for item in node.body)
        for file in modules()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ClassDef) and "Protocol" in {spelled(base) for base in node.bases}
    }
    assert {place: count for place, count in counts.items() if count > PROTOCOL_METHODS} == {}


def test_every_module_says_what_it_is_for() -> None:
    assert [name(file) for file in modules() if not ast.get_docstring(tree(file))] == []


def test_names_say_what_is_inside() -> None:
    places = [part for file in [*modules(), *scripts()] for part in (file, *file.parents) if part.is_relative_to(ROOT)]
    assert {name(place) for place in places if place.stem in VAGUE_NAMES} == set()


@cache
def modules() -> list[Path]:
    """The product's Python; migrations are history and are never tidied."""
    found = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    return sorted(file for file in found if "versions" not in file.parts and "node_modules" not in file.parts)


@cache
def scripts() -> list[Path]:
    """The product's TypeScript without tests and generated files."""
    found = [file for folder in ("chat_ui/src", "widgets") for file in (ROOT / folder).rglob("*.ts*")]
    return sorted(file for file in found if not {".test", ".gen", ".d"} & set(file.suffixes[:-1]))


def functions() -> Iterator[tuple[str, Function]]:
    for file in modules():
        for node in ast.walk(tree(file)):
            if isinstance(node, Function):
                yield f"{name(file)}:{node.lineno} {node.name}", node


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def lines(file: Path) -> int:
    return len(file.read_text().splitlines())


def limit(file: Path, limits: dict[str, int]) -> int:
    return next((most for pattern, most in limits.items() if file.match(pattern)), MODULE_LINES)


def function_lines(function: Function) -> int:
    """The lines of a function without its docstring: explaining costs nothing."""
    documented = ast.get_docstring(function) is not None
    docstring = function.body[0]
    said = (docstring.end_lineno or 0) - docstring.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - said


def positional_parameters(function: Function) -> int:
    names = {parameter.arg for parameter in (*function.args.posonlyargs, *function.args.args)}
    return len(names - SURROUNDINGS)


def most_positional(function: Function) -> int:
    """Callers of a private function see its definition, others do not."""
    return POSITIONAL_PARAMETERS_INSIDE_A_MODULE if function.name.startswith("_") else POSITIONAL_PARAMETERS


def is_prescribed(function: Function) -> bool:
    """Whether somebody else decided the parameters: the language, a class of a library, or a framework that calls."""
    marks = {spelled(mark) for mark in function.decorator_list}
    return function.name.startswith("__") or not marks.isdisjoint({"override", *REGISTRATIONS})


def spelled(node: ast.expr) -> str:
    """The last word of a name such as `typing.Protocol[T]` or `api.get(...)`."""
    match node:
        case ast.Subscript(value=value) | ast.Call(func=value):
            return spelled(value)
        case ast.Attribute(attr=word) | ast.Name(id=word):
            return word
    return ""


def depth(body: list[ast.stmt]) -> int:
    """How deep decisions and loops lie in each other. An `elif` is no deeper; a function starts afresh."""
    deepest = 0
    for statement in body:
        if isinstance(statement, BLOCKS):
            inside = max(depth(inner) for inner in inner_bodies(statement))
            deepest = max(deepest, inside + isinstance(statement, DECISIONS))
    return deepest


def inner_bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for parts in (getattr(statement, field, []) for field in ("body", "handlers", "cases", "finalbody")):
        for part in parts:
            yield part.body if isinstance(part, ast.ExceptHandler | ast.match_case) else [part]
    otherwise: list[ast.stmt] = getattr(statement, "orelse", [])
    is_elif = isinstance(statement, ast.If) and len(otherwise) == 1 and isinstance(otherwise[0], ast.If)
    if is_elif:
        yield from inner_bodies(otherwise[0])
    else:
        yield otherwise
