"""Arguments are checked before anything starts."""

import pytest

from flow_runtime.errors import InvalidDefinition
from flow_runtime.model import ToolSpec
from flow_runtime.tool_arguments import arguments_object, checked_arguments

REFUND = ToolSpec(
    "refund",
    "Refund an order.",
    {
        "type": "object",
        "properties": {"orderId": {"type": "string"}, "amount": {"type": "number", "minimum": 0}},
        "required": ["orderId"],
        "additionalProperties": False,
    },
)


def test_valid_arguments_pass_unchanged() -> None:
    assert checked_arguments(REFUND, '{"orderId": "A", "amount": 2.5}') == {"orderId": "A", "amount": 2.5}


def test_no_text_means_no_arguments() -> None:
    assert checked_arguments(ToolSpec("ping", "", {"type": "object"}), " ") == {}


@pytest.mark.parametrize(
    ("arguments", "pointer"),
    [
        ("", "/orderId"),
        ('{"orderId": ', ""),
        ("[1]", ""),
        ('{"orderId": 7}', "/orderId"),
        ('{"orderId": "A", "amount": -1}', "/amount"),
        ('{"orderId": "A", "more": 1}', "/more"),
        ("[" * 100_000, ""),
        ('{"orderId": "\ud800"}', ""),
    ],
    ids=["missing", "broken", "no-object", "type", "minimum", "unknown", "deep", "surrogate"],
)
def test_bad_arguments_are_named(arguments: str, pointer: str) -> None:
    with pytest.raises(InvalidDefinition) as failure:
        checked_arguments(REFUND, arguments)
    assert failure.value.code == "invalid_arguments"
    assert failure.value.details[0]["pointer"] == pointer
    assert "refund" in failure.value.message


def test_an_object_is_read_without_checks() -> None:
    assert arguments_object('{"a": 1}') == {"a": 1}
    assert arguments_object("") == {}
    assert arguments_object("[1]") is None
    assert arguments_object("{") is None
    assert arguments_object('{"a":' * 100 + "1" + "}" * 100) is None
