"""`end-session`: ends the conversation's session."""

from typing import Annotated, ClassVar

from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.step import Done, Outcome, PureStep, StepConfig, StepContext, TemplatedText


class EndSessionConfig(StepConfig):
    """Why it ends."""

    reason: Annotated[TemplatedText, Field(description="Kept with the conversation.")] = "flow_completed"


class EndSession(PureStep[EndSessionConfig]):
    """Ends the session: it stays readable, nothing can be added. Without one it says `success: false` and goes on.

    Output: `{success, message, reason, endReason, conversationId, sessionId, endedAt, error?}`.
    """

    type_name = "end-session"
    title = "End session"
    summary = "End the conversation's session"
    category = "chat"
    chat_only = True
    config_model = EndSessionConfig
    example: ClassVar[dict[str, Json]] = {"reason": "all_done"}

    def evaluate(self, config: EndSessionConfig, context: StepContext) -> Outcome:
        """End it, if there is one."""
        conversation_id = context.run.conversation_id
        reason = context.text("reason")
        output: dict[str, Json] = {
            "success": conversation_id is not None,
            "message": "The session has ended." if conversation_id else "There is no session to end.",
            "reason": reason,
            "endReason": reason,
            "conversationId": conversation_id,
            "sessionId": conversation_id,
            "endedAt": context.now.isoformat() if conversation_id else None,
        }
        if conversation_id is None:
            output["error"] = "no_session"
            return Done(output, warnings=["end-session did nothing: the run belongs to no conversation"])
        return Done(output)
