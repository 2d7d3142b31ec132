"""Turns without a model: an action that a person started, a flow that answers messages, and the outcome of either."""

from collections.abc import Mapping

from flow_runtime.errors import Json, invalid
from flow_runtime.run import Ending, RunStatus
from flow_runtime.schema_validation import validate
from peer_server.peer import MESSAGE_INPUT, AttachedAs, FlowVersion
from peer_server.peers.flow_start import FlowCall, reply_text, result_of
from peer_server.peers.turn_journal import FLOW, REPLY, Step, child_run_id, done, is_tool, started, tool_key
from peer_server.peers.turn_work import TurnWork


async def run_action(work: TurnWork) -> None:
    """Run the flow that a person asked for. It is shown as a tool call, and its result is the reply."""
    inputs = work.inputs
    message_id = await work.begin_message(REPLY, inputs.get("leaf"), source="flow")
    step = next((step for step in work.journal.steps.values() if is_tool(step.key)), None)
    if step is None:
        call_id = f"call_{work.run.id}"
        key = tool_key(0, call_id)
        names = {name: inputs[name] for name in ("toolName", "title", "arguments", "flowId")}
        ids = {"messageId": message_id, "toolCallId": call_id, "runId": child_run_id(work.run.id, key)}
        await work.append([started(key, **names, **ids)])
        step = work.journal.steps[key]
    output = await _output(work, step, flow_id=inputs["flowId"], version=inputs["version"], as_="action")
    await _reply(work, message_id, output)


async def run_message_flow(work: TurnWork) -> None:
    """Run the flow that answers in place of a model."""
    attachment = work.peer.message_flow
    if attachment is None:
        raise AssertionError("only Peers with such a flow come here")
    message_id = await work.begin_message(REPLY, work.inputs.get("leaf"), source="flow")
    if FLOW not in work.journal.steps:
        await work.append([started(FLOW, runId=child_run_id(work.run.id, FLOW), messageId=message_id)])
    step = work.journal.steps[FLOW]
    output = await _output(work, step, flow_id=attachment.flow_id, version=attachment.version, as_="message")
    await _reply(work, message_id, output)


async def tell_outcome(work: TurnWork) -> None:
    """Say how a flow ended that had answered nothing yet because it waited for somebody."""
    run_id = work.inputs["origin"]["runId"]
    message_id = await work.begin_message(REPLY, work.inputs.get("leaf"), source="flow")
    run = await work.services.runtime.get(run_id, workspace_id=work.run.workspace_id)
    await _reply(work, message_id, result_of(run))


async def _output(
    work: TurnWork, step: Step, *, flow_id: str, version: FlowVersion, as_: AttachedAs
) -> Mapping[str, Json]:
    """What the flow of this step came to."""
    services = work.services
    flow = await services.store.read(
        services.directory.resolve,
        workspace_id=work.run.workspace_id,
        flow_id=flow_id,
        version=version,
        person_id=work.peer.previewed_by,
    )
    call = FlowCall(
        key=step.key,
        run_id=step.started["runId"],
        as_=as_,
        flow_id=flow_id,
        flow=flow,
        inputs=step.started["arguments"] if as_ == "action" else _message_inputs(work, flow.definition.inputs),
        message_id=step.started["messageId"],
        tool_call_id=step.started.get("toolCallId"),
    )
    return await work.call_flow(call)


def _message_inputs(work: TurnWork, schema: Mapping[str, Json]) -> dict[str, Json]:
    """A flow that answers messages gets the text as `message`, if it has such an input.

    Raises `InvalidDefinition` ``invalid_inputs`` if it requires more: it may be another version than was attached.
    """
    has_input = MESSAGE_INPUT in schema.get("properties", {})
    inputs = {MESSAGE_INPUT: work.inputs.get("text", "")} if has_input else {}
    faults = [fault.as_json() for fault in validate(dict(schema), inputs)]
    if faults:
        raise invalid("a message does not fit the inputs of the flow", faults, code="invalid_inputs")
    return inputs


async def _reply(work: TurnWork, message_id: str, output: Mapping[str, Json]) -> None:
    """Write the message and end the turn."""
    result = output.get("result")
    if output["status"] == "error":
        error = result["error"] if isinstance(result, dict) else {"code": "run_failed", "message": str(result)}
        failed = done(REPLY, {"status": "failed", "text": "", "error": error}, messageId=message_id)
        await work.end(Ending(RunStatus.FAILED, error=error), [failed])
        return
    text = result["summary"] if output["status"] == "waiting" and isinstance(result, dict) else reply_text(result)
    said = done(REPLY, {"status": "completed", "text": text}, messageId=message_id)
    await work.end(Ending(RunStatus.COMPLETED), [said])
