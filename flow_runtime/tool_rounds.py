"""The rounds of a model that runs flows as tools: which call comes next, and the history while a flow runs. Pure.

One call is carried out at a time; while its flow runs, or waits for people, the history rests in the journal.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from flow_runtime.errors import FlowError, Json
from flow_runtime.flow import Name
from flow_runtime.json_limits import LARGEST_NUMBER, encode_json
from flow_runtime.model import AssistantMessage, Message, SystemMessage, ToolCall, ToolMessage, ToolSpec, UserMessage
from flow_runtime.step import StepConfig
from flow_runtime.tool_arguments import checked_arguments

MAX_ROUNDS: Final = 10
"""Replies with tool calls before a model has to answer without tools."""
_LONGEST_NAME: Final = 64


class FlowTool(StepConfig):
    """A flow that the model may run; what is left out, the flow itself says. A bare text is the flow's id."""

    flow_id: Annotated[str, Field(min_length=1, title="Flow")]
    version: Literal["deployed", "latest"] | Annotated[int, Field(ge=1, le=LARGEST_NUMBER)] = "deployed"
    name: Annotated[Name | None, Field(description="As the model calls it; also `toolName`.")] = None
    description: Annotated[str | None, Field(description="When to use it; the model decides by this.")] = None
    parameters: Annotated[Mapping[str, Json] | None, Field(description="JSON Schema of the flow's inputs.")] = None

    @model_validator(mode="before")
    @classmethod
    def _in_short(cls, value: Json) -> Json:
        if isinstance(value, str):
            return {"flowId": value}
        if isinstance(value, Mapping) and "toolName" in value and "name" not in value:
            return {("name" if key == "toolName" else key): part for key, part in value.items()}
        return value

    @property
    def is_whole(self) -> bool:
        """Whether nothing of what the model sees was left out."""
        return bool(self.name and self.description) and self.parameters is not None

    @property
    def spec(self) -> ToolSpec:
        """As the model sees it, once it is whole."""
        return ToolSpec(self.name or "", self.description or "", self.parameters or {})

    def completed(self, found: ToolSpec, *, taken: Collection[str]) -> "FlowTool":
        """With what was left out filled in from the flow; the name is none of those taken."""
        name, number = self.name or found.name, 2
        while not self.name and name in taken:
            name = f"{found.name[: _LONGEST_NAME - 4]}_{number}"
            number += 1
        parameters = found.parameters if self.parameters is None else self.parameters
        description = self.description or found.description
        return self.model_copy(update={"name": name, "description": description, "parameters": parameters})


@dataclass(slots=True)
class Rounds:
    """The history so far, the calls of the last reply that still want an answer, what it used, what scanners found."""

    messages: list[Message]
    pending: list[ToolCall] = field(default_factory=list)
    rounds: int = 0
    usage: list[dict[str, Json]] = field(default_factory=list)
    scanners: list[dict[str, Json]] = field(default_factory=list)

    def take(self, message: AssistantMessage) -> None:
        """A reply that calls tools joins the history."""
        self.messages.append(message)
        self.pending = list(message.tool_calls)
        self.rounds += 1

    def answer(self, result: Json) -> None:
        """The result of the first pending call joins the history."""
        call = self.pending.pop(0)
        text = result if isinstance(result, str) else encode_json(result).decode()
        self.messages.append(ToolMessage(call.id, text))

    def answer_with(self, ending: Mapping[str, Json]) -> None:
        """The end of the run of the first pending call joins the history; see `CallFlow`."""
        if ending.get("rejected"):
            self.answer({"rejected": True, "output": ending.get("output")})
        elif ending["status"] == "completed":
            self.answer(ending.get("output"))
        else:
            self.answer({"error": ending.get("error") or {"code": ending["status"]}})

    def next_call(self, tools: Sequence[FlowTool]) -> tuple[FlowTool, dict[str, Json]] | None:
        """The next pending call with its arguments; calls that are wrong are answered with what is wrong."""
        known = {tool.spec.name: tool for tool in tools}
        while self.pending:
            call = self.pending[0]
            tool = known.get(call.name)
            if tool is None:
                self.answer({"error": {"code": "unknown_tool", "message": f"there is no tool {call.name!r}"}})
                continue
            try:
                return tool, checked_arguments(tool.spec, call.arguments)
            except FlowError as error:
                self.answer({"error": error.as_json()})
        return None

    def as_json(self) -> dict[str, Json]:
        """Everything, to be carried while a flow runs."""
        return {
            "messages": [_dump(message) for message in self.messages],
            "pending": [_dump_call(call) for call in self.pending],
            "rounds": self.rounds,
            "usage": self.usage,
            "scanners": self.scanners,
        }


def rounds_from_json(carried: Mapping[str, Json]) -> Rounds:
    """What `Rounds.as_json` gave."""
    return Rounds(
        messages=[_load(message) for message in carried["messages"]],
        pending=[ToolCall(**call) for call in carried["pending"]],
        rounds=carried["rounds"],
        usage=list(carried["usage"]),
        scanners=list(carried.get("scanners", ())),
    )


def _dump(message: Message) -> dict[str, Json]:
    match message:
        case SystemMessage(text=text):
            return {"role": "system", "text": text}
        case UserMessage():
            return {"role": "user", "text": message.text}
        case AssistantMessage(text=text, tool_calls=calls):
            return {"role": "assistant", "text": text, "calls": [_dump_call(call) for call in calls]}
        case ToolMessage(tool_call_id=call_id, content=content):
            return {"role": "tool", "id": call_id, "text": content}


def _load(message: Mapping[str, Json]) -> Message:
    match message["role"]:
        case "system":
            return SystemMessage(message["text"])
        case "user":
            return UserMessage(message["text"])
        case "assistant":
            return AssistantMessage(message["text"], tuple(ToolCall(**call) for call in message["calls"]))
    return ToolMessage(message["id"], message["text"])


def _dump_call(call: ToolCall) -> dict[str, Json]:
    return {"id": call.id, "name": call.name, "arguments": call.arguments}
