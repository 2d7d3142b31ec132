"""What of a call of a model guardrails look at: everything that is new in its history, and everything that it says.

New is what stands behind the model's last message; what stands before had passed when it was new. Pictures and
documents are not looked into.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from flow_runtime.model import AssistantMessage, Message, Part, SystemMessage, TextPart, ToolMessage, UserMessage
from flow_runtime.model_reply import ModelReply
from flow_runtime.step import Guard


async def guarded_messages(guard: Guard, messages: Sequence[Message], *, with_system: bool = False) -> list[Message]:
    """The messages as the model may see them. System messages are looked at where people's words may be in them.

    Raises `StepFailed`; see `Guard.look`.
    """
    new_from = max((at for at, one in enumerate(messages, 1) if isinstance(one, AssistantMessage)), default=0)
    texts: list[str] = []
    seen = 0
    for at, message in enumerate(messages):
        found = _texts(message, with_system=with_system)
        texts += found
        seen += len(found) if at < new_from else 0
    if not texts:
        return list(messages)
    passing = iter(await guard.look("input", texts, seen=seen))
    return [_with_texts(one, [next(passing) for _ in _texts(one, with_system=with_system)]) for one in messages]


async def guarded_reply(guard: Guard, reply: ModelReply) -> ModelReply:
    """What the model said as it may be used: its text, and the arguments of the tools that it calls.

    Raises `StepFailed`; see `Guard.look`.
    """
    arguments = [call.arguments for call in reply.tool_calls]
    texts = [*([reply.text] if reply.text or not arguments else []), *arguments]
    passing = await guard.look("output", texts)
    text = passing.pop(0) if len(passing) > len(arguments) else reply.text
    calls = tuple(replace(call, arguments=given) for call, given in zip(reply.tool_calls, passing, strict=True))
    return replace(reply, text=text, tool_calls=calls)


def _texts(message: Message, *, with_system: bool) -> list[str]:
    match message:
        case SystemMessage(text=text):
            return [text] if with_system else []
        case UserMessage(content=str(text)):
            return [text]
        case UserMessage(content=parts):
            return [part.text for part in parts if isinstance(part, TextPart)]
        case ToolMessage(content=text):
            return [text]
    return []


def _with_texts(message: Message, texts: list[str]) -> Message:
    if not texts:
        return message
    match message:
        case SystemMessage():
            return SystemMessage(texts[0])
        case UserMessage(content=str()):
            return UserMessage(texts[0])
        case UserMessage(content=tuple(parts)):
            return UserMessage(_replaced(parts, iter(texts)))
        case ToolMessage(tool_call_id=call_id):
            return ToolMessage(call_id, texts[0])
    return message


def _replaced(parts: Sequence[Part], texts: Iterator[str]) -> tuple[Part, ...]:
    return tuple(TextPart(next(texts)) if isinstance(part, TextPart) else part for part in parts)
