"""The endpoints of deployed flows, `/v1/client/flow/{id}/sync`, `/async` and `/push`, and where they are."""

from typing import Annotated, Literal

from fastapi import Depends
from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.run import Run
from peer_server.access import Principal
from peer_server.routes.execute import Client, Version, Wrapped, answer
from peer_server.routes.run_records import AcceptedRun, FlowOutput
from peer_server.services.flows.flows import require_trigger
from peer_server.services.runs.runs import Way
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, described, json_object

api = router("endpoint")
Reader = Annotated[Principal, needs("flow.read")]
Inputs = Annotated[dict[str, Json], Depends(json_object)]
INPUTS = described("The flow's inputs.", inputs={"customerId": "C-1", "topic": "invoice"})


class EndpointUrls(Answer):
    """Where to send inputs to."""

    execute: str
    sync: str
    async_: Annotated[str, Field(alias="async")]
    push: str | None
    """Only once a callback URL and an access token are saved and switched on."""


class EndpointAnswer(Answer):
    """How a deployed flow is called; mode and limits are those of the deployed version."""

    flow_id: str
    version: int | None
    mode: Literal["sync", "async"]
    sync_timeout_s: int
    async_timeout_s: int | None
    urls: EndpointUrls


@api.get("/v1/flow/{flow_id}/endpoint")
async def endpoint(*, flow_id: str, who: Reader, services: Use) -> EndpointAnswer:
    """The URLs of a deployed flow; 409 `not_deployed` before."""
    deployed = await services.programs.endpoints.deployed(who, flow_id, permission="flow.read")
    settings = deployed.flow.definition.settings
    base = f"{services.settings.base_url}/v1/client/flow/{flow_id}"
    urls = EndpointUrls(
        execute=f"{base}/execute",
        sync=f"{base}/sync",
        async_=f"{base}/async",
        push=f"{base}/push" if deployed.target is not None else None,
    )
    return EndpointAnswer(
        flow_id=flow_id,
        version=deployed.flow.version,
        mode=settings.mode,
        sync_timeout_s=settings.sync_timeout_s,
        async_timeout_s=settings.async_timeout_s,
        urls=urls,
    )


@api.post("/v1/client/flow/{flow_id}/execute", response_model=FlowOutput, openapi_extra=INPUTS)
async def execute(
    *, flow_id: str, who: Client, services: Use, inputs: Inputs, version: Version = None, wrapped: Wrapped = False
) -> JsonAnswer:
    """Run a published version by its configured mode; the body is the inputs. The flow needs an `api` trigger."""
    flow = await services.runs.resolve(who, flow_id, version or "deployed")
    require_trigger(flow.definition, "api")
    settings = flow.definition.settings
    started = await services.runs.start(who, flow_id, inputs, flow=flow, trigger="api", way=settings.mode)
    if settings.mode == "async":
        return accepted(services, started.run)
    return await _answered(services, who, started.run, within_s=settings.sync_timeout_s, wrapped=wrapped)


@api.post("/v1/client/flow/{flow_id}/sync", response_model=FlowOutput, openapi_extra=INPUTS)
async def sync(*, flow_id: str, who: Client, services: Use, inputs: Inputs, wrapped: Wrapped = False) -> JsonAnswer:
    """Run the deployed version and answer with its output; 408 once its sync timeout is over."""
    flow = await services.programs.endpoints.callable(who, flow_id)
    started = await services.runs.start(who, flow_id, inputs, flow=flow, trigger="api", way="sync")
    within_s = flow.definition.settings.sync_timeout_s
    return await _answered(services, who, started.run, within_s=within_s, wrapped=wrapped)


@api.post("/v1/client/flow/{flow_id}/async", status_code=202, response_model=AcceptedRun, openapi_extra=INPUTS)
async def start_async(*, flow_id: str, who: Client, services: Use, inputs: Inputs) -> JsonAnswer:
    """Start the deployed version and answer at once; poll for the result."""
    return await _start(services, who, flow_id, inputs, way="async")


@api.post("/v1/client/flow/{flow_id}/push", status_code=202, response_model=AcceptedRun, openapi_extra=INPUTS)
async def start_push(*, flow_id: str, who: Client, services: Use, inputs: Inputs) -> JsonAnswer:
    """Start the deployed version; its result is sent to the callback URL. 409 `push_not_configured` without one."""
    return await _start(services, who, flow_id, inputs, way="push")


def accepted(services: Use, run: Run) -> JsonAnswer:
    """What a caller gets who does not wait: where to look, and the secret that lets somebody else look and answer."""
    told = {
        "status": run.status.value,
        "appRunId": run.id,
        "pollUrl": f"/v1/flowrun/poll/{run.id}",
        "resumeSecret": services.programs.resume_secrets.of(run.id).reveal(),
    }
    return JsonAnswer(told, 202)


async def _start(services: Use, who: Principal, flow_id: str, inputs: dict[str, Json], *, way: Way) -> JsonAnswer:
    flow = await services.programs.endpoints.callable(who, flow_id, by_push=way == "push")
    started = await services.runs.start(who, flow_id, inputs, flow=flow, trigger="api", way=way)
    return accepted(services, started.run)


async def _answered(services: Use, who: Principal, run: Run, *, within_s: float, wrapped: bool) -> JsonAnswer:
    outcome = await services.runs.finish(who, run.id, within_s=within_s)
    return answer(outcome, wrapped=wrapped, secret=services.programs.resume_secrets.of(run.id))
