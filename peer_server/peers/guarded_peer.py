"""The guardrails of a Peer around what its model is given and says."""

from typing import Any

from flow_runtime.errors import StepFailed
from flow_runtime.guarding import ActiveGuard
from flow_runtime.scanners import ScannerRegistry, plan_guardrails
from peer_server.peer import PeerVersion


def guard_of(
    peer: PeerVersion,
    *,
    scanners: ScannerRegistry,
    models: Any,  # noqa: ANN401 - a catalogue of models; see `StepServices`
    workspace_id: str,
) -> ActiveGuard:
    """The guard around one call. Raises `StepFailed` ``guardrail_unavailable`` if a scanner is there no longer."""
    plan, faults = plan_guardrails(peer.guardrails, scanners)
    errors = [fault for fault in faults if fault.level == "error"]
    if errors:
        raise StepFailed(
            "guardrail_unavailable",
            f"the guardrails of this Peer cannot work: {errors[0].message}",
            category="content_filter",
            remedy=errors[0].remedy,
        )
    return ActiveGuard(plan, models=models, workspace_id=workspace_id)
