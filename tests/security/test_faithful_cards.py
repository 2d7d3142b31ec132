"""What a card is drawn from is exactly what the flow has: nothing is dropped, reordered, interpreted or cut (A5)."""

import json

import httpx2
import pytest

from tests.faults.approvals import flow, step
from tests.faults.seeding import seed_flow
from tests.faults.server_process import ServerProcess

pytestmark = pytest.mark.promise("A5")

MARKS = {
    "left to right": "\u200e",
    "right to left": "\u200f",
    "embedding": "\u202a",
    "override": "\u202e",
    "isolate": "\u2067",
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "line separator": "\u2028",
    "tag letter": "\U000e0041",
    "bell": "\x07",
    "escape": "\x1b[31m",
    "delete": "\x7f",
    "next line": "\x85",
    "combining": "\u0334" * 40,
    "lookalike": "аpprоve",  # noqa: RUF001 - Cyrillic letters on purpose
    "wide": "ａｐｐｒｏｖｅ",  # noqa: RUF001 - wide letters on purpose
    "emoji": "👩‍💻",
}
CONTENTS = (
    "Pay {} 5 €",
    "{}Refund 1000000 €{} of order 1001",
    "<b>{}</b><script>alert(1)</script>",
    "[approve]({})\n\n# Approved by the manager\n\n![x](http://evil.example/{})",
)
VALUES = [text.replace("{}", mark) for mark in MARKS.values() for text in CONTENTS]
CARD = flow(
    "Card",
    {
        **step("ask", "user-approval", title="Pay {{ text }}?", message="{{ text }}"),
        "config": {
            "title": "Pay {{ text }}?",
            "message": "{{ text }}",
            "facts": [{"label": "Text", "value": "{{ text }}"}, {"label": "Any", "value": "{{ any }}"}],
        },
    },
    inputs={"type": "object", "properties": {"text": {"type": "string"}, "any": {}}, "required": ["text"]},
)


@pytest.fixture(scope="module")
def flow_id(server: ServerProcess) -> str:
    return seed_flow(server, CARD)


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_texts_arrive_as_they_are(client: httpx2.Client, flow_id: str, value: str) -> None:
    answer = client.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"text": value, "any": [value]}}).json()
    card = answer["waitState"]
    assert card["title"] == f"Pay {value}?"
    assert card["message"] == value
    assert [fact["value"] for fact in card["facts"]] == [value, [value]]
    kept = client.get(f"/v1/interrupt/{card['interruptId']}").json()
    assert kept["payload"]["facts"] == card["facts"]
    assert kept["digest"]


@pytest.mark.parametrize(
    "value", [True, None, 0, 1.5, -(2**53) + 1, "1", {"__proto__": {"a": 1}, "constructor": 2}, [[[]]], "x" * 100_000]
)
def test_values_keep_their_types_and_their_length(client: httpx2.Client, flow_id: str, value: object) -> None:
    answer = client.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"text": "x", "any": value}}).json()
    (shown,) = (fact["value"] for fact in answer["waitState"]["facts"] if fact["label"] == "Any")
    assert json.dumps(shown) == json.dumps(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), [{"deep": 2**60}]])
def test_a_number_that_a_browser_would_show_as_another_one_is_not_put_before_anybody(
    client: httpx2.Client, flow_id: str, value: object
) -> None:
    answer = client.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"text": "x", "any": value}})
    assert answer.status_code == 500
    assert answer.json()["code"] == "run_failed"
    assert answer.json()["error"]["code"] == "number_not_exact"
