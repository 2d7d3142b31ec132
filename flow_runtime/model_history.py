"""The rules that a history must obey before any model is given it. Pure."""

from collections.abc import Sequence

from flow_runtime.model import AssistantMessage, Message, ToolMessage


def check_history(messages: Sequence[Message]) -> list[str]:
    """Every breach of the chat-completions rules, each as one sentence that names the message; empty if valid.

    The rules: there is at least one message and the last one is not the assistant's; every tool call has an id of its
    own in the whole history and a name; the messages directly after it answer each of its calls exactly once; no tool
    message stands anywhere else.
    """
    walk = _Walk()
    for position, message in enumerate(messages):
        walk.take(position, message)
    walk.end_of_answers(len(messages))
    if not messages:
        walk.faults.append("the history is empty")
    elif isinstance(messages[-1], AssistantMessage) and not messages[-1].tool_calls:
        walk.faults.append(f"message {len(messages) - 1} is the assistant's: there is nothing to answer")
    return walk.faults


class _Walk:
    """The state of one pass: which calls still wait for their answer."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._open: dict[str, None] = {}
        self._answered: set[str] = set()
        self._ids: set[str] = set()

    def take(self, position: int, message: Message) -> None:
        if isinstance(message, ToolMessage):
            self._take_answer(position, message)
            return
        self.end_of_answers(position)
        if isinstance(message, AssistantMessage):
            self._take_calls(position, message)

    def end_of_answers(self, position: int) -> None:
        self.faults += [f"tool call {call_id!r} has no answer before message {position}" for call_id in self._open]
        self._open = {}
        self._answered = set()

    def _take_answer(self, position: int, message: ToolMessage) -> None:
        call_id = message.tool_call_id
        if call_id in self._open:
            del self._open[call_id]
            self._answered.add(call_id)
        elif call_id in self._answered:
            self.faults.append(f"message {position} answers tool call {call_id!r} a second time")
        else:
            self.faults.append(f"message {position} answers {call_id!r}, which the assistant did not just call")

    def _take_calls(self, position: int, message: AssistantMessage) -> None:
        for call in message.tool_calls:
            if not call.id or not call.name:
                self.faults.append(f"message {position} has a tool call without an id or a name: {call!r}")
            if call.id in self._ids:
                self.faults.append(f"message {position} uses the tool call id {call.id!r} again")
            self._ids.add(call.id)
            self._open[call.id] = None
