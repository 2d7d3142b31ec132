"""What a model's tool calls become: a flow to run, or an error that the model can learn from. Pure."""

from collections.abc import Mapping, Sequence

from flow_runtime.errors import Json
from flow_runtime.model import ToolCall
from flow_runtime.run import Event
from flow_runtime.schema_validation import validate
from flow_runtime.tool_arguments import arguments_object
from peer_server.peers.knowledge_tool import TITLE
from peer_server.peers.toolset import Toolset
from peer_server.peers.turn_journal import child_run_id, done, started, tool_key

MOST_CALLS = 16
"""Tool calls that one answer may ask for; the rest is refused."""


def check_calls(
    calls: Sequence[ToolCall], toolset: Toolset, *, turn_id: str, round_: int, message_id: str
) -> list[Event]:
    """The events that begin every call. Refused ones are done at once, with an error that names the fields."""
    events: list[Event] = []
    for number, call in enumerate(calls):
        key = tool_key(round_, call.id)
        arguments = arguments_object(call.arguments)
        tool = toolset.get(call.name)
        fault = _too_many(number) or _fault(call, arguments, toolset)
        ids = {"messageId": message_id, "toolCallId": call.id}
        shown = call.arguments if arguments is None else arguments
        title = tool.title if tool else TITLE if toolset.spec(call.name) else call.name
        names = {"toolName": call.name, "title": title, "arguments": shown}
        if fault is not None:
            events += [started(key, **ids, **names), done(key, refused(fault), **ids)]
        elif tool is None:
            events.append(started(key, **ids, **names))  # Nothing runs for it: the Peer looks something up itself.
        else:
            run = {"flowId": tool.attachment.flow_id, "version": tool.flow.version, "runId": child_run_id(turn_id, key)}
            events.append(started(key, **ids, **names, **run))
    return events


def refused(fault: Mapping[str, Json] | None) -> dict[str, Json]:
    """The output of a call that was not carried out."""
    return {"status": "error", "result": {"status": "error", "error": fault}, "refused": True}


def _too_many(number: int) -> dict[str, Json] | None:
    if number < MOST_CALLS:
        return None
    return {"code": "too_many_calls", "message": f"at most {MOST_CALLS} tools can be called at once"}


def _fault(call: ToolCall, arguments: Mapping[str, Json] | None, toolset: Toolset) -> dict[str, Json] | None:
    """Why the call cannot be carried out, in words that a model can act on."""
    spec = toolset.spec(call.name)
    if spec is None:
        known = ", ".join(spec.name for spec in toolset.specs) or "none"
        return {"code": "unknown_tool", "message": f"there is no tool {call.name!r}; the tools are: {known}"}
    if arguments is None:
        return {"code": "invalid_arguments", "message": "the arguments are not a JSON object"}
    faults = [fault.as_json() for fault in validate(spec.parameters, arguments)]
    if faults:
        message = "the arguments do not fit: " + "; ".join(f"{one['pointer']} {one['message']}" for one in faults)
        return {"code": "invalid_arguments", "message": message, "details": faults}
    return None
