"""The scripted model: no AI, no key, always the same answer to the same history. What it does: `scripted_decision`."""

import asyncio
import re

import orjson

from flow_runtime.model import (
    AssistantMessage,
    Delta,
    FinishDelta,
    ModelRequest,
    SystemMessage,
    TextDelta,
    ToolCallDelta,
    ToolMessage,
    UsageDelta,
    UserMessage,
)
from flow_runtime.models.retry import Batches
from flow_runtime.models.scripted_decision import Decision, decide
from flow_runtime.models.scripted_rules import read_script

_WORD_WITH_SPACE = re.compile(r"\s*\S+\s*")


class ScriptedChat:
    """Streams word by word. Options of a request: ``script`` (rules), ``delayMs`` (pause before each word, 0)."""

    async def stream(self, request: ModelRequest) -> Batches:
        """Stream the decision. Raises `ModelError` ``bad_request`` for a malformed script."""
        decision = decide(request.messages, request.tools, script=read_script(request.options.get("script")))
        delay_s = float(request.options.get("delayMs") or 0) / 1000
        for word in _WORD_WITH_SPACE.findall(decision.say):
            await asyncio.sleep(delay_s)
            yield [TextDelta(word)]
        for batch in _call_batches(decision, request):
            await asyncio.sleep(delay_s)
            yield batch
        yield [_usage(decision, request), FinishDelta("tool_calls" if decision.calls else "stop")]

    async def prepare(self) -> None:
        """Nothing to prepare."""

    async def close(self) -> None:
        """Nothing to close."""


def _call_batches(decision: Decision, request: ModelRequest) -> list[list[Delta]]:
    """Each call in two pieces, as other models stream theirs; ids count the calls of the conversation."""
    before = sum(len(message.tool_calls) for message in request.messages if isinstance(message, AssistantMessage))
    batches: list[list[Delta]] = []
    for index, call in enumerate(decision.calls):
        batches.append([ToolCallDelta(index, f"call_{before + index + 1}", call.tool)])
        batches.append([ToolCallDelta(index, arguments=orjson.dumps(call.arguments).decode())])
    return batches


def _usage(decision: Decision, request: ModelRequest) -> UsageDelta:
    """Words, counted as tokens."""
    prompt = sum(len(_text(message).split()) for message in request.messages)
    completion = len(decision.say.split()) + len(decision.calls)
    return UsageDelta(prompt, completion, prompt + completion)


def _text(message: SystemMessage | UserMessage | AssistantMessage | ToolMessage) -> str:
    return message.content if isinstance(message, ToolMessage) else message.text
