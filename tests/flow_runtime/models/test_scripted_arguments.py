"""Reading arguments out of sentences."""

import time

import pytest

from flow_runtime.errors import Json
from flow_runtime.models.scripted_arguments import LONGEST_TEXT, coerce, extract_arguments, words_of

REFUND = {
    "type": "object",
    "properties": {
        "note": {"type": "string"},
        "reason": {"enum": ["late", "broken"]},
        "email": {"type": "string"},
        "orderId": {"type": "string"},
        "amount": {"type": "number"},
        "isUrgent": {"type": "boolean"},
        "receipt": {"type": "object"},
    },
    "required": ["orderId", "amount"],
}
LEAVE = {
    "type": "object",
    "properties": {"from": {"type": "string", "format": "date"}, "to": {"type": "string", "format": "date"}},
    "required": ["from", "to"],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order 17, 250 €", {"orderId": "17", "amount": 250}),
        ("A-1001 for 12.50", {"orderId": "A-1001", "amount": 12.5}),
        ("12,5 for order no. 9", {"orderId": "9", "amount": 12.5}),
        ("1,000 and #x7", {"orderId": "x7", "amount": 1000}),
        ("orderId: Z 9, amount = -3", {"orderId": "Z 9", "amount": -3}),
        ("order id is XY and amount 40", {"orderId": "XY", "amount": 40}),
        ("it arrived BROKEN, mail ann@example.com", {"reason": "broken", "email": "ann@example.com"}),
        ('note: "be quick, please", is urgent: yes', {"note": "be quick, please", "isUrgent": True}),
        ('say "sorry" for order 5', {"orderId": "5", "note": "sorry"}),
        (
            '{"orderId": "J", "amount": 1, "receipt": {"a": 1}, "unknown": 2}',
            {"orderId": "J", "amount": 1, "receipt": {"a": 1}},
        ),
        ("nothing to see here", {}),
        ("{oops", {}),
        ("{" * 3000, {}),
    ],
)
def test_what_a_sentence_states(text: str, expected: Json) -> None:
    assert extract_arguments(text, REFUND) == expected


def test_dates_come_in_order() -> None:
    found = extract_arguments("from 2026-12-01 to 2026-12-05", LEAVE)
    assert found == {"from": "2026-12-01", "to": "2026-12-05"}


def test_the_whole_text_answers_a_single_question() -> None:
    assert extract_arguments("Blue bicycle.", REFUND, wanted=["note"]) == {"note": "Blue bicycle"}
    assert extract_arguments("yes", REFUND, wanted=["isUrgent"]) == {"isUrgent": True}
    assert extract_arguments("perhaps", REFUND, wanted=["isUrgent"]) == {}
    assert extract_arguments("Blue bicycle.", REFUND, wanted=["note", "email"]) == {}


def test_what_is_known_changes_only_by_name() -> None:
    assert extract_arguments("2026-12-03", LEAVE, known=["from"]) == {"to": "2026-12-03"}
    assert extract_arguments("from: 2026-12-02", LEAVE, known=["from"]) == {"from": "2026-12-02"}


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("7", {"type": "integer"}, 7),
        ("7.5", {"type": "integer"}, None),
        ("1.2.3", {"type": "number"}, 123),
        ("none", {"type": "number"}, None),
        ("2", {"enum": [1, 2]}, 2),
        ("x", {"enum": ["y"]}, None),
        ("x", {"type": "array"}, None),
    ],
)
def test_values_fit_their_type_or_are_left_out(text: str, schema: dict[str, Json], value: Json) -> None:
    assert coerce(text, schema) == value


def test_words_of_names() -> None:
    assert words_of("orderId") == words_of("order_id") == words_of("order-id") == ["order", "id"]


@pytest.mark.parametrize("piece", ["1,", "a@", '"', "note: a ", "order ", "https://"])
def test_hostile_text_takes_no_time(piece: str) -> None:
    started = time.perf_counter()
    extract_arguments(piece * LONGEST_TEXT, REFUND)
    assert time.perf_counter() - started < 1
