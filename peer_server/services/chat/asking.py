"""One question to a Peer, one reply, without a conversation around it: the step `ask-to-peer`."""

from collections.abc import Sequence
from contextlib import aclosing

from flow_runtime.errors import Json, StepFailed
from flow_runtime.guarded_model import guarded_messages, guarded_reply
from flow_runtime.model import Message, ModelRequest, SystemMessage, UserMessage
from flow_runtime.model_reply import ReplyBuilder
from flow_runtime.run import Run
from flow_runtime.scanners import ScannerRegistry
from flow_runtime.store import Store
from peer_server.peers.guarded_peer import guard_of
from peer_server.services.flows.directory import Directory
from peer_server.services.models.metered_models import MeteredModels


class PeerAsker:
    """Asks the published version of a Peer. It gets no tools: what a flow asks must not start further flows."""

    def __init__(self, store: Store, *, directory: Directory, models: MeteredModels, scanners: ScannerRegistry) -> None:
        self._store = store
        self._scanners = scanners
        self._directory = directory
        self._models = models

    async def __call__(self, run: Run, *, peer_id: str, message: str, key: str) -> dict[str, Json]:
        """``{reply, usage}``. Raises `FlowError` with the code of what went wrong."""
        peer = await self._store.read(self._directory.load_peer, run.workspace_id, peer_id, preview=False)
        models = self._models.for_run(run, peer_id=peer.id)
        chosen = models.resolve(peer.model, run.workspace_id)
        instructions: Sequence[Message] = [SystemMessage(peer.instructions)] if peer.instructions else []
        script = {"script": list(peer.script)} if peer.script else {}
        guard = guard_of(peer, scanners=self._scanners, models=models, workspace_id=run.workspace_id)
        usage: list[dict[str, Json]] = []
        try:
            messages = await guarded_messages(guard, [*instructions, UserMessage(message)])
            request = ModelRequest(chosen.name, messages, options=script)
            builder = ReplyBuilder(request.messages)
            async with aclosing(chosen.chat.stream(request)) as batches:
                async for batch in batches:
                    builder.add(batch)
            usage.append(builder.reply().usage_json(chosen.full_name))
            reply = await guarded_reply(guard, builder.reply())
        except StepFailed as error:
            error.recorded = {"usage": [*usage, *guard.usage], "scanners": guard.results}
            raise
        return {"reply": reply.text, "usage": [*usage, *guard.usage], "scanners": guard.results}
