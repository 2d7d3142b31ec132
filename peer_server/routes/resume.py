"""`/v1/flowrun/resume`: answering what a run waits for, and waiting for what it says then."""

from typing import Annotated

from fastapi import Depends

from flow_runtime.errors import Json
from peer_server.access import Principal
from peer_server.routes.execute import Wrapped, answer
from peer_server.routes.run_records import FlowOutput
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import RESOLUTION, json_object

api = router("run")
Answerer = Annotated[Principal, needs("interrupt.answer", credential="run")]


@api.post("/v1/flowrun/resume/{app_run_id}", response_model=FlowOutput, openapi_extra=RESOLUTION)
async def resume(
    *,
    app_run_id: str,
    who: Answerer,
    services: Use,
    body: Annotated[dict[str, Json], Depends(json_object)],
    wrapped: Wrapped = False,
) -> JsonAnswer:
    """Answer what the run waits for, and wait for its output or its next question. The first decision wins."""
    interrupt_id = await services.runs.interrupt_for(who, app_run_id, body)
    metadata = body.pop("returnExecutionMetadata", wrapped)
    body.pop("interruptId", None)
    body.pop("executionId", None)
    decision = await services.chat.decisions.decide(who, interrupt_id, body, door="rest")
    if decision.repeated or not await services.runs.may_follow(who, app_run_id):
        settled = decision.interrupt
        return JsonAnswer(
            {
                "status": "already_settled" if decision.repeated else "settled",
                "appRunId": app_run_id,
                "interruptId": settled.id,
                "resolution": settled.resolution,
                "decidedBy": settled.decided_by,
                "repeated": decision.repeated,
            }
        )
    run = await services.runs.follow(who, app_run_id)
    outcome = await services.runs.settle(who, app_run_id, timeout_s=await services.runs.time_limit_s(run))
    return answer(outcome, wrapped=metadata is True)
