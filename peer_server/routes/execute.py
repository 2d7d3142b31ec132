"""`/v1/flow/execute`: people start runs and wait for them. What every starting route answers with."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.json_limits import LARGEST_NUMBER
from flow_runtime.run import RunStatus
from peer_server.access import Principal
from peer_server.errors import RunFailed
from peer_server.routes.run_records import FlowOutput
from peer_server.run_answers import waiting_answer
from peer_server.secrets import Secret
from peer_server.services.runs.runs import RunOutcome
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Body

api = router("run")
Runner = Annotated[Principal, needs("flow.run")]
Client = Annotated[Principal, needs("flow.run", credential="key")]
Version = Annotated[
    Literal["deployed", "latest"] | Annotated[int, Field(ge=1, le=LARGEST_NUMBER)] | None,
    Query(description="A published version; without it the deployed one, else the newest."),
]
Wrapped = Annotated[bool, Query(alias="returnExecutionMetadata")]
LONGEST_WAIT_S = 600
"""How long people wait for a run that has no limit; it goes on."""


class Execution(Body):
    """A run to start."""

    inputs: Annotated[dict[str, Json], Field(default_factory=dict, examples=[{"name": "Ada"}])]
    return_execution_metadata: bool = False
    version: Literal["deployed", "latest", "draft"] | Annotated[int, Field(ge=1, le=LARGEST_NUMBER)] | None = None


@api.post("/v1/flow/execute/{flow_id}", response_model=FlowOutput)
async def execute(
    *, flow_id: str, who: Runner, services: Use, body: Execution | None = None, version: Version = None
) -> JsonAnswer:
    """Run a flow and wait for its output. Without a version, those who may edit run the draft."""
    wanted = body or Execution()
    flow = await services.runs.resolve(who, flow_id, version or wanted.version)
    started = await services.runs.start(who, flow_id, wanted.inputs, flow=flow, trigger="studio")
    timeout_s = flow.definition.settings.async_timeout_s or LONGEST_WAIT_S
    outcome = await services.runs.settle(who, started.run.id, timeout_s=timeout_s)
    return answer(outcome, wrapped=wanted.return_execution_metadata)


def answer(outcome: RunOutcome, *, wrapped: bool, secret: Secret | None = None) -> JsonAnswer:
    """What a waiting caller gets; with a question also the run's `secret`, if it is theirs. Raises `RunFailed`."""
    run = outcome.run
    if run.status is RunStatus.COMPLETED:
        if run.rejected:  # It reached no final step: nobody shall take what it has for the flow's output.
            return JsonAnswer({"status": "completed", "appRunId": run.id, "output": run.output, "rejected": True})
        if wrapped:
            return JsonAnswer({"status": "completed", "appRunId": run.id, "output": run.output})
        return JsonAnswer(run.output)
    if run.status is RunStatus.WAITING:
        extra = {} if secret is None else {"resumeSecret": secret.reveal()}
        return JsonAnswer({**waiting_answer(run, outcome.interrupts), **extra})
    if run.status.has_ended:
        raise RunFailed(run.error or {}, run_id=run.id, status=run.status.value)
    goes_on = {
        "message": "the run takes longer than this route waits, and goes on",
        "remedy": "poll it by its appRunId",
    }
    raise RunFailed(goes_on, run_id=run.id, status="timed_out")
