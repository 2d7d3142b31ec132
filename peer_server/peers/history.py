"""What a model is told of a conversation: from the fold of its events to a history that is valid at every call. Pure.

Every tool call has exactly one answer directly behind it, whatever became of its run: the result, an error, or that it
still waits. The outcome of a run that had waited comes later, as a message of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import orjson

from flow_runtime.errors import Json
from flow_runtime.model import (
    AssistantMessage,
    Message,
    Part,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from peer_server.conversation import ConversationView
from peer_server.json_patch import JsonObject

LONGEST_RESULT = 64_000
"""Characters of one tool result or outcome that a model gets; what is longer is cut, and says so."""
WITHHELD = "[withheld by a guardrail]"
"""What a model gets in place of a text that it was refused before."""
_ENDED = frozenset({"completed", "failed", "cancelled", "timed_out"})


def model_history(
    view: ConversationView,
    *,
    leaf: str | None,
    instructions: str = "",
    outcome_of: str | None = None,
    material: Json = None,
    files: Mapping[str, Part] | None = None,
    max_characters: int = 400_000,
) -> list[Message]:
    """The messages from the root of the conversation down to `leaf`, as a model gets them.

    `outcome_of` names the run whose outcome is the occasion of this call: it becomes the last message. `material`
    is what was looked up for the last question, and stands before it: as a user's message, since texts of documents
    must not speak with the voice of the instructions. `files` holds what uploaded files look like to the model, by file
    id. The oldest messages are left out beyond `max_characters`.
    """
    path = path_to(view, leaf)
    reader = _Reader(view, files or {}, told=_told(view, path) | {outcome_of}, withheld=_withheld(path))
    groups = [list(reader.message(message)) for message in path]
    messages = [message for group in _newest(groups, max_characters) for message in group]
    if outcome_of is not None:
        messages.append(outcome_message(view, outcome_of))
    if not messages or (isinstance(messages[-1], AssistantMessage) and not messages[-1].tool_calls):
        messages.append(UserMessage("Go on."))
    if material is not None:
        asked = max((at for at, message in enumerate(messages) if isinstance(message, UserMessage)), default=0)
        messages.insert(asked, UserMessage(_json({"knowledge": material})))
    return [SystemMessage(instructions), *messages] if instructions else messages


def outcome_message(view: ConversationView, run_id: str) -> UserMessage:
    """The outcome of a run that had waited, as JSON: how it ended, with what, and what people decided on the way.

    A user message, because not every provider takes a system message in the middle of a conversation.
    """
    return UserMessage(_json({"outcome": outcome_json(view, run_id)}))


def outcome_json(view: ConversationView, run_id: str) -> JsonObject:
    """How a run ended, drawn from the run's records."""
    run = view.runs.get(run_id, {})
    call = view.tool_calls.get(run.get("toolCallId", ""), {})
    decisions = [_decision(interrupt) for interrupt in view.interrupts.values() if _is_decided(interrupt, run_id)]
    facts = {
        "toolName": call.get("toolName") or run.get("flowName", ""),
        "toolCallId": run.get("toolCallId"),
        "runId": run_id,
        "status": run.get("status"),
        "output": run.get("output"),
        "error": run.get("error"),
        "rejected": run.get("rejected"),
        "decisions": decisions or None,
    }
    return {name: value for name, value in facts.items() if value is not None}


