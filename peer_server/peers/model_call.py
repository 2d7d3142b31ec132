"""One streamed model call: from the request to the whole answer, told to the sockets as it comes."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from flow_runtime.clock import Clock
from flow_runtime.errors import FlowError
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

    def event(self, key: str, *, message_id: str, model: str) -> Event:
        """The journal event that records it."""
        failed = self.error is not None
        output = {
            "status": "failed" if failed else "completed",
            "text": self.reply.text,
            "toolCalls": None if failed else calls_json(self.calls),
            "error": self.error.as_json() if self.error else None,
        }
        return done(key, output, messageId=message_id, model=model, usage=[self.reply.usage_json(model)], ms=self.ms)


async def call_model(
    model: ChosenModel, request: ModelRequest, *, live: LiveMessage, clock: Clock, view: ConversationView
) -> Answer:
    """Stream one answer into `live`. A broken stream is an answer with an error; cancelling closes the stream."""
    began = clock.monotonic()
    builder = ReplyBuilder(request.messages)
    error: FlowError | None = None
    try:
        async with aclosing(model.chat.stream(request)) as batches:
            async for batch in batches:
                builder.add(batch)
                text = "".join([delta.text for delta in batch if isinstance(delta, TextDelta)])
                if text:
                    live.push(text)
    except FlowError as broken:
        error = broken
    reply = builder.reply()
    return Answer(reply, _own_ids(reply.tool_calls, view), round((clock.monotonic() - began) * 1000), error)


def _own_ids(calls: Sequence[ToolCall], view: ConversationView) -> tuple[ToolCall, ...]:
    """Calls whose ids no other branch of the conversation has used: ids are unique in the whole conversation."""
    return tuple(call if call.id not in view.tool_calls else replace(call, id=f"call_{new_id()}") for call in calls)
