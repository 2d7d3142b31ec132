"""`/v1/flowrun/…` and `/v1/flow/{id}/logs`: what happened in a run. Poll for status; the others are for debugging."""

from typing import Annotated

from fastapi import Query

from flow_runtime.errors import Json
from flow_runtime.run import RunStatus
from peer_server.access import Principal
from peer_server.routes.answer_parts import Failure
from peer_server.routes.run_records import ModelCalls, PolledRun, RunDetails, RunLog, StepRecords
from peer_server.run_answers import details, poll_answer, summary
from peer_server.tariff import totals
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Cursor, Limit

api = router("run record")
Lister = Annotated[Principal, needs("run.read")]
Reader = Annotated[Principal, needs("run.read", credential="either")]
Follower = Annotated[Principal, needs("run.follow", credential="run")]


@api.get("/v1/flow/{flow_id}/logs", response_model=RunLog)
async def logs(
    *,
    flow_id: str,
    who: Lister,
    services: Use,
    status: Annotated[list[RunStatus], Query()] = [],  # noqa: B006 - FastAPI copies it
    cursor: Annotated[Cursor, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> JsonAnswer:
    """The runs of a flow, newest first."""
    found = await services.runs.of_flow(who, flow_id, statuses=status, cursor=cursor, limit=limit)
    return JsonAnswer({"items": [summary(run) for run in found.items], "nextCursor": found.next_cursor})


@api.get("/v1/flowrun/poll/{run_id}", response_model=PolledRun)
async def poll(*, run_id: str, who: Follower, services: Use) -> JsonAnswer:
    """Status, and output, error or what the run waits for."""
    outcome = await services.runs.outcome(who, run_id)
    return JsonAnswer(poll_answer(outcome.run, outcome.interrupts))


@api.get("/v1/flowrun/details/{run_id}", response_model=RunDetails)
async def full(*, run_id: str, who: Reader, services: Use) -> JsonAnswer:
    """The full record, secrets masked."""
    await services.runs.get(who, run_id)
    outcome = await services.runs.outcome(who, run_id)
    record = details(outcome.run, outcome.interrupts) | {"steps": await services.runs.steps(who, run_id)}
    return JsonAnswer((await services.runs.mask(outcome.run))(record))


@api.get("/v1/flowrun/inputs/{run_id}", response_model=dict[str, Json])
async def inputs(*, run_id: str, who: Reader, services: Use) -> JsonAnswer:
    """What was sent, secrets masked."""
    run = await services.runs.get(who, run_id)
    return JsonAnswer((await services.runs.mask(run))(dict(run.inputs)))


@api.get("/v1/flowrun/outputs/{run_id}", response_model=Json)
async def outputs(*, run_id: str, who: Follower, services: Use) -> JsonAnswer:
    """The final output; empty until the run has completed."""
    run = await services.runs.follow(who, run_id)
    return JsonAnswer(run.output if run.status is RunStatus.COMPLETED else {})


@api.get("/v1/flowrun/errorDetails/{run_id}", response_model=Failure | None)
async def error_details(*, run_id: str, who: Reader, services: Use) -> JsonAnswer:
    """The error with its step; null for runs that did not fail."""
    run = await services.runs.get(who, run_id)
    return JsonAnswer(None if run.error is None else (await services.runs.mask(run))(dict(run.error)))


@api.get("/v1/flowrun/steps/{run_id}", response_model=StepRecords)
async def steps(*, run_id: str, who: Reader, services: Use) -> JsonAnswer:
    """Step records in order."""
    return JsonAnswer({"items": await services.runs.steps(who, run_id)})


@api.get("/v1/flowrun/context/{run_id}", response_model=dict[str, Json])
async def context(*, run_id: str, who: Reader, services: Use) -> JsonAnswer:
    """What expressions see now, secure values masked."""
    return JsonAnswer(await services.runs.context(who, run_id))


@api.get("/v1/flowrun/credit-details/{run_id}", response_model=ModelCalls)
async def credit_details(*, run_id: str, who: Reader, services: Use) -> JsonAnswer:
    """Model, tokens, credits and price per model call."""
    calls = await services.runs.usage(who, run_id)
    return JsonAnswer({"items": calls, "totals": totals(calls)})
