"""What the scripted model does next: a pure function of the history, the tools and the Peer's script.

In this order: results are told; ``/tool {json}`` calls; the script's first matching rule; else the tool whose name and
description fit the words best, whose required arguments are asked for and remembered until they are complete; else what
was looked up for the question.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from flow_runtime.errors import Json
from flow_runtime.model import AssistantMessage, Message, SystemMessage, ToolMessage, ToolSpec, UserMessage
from flow_runtime.models.scripted_arguments import coerce, extract_arguments
from flow_runtime.models.scripted_rules import ScriptCall, ScriptRule, fill
from flow_runtime.models.scripted_sentences import abilities, question, result_sentence, spoken
from flow_runtime.models.scripted_words import intent_of, is_abandoning

_COMMAND = re.compile(r"\s*/([\w-]+)\s*")


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A tool to call with these arguments."""

    tool: str
    arguments: Json


@dataclass(frozen=True, slots=True)
class Decision:
    """What to say, then what to call."""

    say: str = ""
    calls: tuple[PlannedCall, ...] = ()


def decide(messages: Sequence[Message], tools: Sequence[ToolSpec], *, script: Sequence[ScriptRule] = ()) -> Decision:
    """The answer to the history."""
    # Notes that the server adds behind the last word (open questions, the time) are nobody's turn.
    count = next((i + 1 for i in reversed(range(len(messages))) if _is_turn(messages[i])), 0)
    if count == 0:
        return Decision(abilities(tools))
    history, last = messages[:count], messages[count - 1]
    if isinstance(last, ToolMessage):
        return Decision(" ".join(_result_sentences(history)))
    if (outcome := _outcome(last)) is not None:
        return Decision(result_sentence(str(outcome.get("toolName", "the flow")), outcome))
    text = last.text if isinstance(last, UserMessage) else ""
    material = _told_as(history[-2], "knowledge") if count > 1 else None
    said = [message for message in history if _told_as(message, "knowledge") is None]
    return (
        _commanded(text, tools) or _scripted(text, tools, script) or _by_words(said, tools, script, material=material)
    )


def _is_turn(message: Message) -> bool:
    return not isinstance(message, SystemMessage) or _outcome(message) is not None


def _outcome(message: Message) -> dict[str, Json] | None:
    """The outcome of a finished run: a message whose text is ``{"outcome": {"toolName", "status", …}}``."""
    return _told_as(message, "outcome")


def _told_as(message: Message, name: str) -> dict[str, Json] | None:
    """What the server tells under that name, in a message whose text is a JSON object."""
    text = message.text if isinstance(message, SystemMessage | UserMessage) else ""
    value = _json_or_text(text) if f'"{name}"' in text else None
    told = value.get(name) if isinstance(value, dict) else None
    return told if isinstance(told, dict) else None


def _result_sentences(history: Sequence[Message]) -> Iterator[str]:
    """One sentence for each tool message at the end of the history."""
    callers = [message for message in history if isinstance(message, AssistantMessage) and message.tool_calls]
    names = {call.id: call.name for call in callers[-1].tool_calls} if callers else {}
    for message in history[_start_of_results(history) :]:
        if isinstance(message, ToolMessage):
            yield result_sentence(names.get(message.tool_call_id, "the tool"), _json_or_text(message.content))


def _start_of_results(history: Sequence[Message]) -> int:
    return next((i + 1 for i in reversed(range(len(history))) if not isinstance(history[i], ToolMessage)), 0)


def _json_or_text(text: str) -> Json:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _commanded(text: str, tools: Sequence[ToolSpec]) -> Decision | None:
    """``/tool {json}``, one or several; None if the text is no command."""
    known = {tool.name for tool in tools}
    calls: list[PlannedCall] = []
    at = 0
    while command := _COMMAND.match(text, at):
        arguments: Json = {}
        at = command.end()
        if command[1] not in known:
            return Decision(f"There is no tool {command[1]!r}. {abilities(tools)}")
        if text[at : at + 1] == "{":
            try:
                arguments, at = json.JSONDecoder().raw_decode(text, at)
            except (ValueError, RecursionError) as error:
                return Decision(f"The arguments of /{command[1]} are no valid JSON: {error}.")
        calls.append(PlannedCall(command[1], arguments))
    if not calls:
        return None
    if rest := text[at:].strip():
        return Decision(f"After /{calls[-1].tool} I expected a JSON object, not {rest[:80]!r}.")
    return Decision(calls=tuple(calls))


def _scripted(text: str, tools: Sequence[ToolSpec], script: Sequence[ScriptRule]) -> Decision | None:
    for rule in script:
        groups = rule.match(text)
        if groups is not None:
            calls = tuple(_planned(call, groups, text, tools) for call in rule.calls)
            return Decision(str(fill(rule.say or "", groups) or ""), calls)
    return None


def _planned(call: ScriptCall, groups: Mapping[str, str], text: str, tools: Sequence[ToolSpec]) -> PlannedCall:
    """A rule's call. It may name a tool that does not exist: that is how a script plays a misbehaving model."""
    parameters = next((tool.parameters for tool in tools if tool.name == call.tool), {})
    if call.args is None:
        return PlannedCall(call.tool, extract_arguments(text, parameters))
    properties: Mapping[str, Json] = parameters.get("properties", {})
    arguments: dict[str, Json] = {}
    for name, value in fill(call.args, groups).items():
        # Groups are text; a number that came from one shall be a number for the tool.
        typed = coerce(value, properties.get(name, {})) if value != call.args[name] and isinstance(value, str) else None
        arguments[name] = value if typed is None else typed
    return PlannedCall(call.tool, arguments)


def _by_words(
    history: Sequence[Message], tools: Sequence[ToolSpec], script: Sequence[ScriptRule], *, material: Json
) -> Decision:
    def is_answered_otherwise(text: str) -> bool:
        return _commanded(text, tools) is not None or any(rule.match(text) is not None for rule in script)

    intent = intent_of(history, tools, is_aside=is_answered_otherwise)
    last = history[-1]
    if intent is None:
        is_dropped = isinstance(last, UserMessage) and is_abandoning(last.text)
        if is_dropped:
            return Decision("All right, I leave it.")
        return Decision(abilities(tools) if material is None else result_sentence("", material))
    if intent.missing:
        return Decision(question(intent.tool, intent.missing))
    return Decision(f"I start {spoken(intent.tool.name)}.", (PlannedCall(intent.tool.name, intent.arguments),))
