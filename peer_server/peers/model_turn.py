"""A turn of the model: rounds of one model call and the tool calls that it asks for, until it has answered."""

import asyncio
from collections.abc import Iterable, Mapping

from flow_runtime.errors import Json
from flow_runtime.model import ModelRequest, Part
from flow_runtime.models.catalog import ChosenModel
from flow_runtime.run import Ending, RunStatus
from peer_server.json_patch import JsonObject
from peer_server.peers.flow_start import FlowCall
from peer_server.peers.guarded_peer import guard_of
from peer_server.peers.history import model_history, path_to
from peer_server.peers.knowing import citations, search_before, search_by_tool
from peer_server.peers.model_call import Answer, call_model
from peer_server.peers.tool_calls import check_calls, refused
from peer_server.peers.toolset import Toolset, load_toolset
from peer_server.peers.turn_journal import calls_of, done, model_key, tool_key
from peer_server.peers.turn_work import TurnWork


async def talk(work: TurnWork) -> None:
    """Carry the turn on from its journal to its end; return earlier only if the worker is going away."""
    services, settings = work.services, work.services.settings
    toolset = await services.store.read(
        load_toolset, services.directory, workspace_id=work.run.workspace_id, peer=work.peer
    )
    leaf = work.inputs.get("leaf")
    for round_ in range(settings.max_rounds):
        if work.lease.draining.is_set():
            return
        may_call = round_ < settings.max_rounds - 1 and work.journal.refused_calls < settings.max_refused_calls
        if not await _calls_tools(work, round_, leaf=leaf, toolset=toolset if may_call else Toolset()):
            return
        leaf = work.journal.steps[model_key(round_)].started["messageId"]
        await _run_tools(work, round_, toolset)
    message = f"the model asked for tools {settings.max_rounds} times without answering"
    await work.end(Ending(RunStatus.FAILED, error={"code": "too_many_rounds", "message": message}))


async def _calls_tools(work: TurnWork, round_: int, *, leaf: str | None, toolset: Toolset) -> bool:
    """Make the model call of this round unless it is done; whether it asks for tools. If not, the turn has ended."""
    key = model_key(round_)
    step = work.journal.steps.get(key)
    if step is not None and step.output is not None:
        return bool(calls_of(step.output))
    model = work.models.resolve(work.peer.model, work.run.workspace_id)
    message_id = await work.begin_message(
        key, leaf, source="scripted" if model.is_scripted else "model", model=model.full_name
    )
    answer = await _stream(work, model, round_=round_, leaf=leaf, message_id=message_id, toolset=toolset)
    is_whole = answer.error is None and not answer.calls
    cited = citations(work, answer.reply.text) if is_whole else None
    event = answer.event(key, message_id=message_id, model=model.full_name, citations=cited)
    if answer.error is not None:
        await work.end(Ending(RunStatus.FAILED, error=answer.error.as_json()), [event])
    elif not answer.calls:
        await work.end(Ending(RunStatus.COMPLETED), [event])
    else:
        calls = check_calls(answer.calls, toolset, turn_id=work.run.id, round_=round_, message_id=message_id)
        await work.append([event, *calls])
    return not work.has_ended


async def _stream(
    work: TurnWork, model: ChosenModel, *, round_: int, leaf: str | None, message_id: str, toolset: Toolset
) -> Answer:
    services, peer = work.services, work.peer
    view = await services.views.get(work.conversation_id)
    files = await _files(work, path_to(view, leaf))
    origin = work.inputs.get("origin") if round_ == 0 else None
    known = await search_before(work, view, leaf=work.inputs.get("leaf"))
    request = ModelRequest(
        model=model.name,
        messages=model_history(
            view,
            leaf=leaf,
            instructions=peer.instructions,
            outcome_of=origin["runId"] if origin else None,
            material=known,
            files=files,
        ),
        tools=toolset.specs,
        timeout_s=services.settings.model_timeout_s,
        options={"script": list(peer.script)} if model.is_scripted else {},
    )
    guard = guard_of(peer, scanners=services.scanners, models=work.models, workspace_id=work.run.workspace_id)
    live = work.open_message(message_id)
    answer = await call_model(model, request, live=live, clock=services.clock, view=view, guard=guard)
    work.close_message()
    return answer


async def _files(work: TurnWork, messages: Iterable[JsonObject]) -> Mapping[str, Part]:
    """What the files in these messages look like to the model, the newest last."""
    ids = [part["fileId"] for message in messages for part in message["parts"] if part["type"] == "file"]
    if not ids or work.services.files is None:
        return {}
    return await work.services.files.parts(work.run.workspace_id, ids)


async def _run_tools(work: TurnWork, round_: int, toolset: Toolset) -> None:
    """Run what is not done of this round's calls, side by side."""
    prefix = tool_key(round_, "")
    try:
        async with asyncio.TaskGroup() as group:
            for step in work.journal.unfinished:
                if step.key.startswith(prefix):
                    group.create_task(_run_tool(work, step.key, step.started, toolset))
    except ExceptionGroup as several:
        # Losing the lease or the database hits all of them alike.
        raise several.exceptions[0] from None


async def _run_tool(work: TurnWork, key: str, call: Mapping[str, Json], toolset: Toolset) -> None:
    """Run one call and journal what it came to."""
    ids = {"messageId": call["messageId"], "toolCallId": call["toolCallId"]}
    tool = toolset.get(call["toolName"])
    if tool is None and toolset.spec(call["toolName"]) is not None:
        await search_by_tool(work, key, call=call)
        return
    if tool is None:
        # The Peer was changed between a crash and now.
        gone = {"code": "unknown_tool", "message": f"there is no tool {call['toolName']!r} any more"}
        await work.append([done(key, refused(gone), **ids)])
        return
    await work.call_flow(
        FlowCall(
            key=key,
            run_id=call["runId"],
            as_="tool",
            flow_id=tool.attachment.flow_id,
            flow=tool.flow,
            inputs=call["arguments"],
            message_id=call["messageId"],
            tool_call_id=call["toolCallId"],
        )
    )
