"""The digest covers what is shown and guarded, whatever the order of keys; differences name each place."""

import pytest

from flow_runtime.errors import Json
from flow_runtime.json_limits import JsonError
from flow_runtime.sealed_card import card_digest, differences

pytestmark = pytest.mark.promise("A2")

SHOWN = {"title": "Pay 5?", "facts": {"a": 1, "b": [1, 2]}}
DIGEST = card_digest(SHOWN, guarded={"to": "x"}, definition_digest="d")


def test_key_order_and_the_list_of_changes_are_no_part_of_it() -> None:
    again = {"facts": {"b": [1, 2], "a": 1}, "title": "Pay 5?", "changed": [1]}
    assert card_digest(again, guarded={"to": "x"}, definition_digest="d") == DIGEST


@pytest.mark.parametrize(
    ("payload", "guarded", "definition"),
    [
        (SHOWN | {"title": "Pay 50?"}, {"to": "x"}, "d"),
        (SHOWN | {"facts": {"a": 1.5, "b": [1, 2]}}, {"to": "x"}, "d"),
        (SHOWN | {"facts": {"a": "1", "b": [1, 2]}}, {"to": "x"}, "d"),
        (SHOWN | {"facts": {"a": 1, "b": [2, 1]}}, {"to": "x"}, "d"),
        (SHOWN | {"more": None}, {"to": "x"}, "d"),
        (SHOWN, {"to": "y"}, "d"),
        (SHOWN, None, "d"),
        (SHOWN, {"to": "x"}, "e"),
    ],
)
def test_any_other_change_changes_it(payload: dict[str, Json], guarded: Json, definition: str) -> None:
    assert card_digest(payload, guarded=guarded, definition_digest=definition) != DIGEST


def test_differences_name_each_place() -> None:
    after = {"title": "Pay 5?", "facts": {"a": 2, "b": [1]}, "x/y": 1}
    assert list(differences(SHOWN, after)) == [
        {"path": "/facts/a", "before": 1, "after": 2},
        {"path": "/facts/b", "before": [1, 2], "after": [1]},
        {"path": "/x~1y", "before": None, "after": 1},
    ]
    assert list(differences(SHOWN, SHOWN)) == []


def test_a_number_that_a_browser_would_show_differently_cannot_be_sealed() -> None:
    with pytest.raises(JsonError) as caught:
        card_digest({"amount": 2**53}, guarded=None, definition_digest="d")
    assert caught.value.code == "number_not_exact"
