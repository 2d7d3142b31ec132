"""Order among steps, by ids alone."""

from flow_runtime.plan_order import backward_edges, reachable


def test_a_diamond_has_no_backward_edge() -> None:
    edges = {"a": {"x": "b", "y": "c"}, "b": {"x": "d"}, "c": {"x": "d"}, "d": {}}
    assert backward_edges(edges) == []
    assert reachable(edges, "b") == {"b", "d"}


def test_the_edge_that_closes_a_cycle_is_named() -> None:
    edges = {"a": {"x": "b"}, "b": {"x": "c"}, "c": {"back": "a", "on": "d"}, "d": {}}
    assert backward_edges(edges) == [("c", "back")]


def test_nothing_is_reachable_from_a_step_that_does_not_exist() -> None:
    assert reachable({"a": {}}, "zzz") == set()


def test_long_chains_need_no_recursion() -> None:
    edges = {str(n): {"x": str(n + 1)} for n in range(5000)} | {"5000": {}}
    assert backward_edges(edges) == []
    assert len(reachable(edges, "0")) == 5001
