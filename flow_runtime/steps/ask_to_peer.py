"""`ask-to-peer`: asks another Peer and takes its reply."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from flow_runtime.errors import FlowError, Json, NotFound, StepFailed
from flow_runtime.step import Done, Effect, Outcome, StepConfig, StepContext, StepType, TemplatedText


class AskToPeerConfig(StepConfig):
    """Whom, and what."""

    peer_id: Annotated[str, Field(min_length=1, title="Peer")]
    message: Annotated[TemplatedText, Field(min_length=1, description="What the Peer is told.")]


class AskToPeer(StepType[AskToPeerConfig]):
    """One message to a Peer, one reply, without any conversation around it. Output: `{reply}`."""

    type_name = "ask-to-peer"
    title = "Ask Peer"
    summary = "Let another Peer answer"
    category = "ai"
    effect = Effect.IDEMPOTENT
    config_model = AskToPeerConfig
    example: ClassVar[dict[str, Json]] = {"peerId": "translator", "message": "Translate: {{ inputs.text }}"}

    def timeout_s(self, config: AskToPeerConfig) -> float:
        """Two minutes."""
        return 120.0

    async def run(self, config: AskToPeerConfig, context: StepContext) -> Outcome:
        """Ask. Raises `StepFailed` ``peer_unavailable``, ``peer_not_found``, or with the code of what went wrong."""
        guard, usage = context.guard, list[Mapping[str, Json]]()
        try:
            [message] = await guard.look("input", [context.text("message")])
            answer = await _ask(config, context, message)
            usage += answer.get("usage") or ()
            guard.results += answer.get("scanners") or ()
            [reply] = await guard.look("output", [answer["reply"]])
        except StepFailed as error:
            found = {**error.recorded, "usage": [*error.recorded.get("usage", ()), *usage, *guard.usage]}
            found["scanners"] = [*guard.results, *error.recorded.get("scanners", ())]
            error.recorded = {name: value for name, value in found.items() if value}
            raise
        usage += guard.usage
        return Done({"reply": reply}, usage=usage, scanners=guard.results, warnings=guard.warnings)


async def _ask(config: AskToPeerConfig, context: StepContext, message: str) -> Mapping[str, Json]:
    """``{reply, usage?, scanners?}``."""
    if context.services.ask_peer is None:
        raise StepFailed("peer_unavailable", "this runtime knows no Peers", category="connection")
    try:
        answer: Mapping[str, Json] = await context.services.ask_peer(
            context.run, peer_id=config.peer_id, message=message, key=context.idempotency_key
        )
    except StepFailed:
        raise
    except FlowError as error:
        message = f"Peer {config.peer_id!r}: {error.message}"
        code = "peer_not_found" if isinstance(error, NotFound) else error.code
        raise StepFailed(code, message, category="connection", remedy=error.remedy) from error
    return answer
