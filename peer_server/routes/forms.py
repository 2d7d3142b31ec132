"""`/v1/flow/{id}/form`: a page where people with the right to run a flow fill in its inputs, without the Studio."""

from typing import Annotated

from pydantic import Field

from flow_runtime.errors import Json
from peer_server.access import Principal
from peer_server.flow_fields import flow_fields
from peer_server.peer import ResolvedFlow
from peer_server.routes.answer_parts import FieldOfFlow, recorded
from peer_server.routes.execute import LONGEST_WAIT_S, answer
from peer_server.routes.run_records import SettledRun
from peer_server.services.flows.flows import require_trigger
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, Body

api = router("form")
Runner = Annotated[Principal, needs("flow.run")]


class FlowForm(Answer):
    """What is to be filled in."""

    flow_id: str
    version: int | None
    name: str
    description: str
    inputs: dict[str, Json]
    """The JSON Schema of the inputs."""
    fields: list[FieldOfFlow]
    """The same, one entry per field in order."""


class FilledIn(Body):
    """What was filled in."""

    inputs: Annotated[dict[str, Json], Field(default_factory=dict, examples=[{"name": "Ada"}])]


@api.get("/v1/flow/{flow_id}/form")
async def describe(*, flow_id: str, who: Runner, services: Use) -> FlowForm:
    """The fields of the deployed version, else of the newest published one. The flow needs a `form` trigger."""
    flow = await _flow(services, who, flow_id)
    shown = flow.definition
    schema = dict(shown.inputs)
    return FlowForm(
        flow_id=flow_id,
        version=flow.version,
        name=shown.name,
        description=shown.description,
        inputs=schema,
        fields=recorded(flow_fields(schema)),
    )


@api.post("/v1/flow/{flow_id}/form", response_model=SettledRun)
async def start(*, flow_id: str, who: Runner, services: Use, body: FilledIn | None = None) -> JsonAnswer:
    """Start a run with what was filled in, and wait until it has ended or asks something; always with its metadata."""
    flow = await _flow(services, who, flow_id)
    started = await services.runs.start(who, flow_id, (body or FilledIn()).inputs, flow=flow, trigger="form")
    timeout_s = flow.definition.settings.async_timeout_s or LONGEST_WAIT_S
    return answer(await services.runs.settle(who, started.run.id, timeout_s=timeout_s), wrapped=True)


async def _flow(services: Use, who: Principal, flow_id: str) -> ResolvedFlow:
    """Raises `NotFound`, `Forbidden`, `Conflict` ``not_published``, ``form_trigger_missing``."""
    flow = await services.runs.resolve(who, flow_id, "deployed")
    require_trigger(flow.definition, "form")
    return flow
