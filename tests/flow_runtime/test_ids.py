"""Identifiers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_runtime.ids import ID_LENGTH, encode_id, new_id, sequential_ids, stable_id


def test_new_ids_differ_and_sort_by_time() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert ids == sorted(ids)
    assert all(len(made) == ID_LENGTH and made.isascii() and made.isalnum() and made == made.lower() for made in ids)


@given(st.integers(0, 2**128 - 1), st.integers(0, 2**128 - 1))
def test_order_of_numbers_is_order_of_ids(left: int, right: int) -> None:
    assert (left < right) == (encode_id(left) < encode_id(right))


@pytest.mark.parametrize("number", [-1, 2**128])
def test_other_numbers_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="128 bits"):
        encode_id(number)


def test_sequential_ids_repeat() -> None:
    first, second = sequential_ids(), sequential_ids()
    assert [first() for _ in range(3)] == [second() for _ in range(3)]


def test_stable_ids_depend_on_nothing_but_their_parts() -> None:
    assert stable_id("run", "step", "1") == stable_id("run", "step", "1")
    assert stable_id("run", "step1") != stable_id("run", "step", "1")
