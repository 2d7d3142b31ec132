"""How a turn runs a flow: what the flow is told of the conversation, and what its end means to the model. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from flow_runtime.errors import Json
from flow_runtime.run import HUMAN_KINDS, Interrupt, InterruptKind, InterruptStatus, Run, RunStatus, StartRun, Trigger
from peer_server.conversation import ConversationView
from peer_server.json_patch import JsonObject
from peer_server.peer import AttachedAs, PeerVersion, ResolvedFlow
from peer_server.peers.turn_queue import INTERACTIVE

_TOLD_MESSAGES = 50
"""How many of the last messages a flow sees."""
_LONGEST_TOLD = 4_000
"""Characters of one message that a flow sees."""
_TRIGGERS: Mapping[AttachedAs, str] = {"tool": "peer.action", "action": "peer.action", "message": "peer.message"}
_WAITS_FOR = {
    InterruptKind.APPROVAL: "approval",
    InterruptKind.FORM: "a form",
    InterruptKind.CLIENT_TOOL: "the browser",
    InterruptKind.CALLBACK: "another system",
}


@dataclass(frozen=True, slots=True)
class FlowCall:
    """One flow to be run for a step of a turn, under an id that is known before: a crash cannot start it twice."""

    key: str
    run_id: str
    as_: AttachedAs
    flow_id: str
    flow: ResolvedFlow
    inputs: Mapping[str, Json]
    message_id: str
    tool_call_id: str | None = None


def start_spec(call: FlowCall, *, turn: Run, peer: PeerVersion, context: JsonObject) -> StartRun:
    """The run that carries out the call. It is a root of its own: what waits inside it is found by its id."""
    origin = {
        "turnId": turn.id,
        "messageId": call.message_id,
        "toolCallId": call.tool_call_id,
        "causedBy": turn.inputs["causedBy"],
        "as": call.as_,
    }
    message = context["conversation"].get("lastUserMessage")
    return StartRun(
        workspace_id=turn.workspace_id,
        kind="flow",
        inputs=call.inputs,
        trigger=Trigger(
            _TRIGGERS[call.as_], {"conversationId": turn.conversation_id, "message": message, **call.inputs}, peer.name
        ),
        definition_digest=call.flow.digest,
        flow_id=call.flow_id,
        version=call.flow.version,
        environment=turn.environment,
        started_by=turn.started_by,
        conversation_id=turn.conversation_id,
        origin={name: value for name, value in origin.items() if value is not None},
        context=context,
        root_run_id=call.run_id,
        active_budget_s=call.flow.definition.settings.async_timeout_s,
        priority=INTERACTIVE,
    )


def flow_context(view: ConversationView, *, leaf: str | None, turn: Run, peer: PeerVersion) -> JsonObject:
    """What expressions find under `messages`, `conversation`, `user` and `peer`."""
    messages: list[JsonObject] = []
    step = leaf
    while step is not None and step in view.messages and len(messages) < _TOLD_MESSAGES:
        message = view.messages[step]
        messages.append({"id": step, "role": message["role"], "text": message["text"][:_LONGEST_TOLD]})
        step = message.get("parentId")
    last = next((message["text"] for message in messages if message["role"] == "user"), None)
    conversation = {"id": turn.conversation_id, "title": view.title, "lastUserMessage": last}
    return {
        "messages": messages[::-1],
        "conversation": conversation,
        "user": dict(turn.inputs["causedBy"]),
        "peer": {"id": peer.id, "name": peer.name, "version": peer.version},
    }


def result_of(run: Run) -> dict[str, Json]:
    """An ended run as the output of its tool call: the flow's own output, or how it ended otherwise."""
    if run.status is not RunStatus.COMPLETED:
        error = dict(run.error or {"code": run.status.value, "message": f"the flow ended as {run.status.value}"})
        return {"status": "error", "result": {"status": run.status.value, "error": error}}
    if run.rejected:
        return {"status": "ok", "result": {"rejected": True, "output": run.output}}
    return {"status": "ok", "result": {"status": "completed"} if run.output is None else run.output}


def waiting_result(run_id: str, interrupts: Sequence[Interrupt]) -> dict[str, Json]:
    """What the model is told of a run that goes on without it: never empty, so that it cannot invent a result."""
    waits = [one for one in interrupts if one.status is InterruptStatus.OPEN and one.kind in _WAITS_FOR]
    result: dict[str, Json] = {"status": "waiting", "runId": run_id, "summary": "The flow is still running."}
    if waits:
        first = next((one for one in waits if one.kind in HUMAN_KINDS), waits[0])
        result |= {"interruptId": first.id, "kind": first.kind.value, "summary": _summary(first)}
        if first.payload.get("title"):
            result["title"] = first.payload["title"]
    if len(waits) > 1:
        result["interrupts"] = [
            {"interruptId": one.id, "kind": one.kind.value, "summary": _summary(one)} for one in waits
        ]
    return {"status": "waiting", "result": result}


def reply_text(result: Json) -> str:
    """A flow's output as a message: text as it is, else its `reply`, else JSON."""
    if isinstance(result, dict) and isinstance(result.get("reply"), str):
        return str(result["reply"])
    if result is None or isinstance(result, str):
        return result or ""
    return orjson.dumps(result).decode()


def _summary(interrupt: Interrupt) -> str:
    title = interrupt.payload.get("title")
    return f"Waiting for {_WAITS_FOR[interrupt.kind]}" + (f": {title}" if title else ".")
