"""The rules of a history, and that the fake provider's own judge agrees with them."""

import pytest

from flow_runtime.errors import Json
from flow_runtime.model import (
    AssistantMessage,
    Message,
    ModelRequest,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from flow_runtime.model_history import check_history
from flow_runtime.models.openai_request import request_body
from tests.fakes.openai_history import violations

USER = UserMessage("Hi")
CALLS = AssistantMessage("", (ToolCall("a", "t", "{}"), ToolCall("b", "t", "{}")))
A, B = ToolMessage("a", "1"), ToolMessage("b", "2")

VALID: dict[str, list[Message]] = {
    "one message": [USER],
    "parts": [UserMessage((TextPart("Hi"),))],
    "answers in any order": [USER, CALLS, B, A],
    "talk after answers": [SystemMessage("Be kind"), USER, CALLS, A, B, AssistantMessage("done"), USER],
    "a server's fact at the end": [USER, AssistantMessage("ok"), SystemMessage("{}")],
}
INVALID: dict[str, list[Message]] = {
    "empty": [],
    "assistant last": [USER, AssistantMessage("ok")],
    "unanswered at the end": [USER, CALLS, A],
    "unanswered before the next word": [USER, CALLS, A, USER],
    "answered twice": [USER, CALLS, A, B, B],
    "orphan": [USER, A],
    "late": [USER, CALLS, A, USER, B],
    "id used again": [USER, CALLS, A, B, CALLS, A, B],
    "no id": [USER, AssistantMessage("", (ToolCall("", "t", "{}"),)), ToolMessage("", "x")],
    "no name": [USER, AssistantMessage("", (ToolCall("a", "", "{}"),)), A],
}


def judged(history: list[Message]) -> list[str]:
    return violations(request_body(ModelRequest("m", history)))


@pytest.mark.parametrize("history", VALID.values(), ids=VALID)
def test_valid(history: list[Message]) -> None:
    assert check_history(history) == []
    assert judged(history) == []


@pytest.mark.parametrize("history", INVALID.values(), ids=INVALID)
def test_invalid(history: list[Message]) -> None:
    assert check_history(history)
    assert judged(history)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"messages": [{"role": "user", "content": "x"}]},
        {"model": "m", "messages": [{"role": "wizard", "content": "x"}]},
        {"model": "m", "messages": [{"role": "user", "content": None}]},
        {"model": "m", "messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
        {"model": "m", "messages": [{"role": "user", "content": "x"}], "tools": []},
        {"model": "m", "messages": [{"role": "user", "content": "x"}], "tools": [{"function": {"name": "a b"}}]},
        {"model": "m", "messages": [{"role": "user", "content": "x"}], "stream_options": {}},
    ],
)
def test_the_judge_sees_malformed_bodies(body: Json) -> None:
    assert violations(body)