class _Reader:
    """Turns messages of the view into messages of the model."""

    def __init__(
        self, view: ConversationView, files: Mapping[str, Part], *, told: set[str | None], withheld: set[str]
    ) -> None:
        self._view = view
        self._withheld = withheld
        self._files = files
        self._told = told
        self._turns: set[str] = set()

    def message(self, message: JsonObject) -> Iterator[Message]:
        """The model's messages for one of ours: none if it never came to say anything."""
        is_withheld = message["messageId"] in self._withheld
        if message["role"] == "user":
            yield UserMessage(WITHHELD if is_withheld else self._content(message["parts"]))
            return
        yield from self._occasion(message.get("turnId"), is_withheld=is_refusal(message))
        calls = [self._view.tool_calls[call_id] for call_id in message["toolCallIds"]]
        if message["text"].strip() or calls:
            yield AssistantMessage(message["text"], tuple(_tool_call(call) for call in calls))
        for call in calls:
            yield ToolMessage(call["toolCallId"], WITHHELD if is_withheld else self._result(call))

    def _occasion(self, turn_id: str | None, *, is_withheld: bool) -> Iterator[Message]:
        """What the turn was about if no person said it: told once, before its first message."""
        turn = self._view.turns.get(turn_id or "", {})
        origin = turn.get("origin")
        if origin is not None and turn_id is not None and turn_id not in self._turns:
            self._turns.add(turn_id)
            yield UserMessage(WITHHELD) if is_withheld else outcome_message(self._view, origin["runId"])

    def _result(self, call: JsonObject) -> str:
        if "result" not in call:
            return _json({"status": "stopped"})
        run_id = call.get("runId", "")
        has_ended = self._view.runs.get(run_id, {}).get("status") in _ENDED
        if call["status"] == "waiting" and has_ended and run_id not in self._told:
            # Its outcome was told in another branch, or will be told next: this one must not go on waiting for it.
            return _text(outcome_json(self._view, run_id))
        return _text(call["result"])

    def _content(self, parts: Sequence[JsonObject]) -> str | tuple[Part, ...]:
        if all(part["type"] == "text" for part in parts):
            return "\n".join(part["text"] for part in parts)
        return tuple(self._part(part) for part in parts)

    def _part(self, part: JsonObject) -> Part:
        if part["type"] == "text":
            return TextPart(part["text"])
        return self._files.get(part["fileId"]) or TextPart(f"[file {part.get('name', part['fileId'])!r}, not readable]")


def path_to(view: ConversationView, leaf: str | None) -> list[JsonObject]:
    """The messages from the root of the conversation down to this one."""
    path: list[JsonObject] = []
    step = leaf
    while step is not None and step in view.messages:
        path.append(view.messages[step])
        step = view.messages[step].get("parentId")
    return path[::-1]


def is_refusal(message: JsonObject) -> bool:
    """Whether this answer only says that a guardrail did not let the model see what came before it."""
    error = message.get("error") or {}
    details = error.get("details")
    is_of_guard = error.get("code") in ("guardrail", "guardrail_unavailable")
    return is_of_guard and isinstance(details, dict) and details.get("side") == "input"


def _withheld(path: Sequence[JsonObject]) -> set[str]:
    """The messages whose new texts a model was refused."""
    return {earlier["messageId"] for earlier, later in pairwise(path) if is_refusal(later)}


def _told(view: ConversationView, path: Sequence[JsonObject]) -> set[str | None]:
    """The runs whose outcome some message of this path tells."""
    turns = [view.turns.get(message.get("turnId", ""), {}) for message in path]
    return {turn["origin"]["runId"] for turn in turns if "origin" in turn}


def _newest(groups: Sequence[list[Message]], max_characters: int) -> list[list[Message]]:
    """The newest groups that fit; a call and its answers are one group, so the cut never parts them."""
    kept: list[list[Message]] = []
    room = max_characters
    for group in reversed(groups):
        room -= sum(_length(message) for message in group)
        if room < 0 and kept:
            break
        kept.append(group)
    return kept[::-1]


def _length(message: Message) -> int:
    if isinstance(message, ToolMessage):
        return len(message.content)
    calls = message.tool_calls if isinstance(message, AssistantMessage) else ()
    return len(message.text) + sum(len(call.arguments) for call in calls)


def _tool_call(call: JsonObject) -> ToolCall:
    """Arguments that were no JSON object go back as none at all: some providers refuse anything else."""
    arguments = call["arguments"]
    return ToolCall(call["toolCallId"], call["toolName"], _json(arguments if isinstance(arguments, dict) else {}))


def _is_decided(interrupt: JsonObject, run_id: str) -> bool:
    belongs = run_id in (interrupt.get("rootRunId"), interrupt["runId"])
    return belongs and interrupt["kind"] == "approval" and interrupt["status"] in ("settled", "expired")


def _decision(interrupt: JsonObject) -> JsonObject:
    resolution = interrupt.get("resolution") or {}
    told = {name: resolution[name] for name in ("decision", "comment", "edits") if name in resolution}
    by = interrupt.get("decidedBy", {}).get("name")
    return {"title": interrupt["title"], **(told or {"decision": "expired"}), **({"by": by} if by else {})}


def _text(result: Json) -> str:
    text = result if isinstance(result, str) else _json(result)
    if len(text) <= LONGEST_RESULT:
        return text
    return f"{text[:LONGEST_RESULT]}… (cut: {len(text)} characters in all)"


def _json(value: Json) -> str:
    return orjson.dumps(value).decode()
