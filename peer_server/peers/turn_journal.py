"""The journal of a turn: which steps it has, and what each was told. Pure.

==================  ==================================================================================================
key                 data of ``step.started`` → ``output`` of ``step.done``
==================  ==================================================================================================
``model[n]``        {messageId, parentId?, source, model?} → {status, text, toolCalls?, error?, citations?}
``reply``           the same, for a message that a flow writes and no model
``tool[n].<call>``  {messageId, toolCallId, toolName, title, arguments, flowId?, version?, runId?} → {status, result}
``knowledge``       {} → {status, result, found?}: what was looked up before the first model call
``flow``            {runId} → {status, result}: the flow that answers a message, of which no tool call is told
==================  ==================================================================================================

A step that is done never runs again. A model call that was only started is repeated under the same message id.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flow_runtime.errors import Json
from flow_runtime.ids import stable_id
from flow_runtime.model import ToolCall
from flow_runtime.run import Event

REPLY = "reply"
FLOW = "flow"


def model_key(round_: int) -> str:
    """The key of the n-th model call."""
    return f"model[{round_}]"


def tool_key(round_: int, call_id: str) -> str:
    """The key of a tool call of the n-th round."""
    return f"tool[{round_}].{call_id}"


def child_run_id(turn_id: str, key: str) -> str:
    """The run that this step of a turn starts: the same after every crash."""
    return stable_id(turn_id, key, "child")


def is_tool(key: str) -> bool:
    """Whether this step is a tool call."""
    return key.startswith("tool[")


def is_message(key: str) -> bool:
    """Whether this step writes a message."""
    return key == REPLY or key.startswith("model[")


@dataclass(slots=True)
class Step:
    """One step as far as it came."""

    key: str
    started: Mapping[str, Json]
    output: Mapping[str, Json] | None = None

    @property
    def is_done(self) -> bool:
        """Whether it never runs again."""
        return self.output is not None


class TurnJournal:
    """The fold of a turn's journal."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.steps: dict[str, Step] = {}
        for event in events:
            self.add(event)

    def add(self, event: Event) -> None:
        """Carry on by one event; those of the run itself change nothing."""
        if event.type == "step.started":
            self.steps[event.key] = Step(event.key, event.data)
        elif event.type == "step.done" and event.key in self.steps:
            self.steps[event.key].output = event.data["output"]

    @property
    def unfinished(self) -> Sequence[Step]:
        """What was begun and is not done."""
        return [step for step in self.steps.values() if not step.is_done]

    @property
    def refused_calls(self) -> int:
        """How many calls of this turn were refused because of their name or arguments."""
        return sum(1 for step in self.steps.values() if step.output and step.output.get("refused"))


def started(key: str, **data: Json) -> Event:
    """A step begins. Absent fields are absent."""
    return Event("step.started", key, _present(data))


def done(key: str, output: Mapping[str, Json], **data: Json) -> Event:
    """A step is done, with what its readers need. Absent fields are absent."""
    return Event("step.done", key, {"output": _present(output), **_present(data)})


def calls_json(calls: Sequence[ToolCall]) -> list[dict[str, str]] | None:
    """Tool calls as they are journaled; None if there are none."""
    return [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in calls] or None


def calls_of(output: Mapping[str, Json]) -> list[ToolCall]:
    """The tool calls of a finished model call."""
    return [ToolCall(call["id"], call["name"], call["arguments"]) for call in output.get("toolCalls", ())]


def _present(fields: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in fields.items() if value is not None}
