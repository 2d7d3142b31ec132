"""Users' patterns cannot hurt."""

import time

import pytest

from flow_runtime.errors import InvalidDefinition
from flow_runtime.patterns import compile_pattern


def test_groups_by_number_and_name_and_place() -> None:
    found = compile_pattern(r"order (?P<id>\w+)(?: for (\d+))?", ignore_case=True).search("Grüße, ORDER A7!")
    assert found is not None
    assert found.groups == {"0": "ORDER A7", "1": "A7", "id": "A7"}
    assert (found.start, found.end) == (7, 15)


def test_no_match_is_none() -> None:
    assert compile_pattern("a").search("b") is None
    assert compile_pattern("a").search("A") is None


@pytest.mark.parametrize("pattern", ["(a", r"(?=a)b", r"(a)\1", "(a{1000}){1000}", "a" * 1001, "(" * 500])
def test_what_cannot_run_safely_is_refused(pattern: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InvalidDefinition) as failure:
        compile_pattern(pattern)
    assert failure.value.code == "bad_pattern"
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(a|aa)+$", "(.*a){12}$", r"^(\w+\s?)*$"])
def test_patterns_that_explode_elsewhere_take_linear_time(pattern: str) -> None:
    started = time.perf_counter()
    compile_pattern(pattern).search("a" * 50_000 + "!")
    assert time.perf_counter() - started < 2
