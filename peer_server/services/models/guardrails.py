"""Trying a scanner on a text, before it guards anything."""

from flow_runtime.errors import Json, StepFailed, invalid
from flow_runtime.flow import Guardrails, ScannerUse
from flow_runtime.guarding import ActiveGuard
from flow_runtime.guardrail import Side
from flow_runtime.scanners import ScannerRegistry, plan_guardrails
from peer_server.access import Principal
from peer_server.services.flows.flow_checks import fault_json
from peer_server.services.models.metered_models import MeteredModels


async def try_scanner(
    principal: Principal, use: ScannerUse, *, text: str, side: Side, scanners: ScannerRegistry, models: MeteredModels
) -> dict[str, Json]:
    """What the scanner says of the text, and the text as it would pass; None if it would not.

    Raises `InvalidDefinition` ``invalid_scanner`` listing what is wrong with it.
    """
    principal.require("flow.create")
    plan, faults = plan_guardrails(Guardrails.model_validate({side: [use]}), scanners)
    if faults:
        found = [
            {**fault_json(fault), "path": fault.path.replace(f"/guardrails/{side}/0", "/scanner")} for fault in faults
        ]
        raise invalid("this scanner cannot be tried", found, code="invalid_scanner")
    guard = ActiveGuard(plan, models=models.for_person(principal), workspace_id=principal.workspace_id)
    try:
        [passing] = await guard.look(side, [text])
        passes: str | None = passing
    except StepFailed:
        passes = None
    return {"valid": passes is not None, "text": passes, **guard.results[0], "usage": guard.usage}
