"""One streamed model call: from the request to the whole answer, told to the sockets as it comes."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from flow_runtime.clock import Clock
from flow_runtime.errors import FlowError, Json, StepFailed
from flow_runtime.guarded_model import guarded_messages, guarded_reply
from flow_runtime.guarding import ActiveGuard
from flow_runtime.ids import new_id
from flow_runtime.model import ModelRequest, TextDelta, ToolCall
from flow_runtime.model_reply import ModelReply, ReplyBuilder
from flow_runtime.models.catalog import ChosenModel
from flow_runtime.run import Event
from peer_server.conversation import ConversationView
from peer_server.peers.live import LiveMessage
from peer_server.peers.turn_journal import calls_json, done


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model call came to. `error` is set if the stream broke; what was written before is kept."""

    reply: ModelReply
    calls: tuple[ToolCall, ...]
    ms: int
    error: FlowError | None = None
    scanners: Sequence[Mapping[str, Json]] = ()
    scan_usage: Sequence[Mapping[str, Json]] = ()

    def event(
        self, key: str, *, message_id: str, model: str, citations: Sequence[Mapping[str, Json]] | None = None
    ) -> Event:
        """The journal event that records it."""
        failed = self.error is not None
        output = {
            "status": "failed" if failed else "completed",
            "text": self.reply.text,
            "toolCalls": None if failed else calls_json(self.calls),
            "error": self.error.as_json() if self.error else None,
            "citations": list(citations) if citations else None,
        }
        usage = [self.reply.usage_json(model), *self.scan_usage]
        found = list(self.scanners) or None
        return done(key, output, messageId=message_id, model=model, usage=usage, scanners=found, ms=self.ms)


async def call_model(
    model: ChosenModel,
    request: ModelRequest,
    *,
    live: LiveMessage,
    clock: Clock,
    view: ConversationView,
    guard: ActiveGuard,
) -> Answer:
    """Stream one answer into `live`. A broken stream is an answer with an error; cancelling closes the stream.

    What guardrails refuse is an error too: an input never reaches the model, an output nobody. Where scanners must look
    at the whole of an output before people do, it is told at its end.
    """
    began = clock.monotonic()
    builder = ReplyBuilder(request.messages)
    error: FlowError | None = None
    try:
        request = replace(request, messages=await guarded_messages(guard, request.messages))
        async with aclosing(model.chat.stream(request)) as batches:
            async for batch in batches:
                builder.add(batch)
                text = "".join([delta.text for delta in batch if isinstance(delta, TextDelta)])
                if text and not guard.holds_back:
                    live.push(text)
    except FlowError as broken:
        error = broken
    reply, refused = await _passing(builder.reply(), guard)
    if guard.holds_back and reply.text:
        live.push(reply.text)
    return Answer(
        reply,
        _own_ids(reply.tool_calls, view),
        round((clock.monotonic() - began) * 1000),
        refused or error,
        scanners=guard.results,
        scan_usage=guard.usage,
    )


async def _passing(reply: ModelReply, guard: ActiveGuard) -> tuple[ModelReply, FlowError | None]:
    """The reply as it may be seen, also one that broke off; empty if it was refused, and why."""
    if not reply.text and not reply.tool_calls and reply.finish_reason is None:
        return reply, None  # The model was not called, or said nothing before it broke off.
    try:
        return await guarded_reply(guard, reply), None
    except StepFailed as refused:
        return replace(reply, text="", tool_calls=()), refused


def _own_ids(calls: Sequence[ToolCall], view: ConversationView) -> tuple[ToolCall, ...]:
    """Calls whose ids no other branch of the conversation has used: ids are unique in the whole conversation."""
    return tuple(call if call.id not in view.tool_calls else replace(call, id=f"call_{new_id()}") for call in calls)
