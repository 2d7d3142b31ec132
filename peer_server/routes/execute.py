"""Starting runs over HTTP: `/v1/flow/execute`, `/v1/client/flow`."""

from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.run import RunStatus
from peer_server.access import Principal
from peer_server.errors import RunFailed
from peer_server.run_answers import waiting_answer
from peer_server.services.flows import require_trigger
from peer_server.services.runs import RunOutcome
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Body, described, json_object

api = router("run")
Runner = Annotated[Principal, needs("flow.run")]
Client = Annotated[Principal, needs("flow.run", credential="key")]
Version = Annotated[
    Literal["deployed", "latest"] | Annotated[int, Field(ge=1)] | None,
    Query(description="A published version; without it the deployed one, else the newest."),
]
Wrapped = Annotated[bool, Query(alias="returnExecutionMetadata")]


class Execution(Body):
    """A run to start."""

    inputs: Annotated[dict[str, Json], Field(default_factory=dict, examples=[{"name": "Ada"}])]
    return_execution_metadata: bool = False
    version: Literal["deployed", "latest", "draft"] | Annotated[int, Field(ge=1)] | None = None


@api.post("/v1/flow/execute/{flow_id}", response_class=JsonAnswer)
async def execute(
    *, flow_id: str, who: Runner, services: Use, body: Execution | None = None, version: Version = None
) -> JsonAnswer:
    """Run a flow and wait for its output. Without a version, those who may edit run the draft."""
    wanted = body or Execution()
    flow = await services.runs.resolve(who, flow_id, version or wanted.version)
    started = await services.runs.start(who, flow_id, wanted.inputs, flow=flow, trigger="studio")
    outcome = await services.runs.settle(who, started.run.id, timeout_s=flow.definition.settings.sync_timeout_s)
    return answer(outcome, wrapped=wanted.return_execution_metadata)


@api.post(
    "/v1/client/flow/{flow_id}/execute",
    response_class=JsonAnswer,
    openapi_extra=described("The flow's inputs.", inputs={"customerId": "C-1", "topic": "invoice"}),
)
async def client_execute(
    *,
    flow_id: str,
    who: Client,
    services: Use,
    inputs: Annotated[dict[str, Json], Depends(json_object)],
    version: Version = None,
    wrapped: Wrapped = False,
) -> JsonAnswer:
    """Run a published version; the body is the inputs. The flow needs an `api` trigger."""
    flow = await services.runs.resolve(who, flow_id, version or "deployed")
    require_trigger(flow.definition, "api")
    started = await services.runs.start(who, flow_id, inputs, flow=flow, trigger="api")
    settings = flow.definition.settings
    if settings.mode == "async":
        run_id = started.run.id
        return JsonAnswer(
            {"status": started.run.status.value, "appRunId": run_id, "pollUrl": f"/v1/flowrun/poll/{run_id}"}, 202
        )
    return answer(await services.runs.settle(who, started.run.id, timeout_s=settings.sync_timeout_s), wrapped=wrapped)


def answer(outcome: RunOutcome, *, wrapped: bool) -> JsonAnswer:
    """What a waiting caller gets. Raises `RunFailed`."""
    run = outcome.run
    if run.status is RunStatus.COMPLETED:
        if run.rejected:  # It reached no final step: nobody shall take what it has for the flow's output.
            return JsonAnswer({"status": "completed", "appRunId": run.id, "output": run.output, "rejected": True})
        if wrapped:
            return JsonAnswer({"status": "completed", "appRunId": run.id, "output": run.output})
        return JsonAnswer(run.output)
    if run.status is RunStatus.WAITING:
        return JsonAnswer(waiting_answer(run, outcome.interrupts))
    if run.status.has_ended:
        raise RunFailed(run.error or {}, run_id=run.id, status=run.status.value)
    goes_on = {
        "message": "the run takes longer than this route waits, and goes on",
        "remedy": "poll it by its appRunId",
    }
    raise RunFailed(goes_on, run_id=run.id, status="timed_out")
