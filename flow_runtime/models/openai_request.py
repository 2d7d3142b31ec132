"""A `ModelRequest` as the JSON body of ``POST /chat/completions``. Pure."""

from typing import assert_never

from flow_runtime.errors import Json
from flow_runtime.model import (
    AssistantMessage,
    FilePart,
    ImagePart,
    Message,
    ModelRequest,
    Part,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    ToolSpec,
    UserMessage,
)
from flow_runtime.tool_arguments import arguments_object


def request_body(request: ModelRequest, *, max_tokens_key: str = "max_tokens") -> dict[str, Json]:
    """The body. OpenAI itself wants `max_completion_tokens`, compatible servers often know only `max_tokens`."""
    body: dict[str, Json] = {
        "model": request.model,
        "messages": [message_json(message) for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    settings = {"temperature": request.temperature, "top_p": request.top_p, max_tokens_key: request.max_tokens}
    body |= {name: value for name, value in settings.items() if value is not None}
    if request.tools:
        body["tools"] = [tool_json(tool) for tool in request.tools]
    if request.response_schema is not None:
        schema = {"name": "answer", "schema": dict(request.response_schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def message_json(message: Message) -> dict[str, Json]:
    """One message of the history."""
    match message:
        case SystemMessage(text):
            return {"role": "system", "content": text}
        case UserMessage(content):
            return {"role": "user", "content": content if isinstance(content, str) else [*map(part_json, content)]}
        case AssistantMessage(text, ()):
            return {"role": "assistant", "content": text}
        case AssistantMessage(text, calls):
            return {"role": "assistant", "content": text or None, "tool_calls": [*map(_call_json, calls)]}
        case ToolMessage(tool_call_id, content):
            return {"role": "tool", "tool_call_id": tool_call_id, "content": content}
        case _:
            assert_never(message)


def part_json(part: Part) -> dict[str, Json]:
    """One part of a user message, in the form that LangChain understands too."""
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ImagePart(url):
            return {"type": "image_url", "image_url": {"url": url}}
        case FilePart(name, data_url):
            return {"type": "file", "file": {"filename": name, "file_data": data_url}}
        case _:
            assert_never(part)


def tool_json(tool: ToolSpec) -> dict[str, Json]:
    """One offered tool."""
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def _call_json(call: ToolCall) -> dict[str, Json]:
    # Strict providers refuse a history whose arguments are no JSON object. What the model wrote wrongly is told to it
    # by the tool message that answers the call.
    arguments = call.arguments if call.arguments.strip() and arguments_object(call.arguments) is not None else "{}"
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}
