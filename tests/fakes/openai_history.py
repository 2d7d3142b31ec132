"""An independent judge of chat-completions requests, as strict as the strictest provider. Works on plain JSON only.

It deliberately shares no code with the product: it is what proves that the product's histories are valid.
"""

import json
import re
from typing import Any

Json = Any
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
ROLES = {"system", "developer", "user", "assistant", "tool"}
PART_TYPES = {"text": "text", "image_url": "image_url", "file": "file", "input_audio": "input_audio"}


def violations(body: Json) -> list[str]:
    """Everything that is wrong with a request body; empty if a strict provider would accept it."""
    if not isinstance(body, dict):
        return ["the body is no object"]
    found = []
    if not isinstance(body.get("model"), str) or not body["model"]:
        found.append("model is missing")
    if "stream_options" in body and not body.get("stream"):
        found.append("stream_options without stream")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        return [*found, "messages is missing or empty"]
    found += _tool_faults(body.get("tools"))
    for place, message in enumerate(messages):
        found += [f"messages[{place}]: {fault}" for fault in _message_faults(message)]
    return found or _order_faults(messages)


def _tool_faults(tools: Json) -> list[str]:
    if tools is None:
        return []
    if not isinstance(tools, list) or not tools:
        return ["tools must be left out or be a non-empty list"]
    found, names = [], set()
    for place, tool in enumerate(tools):
        function = tool.get("function", {}) if isinstance(tool, dict) else {}
        name = function.get("name", "")
        if not isinstance(name, str) or not TOOL_NAME.fullmatch(name):
            found.append(f"tools[{place}]: bad name {name!r}")
        if name in names:
            found.append(f"tools[{place}]: the name {name!r} is there twice")
        names.add(name)
        parameters = function.get("parameters", {"type": "object"})
        if not isinstance(parameters, dict) or parameters.get("type") != "object":
            found.append(f"tools[{place}]: parameters are no object schema")
    return found


def _message_faults(message: Json) -> list[str]:
    if not isinstance(message, dict) or message.get("role") not in ROLES:
        return [f"bad role in {message!r}"]
    role, content = message["role"], message.get("content")
    if role == "assistant":
        calls = message.get("tool_calls")
        if calls is None:
            return [] if isinstance(content, str | list) else ["an assistant message needs content or tool_calls"]
        if not isinstance(calls, list) or not calls:
            return ["tool_calls must be left out or be a non-empty list"]
        return [fault for call in calls for fault in _call_faults(call)]
    if role == "tool" and not isinstance(message.get("tool_call_id"), str):
        return ["a tool message needs tool_call_id"]
    return _content_faults(content)


def _content_faults(content: Json) -> list[str]:
    if isinstance(content, str):
        return []
    if not isinstance(content, list) or not content:
        return ["content must be a string or a non-empty list of parts"]
    return [f"bad part {part!r}" for part in content if PART_TYPES.get(part.get("type"), "?") not in part]


def _call_faults(call: Json) -> list[str]:
    function = call.get("function", {})
    if not call.get("id") or call.get("type") != "function" or not function.get("name"):
        return [f"incomplete tool call {call!r}"]
    try:
        arguments = json.loads(function.get("arguments", ""))
    except ValueError:
        return [f"the arguments of {call['id']} are no JSON: {function.get('arguments')!r}"]
    return [] if isinstance(arguments, dict) else [f"the arguments of {call['id']} are no object"]


def _order_faults(messages: list[dict[str, Any]]) -> list[str]:
    """Each tool call is answered once, directly after its message; ids are unique; the assistant is not last."""
    found: list[str] = []
    seen: set[str] = set()
    place = 0
    while place < len(messages):
        message = messages[place]
        place += 1
        if message["role"] == "tool":
            found.append(f"messages[{place - 1}]: orphan answer to {message['tool_call_id']!r}")
            continue
        called = [call["id"] for call in message.get("tool_calls") or ()]
        found += [f"messages[{place - 1}]: tool call id {call!r} is not unique" for call in called if call in seen]
        seen.update(called)
        answers = []
        while called and place < len(messages) and messages[place]["role"] == "tool":
            answers.append(messages[place]["tool_call_id"])
            place += 1
        if sorted(called) != sorted(answers):
            found.append(f"messages[{place - 1}]: called {called}, answered {answers}")
    if messages[-1]["role"] == "assistant":
        found.append("the last message is the assistant's")
    return found
