"""`user-approval`: asks a person to decide, and leaves by the port of the decision."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import ClassVar

from flow_runtime.approval_card import (
    EXPIRED,
    REJECT,
    UserApprovalConfig,
    approval_faults,
    approval_payload,
    approval_templates,
)
from flow_runtime.errors import Json, StepFailed
from flow_runtime.flow import StepDefinition
from flow_runtime.json_limits import encode_json
from flow_runtime.run import InterruptKind, InterruptStatus, Settlement
from flow_runtime.step import Done, Fault, Outcome, PureStep, StepContext, Wait


class UserApproval(PureStep[UserApprovalConfig]):
    """Parks the run until somebody entitled decides. The first decision counts.

    What was shown is sealed: if the card would look different by the time of the decision, it is asked again with the
    differences. A rejection without a port ends the run as rejected, so silence never runs what was to be approved.
    Output: `{decision, comment?, edits?, formData?, decidedBy, decidedAt, message}`; edits live only there.
    """

    type_name = "user-approval"
    title = "User approval"
    summary = "Ask a person to decide"
    category = "people"
    config_model = UserApprovalConfig
    example: ClassVar[dict[str, Json]] = {
        "title": "Refund {{ inputs.amount }} €?",
        "facts": [{"label": "Order", "value": "{{ inputs.orderId }}"}],
        "decisions": [
            {"name": "approve", "label": "Refund", "style": "primary"},
            {"name": "reject", "label": "Decline", "style": "danger", "needsComment": True},
        ],
    }

    def ports(self, config: UserApprovalConfig) -> Sequence[str]:
        """The decisions, a rejection never first (the first one is the main port), then `expired`."""
        names = [decision.name for decision in config.decisions]
        return (*sorted(names, key=lambda name: name == REJECT), EXPIRED)

    def templates(self, config: UserApprovalConfig) -> Mapping[str, Json]:
        """Everything that is shown."""
        return approval_templates(config)

    def check(self, config: UserApprovalConfig, step: StepDefinition) -> Sequence[Fault]:
        """Decisions must differ and not be called like other ports; schemas must be schemas."""
        return approval_faults(config)

    def evaluate(self, config: UserApprovalConfig, context: StepContext) -> Outcome:
        """Ask. The variables, which later steps will read afresh, enter the digest beside the card."""
        return Wait(
            InterruptKind.APPROVAL,
            approval_payload(config, context),
            guarded={"env": _fingerprint(context.scope["env"])},
            approvers=[str(approver) for approver in context.value("approvers") or ()],
            expires_at=context.now + timedelta(seconds=config.expires_in_s) if config.expires_in_s else None,
        )

    async def resume(self, config: UserApprovalConfig, context: StepContext, settlement: Settlement) -> Outcome:
        """Leave by the decision. Raises `StepFailed` ``withdrawn`` if the question was taken back."""
        if settlement.status is InterruptStatus.EXPIRED:
            return Done({"decision": EXPIRED}, port=EXPIRED)
        if settlement.status is not InterruptStatus.SETTLED:
            raise StepFailed("withdrawn", f"the question of step {context.step.id!r} was taken back")
        answer: Mapping[str, Json] = settlement.resolution
        output: dict[str, Json] = {
            **{name: answer[name] for name in ("decision", "comment", "edits", "formData") if name in answer},
            "decidedBy": settlement.decided_by,
            "decidedAt": settlement.settled_at.isoformat() if settlement.settled_at else None,
            "message": settlement.payload.get("message", settlement.payload["title"]),
        }
        port = answer["decision"]
        is_connected = isinstance(context.step.next, Mapping) and port in context.step.next
        goes_on = port == REJECT and config.on_reject == "continue" and not is_connected
        return Done(output, port=None if goes_on else port)


def _fingerprint(variables: Mapping[str, Json]) -> str:
    return sha256(encode_json(sorted(variables.items()))).hexdigest()
