"""Pick a tool by a person's words and gather its arguments over several messages. A pure fold of the history."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flow_runtime.errors import Json
from flow_runtime.model import AssistantMessage, Message, ToolSpec, UserMessage
from flow_runtime.models.scripted_arguments import extract_arguments, words_of

_WORD = re.compile(r"[^\W_]+")
_STEM = 5
_STOP_WORDS = frozenset(
    "a an and any are as at be by can do for from get give have how i if in is it like me my need of on one or our"  # noqa: SIM905  sixty lines otherwise
    " please shall show so some that the then there this to tool use user want was we what when where which who will"
    " with would you your".split()
)
_ABANDON = {"cancel", "never mind", "nevermind", "forget it", "stop", "no thanks"}
_NAME_WEIGHT, _ENOUGH = 3, 2


@dataclass(frozen=True, slots=True)
class Intent:
    """A tool that was picked, and the arguments gathered so far."""

    tool: ToolSpec
    arguments: dict[str, Json] = field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        """Required arguments that nobody has stated yet."""
        return [name for name in self.tool.parameters.get("required", ()) if name not in self.arguments]


def intent_of(
    messages: Sequence[Message], tools: Sequence[ToolSpec], *, is_aside: Callable[[str], bool]
) -> Intent | None:
    """What the person wants after all these messages, or None.

    A picked tool stays picked while its arguments are asked for, until it is called, another tool is clearly named, or
    the person drops it. Messages that `is_aside` recognises were answered in another way and change nothing.
    """
    intent: Intent | None = None
    for message in messages:
        if isinstance(message, AssistantMessage) and message.tool_calls:
            intent = None
        elif isinstance(message, UserMessage) and not is_aside(message.text):
            # With nothing missing it was ready to be called; if it was not, that moment has passed.
            intent = _advance(intent if intent and intent.missing else None, message.text, tools)
    return intent


def is_abandoning(text: str) -> bool:
    """Whether the person drops what was being asked for."""
    return text.strip(" .!").lower() in _ABANDON


def _advance(intent: Intent | None, text: str, tools: Sequence[ToolSpec]) -> Intent | None:
    if is_abandoning(text):
        return None
    chosen, score = _choose(text, tools)
    if intent is not None and (chosen is None or chosen is intent.tool or score < _NAME_WEIGHT):
        more = extract_arguments(text, intent.tool.parameters, wanted=intent.missing, known=intent.arguments)
        return Intent(intent.tool, {**intent.arguments, **more})
    return Intent(chosen, extract_arguments(text, chosen.parameters)) if chosen else None


def _choose(text: str, tools: Sequence[ToolSpec]) -> tuple[ToolSpec | None, int]:
    """The best fitting tool and how well it fits; the first one of several that fit alike."""
    said = _stems(text)
    best = max(tools, key=lambda tool: _score(said, tool), default=None)
    score = _score(said, best) if best else 0
    return (best, score) if score >= _ENOUGH else (None, score)


def _score(said: set[str], tool: ToolSpec) -> int:
    in_name = _stems(" ".join(words_of(tool.name)))
    arguments = " ".join(" ".join(words_of(name)) for name in tool.parameters.get("properties", {}))
    elsewhere = _stems(f"{tool.description} {arguments}") - in_name
    return _NAME_WEIGHT * len(said & in_name) + len(said & elsewhere)


def _stems(text: str) -> set[str]:
    """The telling words, cut short so that ``refunds`` and ``refunding`` are ``refund``."""
    return {word[:_STEM] for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS and not word.isdigit()}
