"""The JSON that a provider gets."""

from flow_runtime.model import AssistantMessage, ModelRequest, ToolCall, ToolMessage, ToolSpec, UserMessage
from flow_runtime.models.openai_request import request_body

USER = UserMessage("Hi")


def test_only_what_was_asked_for_is_sent() -> None:
    assert request_body(ModelRequest("m", [USER])) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_the_name_of_the_token_limit_depends_on_the_server() -> None:
    request = ModelRequest("m", [USER], max_tokens=5)
    assert request_body(request)["max_tokens"] == 5
    assert request_body(request, max_tokens_key="max_completion_tokens")["max_completion_tokens"] == 5


def test_tools_and_schema() -> None:
    schema = {"type": "object"}
    body = request_body(ModelRequest("m", [USER], tools=[ToolSpec("t", "Does.", schema)], response_schema=schema))
    assert body["tools"] == [
        {"type": "function", "function": {"name": "t", "description": "Does.", "parameters": schema}}
    ]
    assert body["response_format"] == {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}


def test_arguments_that_are_no_object_are_not_repeated_to_the_provider() -> None:
    calls = tuple(ToolCall(str(i), "t", text) for i, text in enumerate(['{"a":1}', '{"a":', "[1]", "", " "]))
    answers = [ToolMessage(call.id, "x") for call in calls]
    body = request_body(ModelRequest("m", [USER, AssistantMessage("", calls), *answers]))
    sent = [call["function"]["arguments"] for call in body["messages"][1]["tool_calls"]]
    assert sent == ['{"a":1}', "{}", "{}", "{}", "{}"]
    assert body["messages"][1]["content"] is None
