"""The syntax tree of compiled expressions, read from their serialized form."""

import pytest

from flow_runtime.cel_environment import environment
from flow_runtime.cel_syntax import Call, Collection, Constant, Fold, Local, Node, Path, read_tree, walk

NAMES = frozenset({"x", "y"})


def tree(source: str) -> Node:
    return read_tree(environment(NAMES).compile(source).serialize())


@pytest.mark.parametrize(
    ("source", "node"),
    [
        ("x", Path("x")),
        ("x.a.b", Path("x", ("a", "b"))),
        ("x['a b'][3].c", Path("x", ("a b", 3, "c"))),
        ("has(x.a)", Path("x", ("a",), may_be_missing=True)),
        ("x.?a.b", Path("x", ("a", "b"), may_be_missing=True)),
        ("x[?0]", Path("x", (0,), may_be_missing=True)),
        ("'text'", Constant("text")),
        ("b'text'", Constant("text")),
        ("5", Constant(5)),
        ("-5", Constant(-5)),
        ("1.5", Constant(None)),
        ("true", Constant(None)),
        ("null", Constant(None)),
        ("x[-1]", Call("_._", (Path("x"),))),
        ("x[y]", Call("_[_]", (Path("x"), Path("y")))),
        ("[x, 1]", Collection((Path("x"), Constant(1)))),
        ("{'a': x}", Collection((Constant("a"), Path("x")))),
        ("x.startsWith('a')", Call("startsWith", (Path("x"), Constant("a")))),
        ("[x][0]", Call("_._", (Collection((Path("x"),)),))),
        ("[{'a': 1}][0].a", Call("_._", (Call("_._", (Collection((Collection((Constant("a"), Constant(1))),)),)),))),
    ],
)
def test_nodes(source: str, node: Node) -> None:
    assert tree(source) == node


def test_macros_become_loops_whose_names_are_local() -> None:
    found = tree("x.map(i, i.a + y)")
    assert isinstance(found, Fold)
    assert found.source == Path("x")
    assert found.variables == ("i",)
    assert {node for node in walk(found) if isinstance(node, Path)} == {Path("x"), Path("y")}
    assert Local("i") in set(walk(found))


def test_bound_name_hides_a_free_one_only_inside() -> None:
    found = tree("cel.bind(y, x.a, y + 1) + y")
    assert {node for node in walk(found) if isinstance(node, Path)} == {Path("x", ("a",)), Path("y")}


@pytest.mark.parametrize("data", [b"", b"\x0a\x03abc", b"\x12\x00"])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a serialized"):
        read_tree(data)


@pytest.mark.parametrize("data", [b"\x0b", b"\x12\x05\x22\x03\x0e"])
def test_broken_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="wire type"):
        read_tree(data)


def test_fields_of_fixed_width_are_skipped() -> None:
    fixed = b"\x09" + bytes(8) + b"\x0d" + bytes(4)
    with pytest.raises(ValueError, match="not a serialized"):
        read_tree(fixed)
