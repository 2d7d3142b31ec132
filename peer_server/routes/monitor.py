"""`/v1/flow/{id}/monitor` and `/v1/workspace/monitor`: runs of deployed flows, their figures and their history."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

import orjson
from fastapi import Depends, Query
from pydantic import Field

from flow_runtime.errors import Json
from flow_runtime.json_limits import LARGEST_NUMBER
from flow_runtime.run import RunStatus
from peer_server.access import Principal
from peer_server.monitor_words import SHOWN, Kind, Shown
from peer_server.routes.monitor_answers import FiguresAnswer, ModelRunPanel, ModelRuns, MonitoredRuns, RunPanel
from peer_server.services.oversight.monitor import RunPage
from peer_server.stores.monitor import Selection
from peer_server.web.answers import JsonAnswer
from peer_server.web.guard import Use, needs, router
from peer_server.web.json_request import Answer, AwareMoment, Cursor, Limit

api = router("monitor")
Watcher = Annotated[Principal, needs("flow.read")]
Reader = Annotated[Principal, needs("run.read")]
View = Annotated[Literal["run", "model-run"], Query(description="Of which the figures are.")]
Start = Annotated[Cursor, Query()]
Most = Annotated[Limit, Query()]
Milliseconds = Annotated[int | None, Field(ge=0, le=10**12)]


class ChangeAnswer(Answer):
    """One change of a flow or its configuration."""

    at: datetime
    event: str
    user_name: str
    description: str
    details: Json


class History(Answer):
    """Changes, newest first."""

    items: list[ChangeAnswer]
    next_cursor: str | None


def _selection(
    *,
    who: Watcher,
    services: Use,
    since: Annotated[AwareMoment | None, Query(alias="from", description="Default: 30 days before `to`.")] = None,
    until: Annotated[AwareMoment | None, Query(alias="to", description="Default: now.")] = None,
    status: Annotated[list[Shown | RunStatus], Query(description="As shown, or exactly.")] = [],  # noqa: B006 - copied
    kind: Annotated[list[Kind], Query(alias="type")] = [],  # noqa: B006 - FastAPI copies it
    trigger: Annotated[list[str], Query(alias="triggerType", description="The exact trigger.")] = [],  # noqa: B006 - as above
    source: Annotated[list[str], Query(description="Key, person, Peer, tool or schedule.")] = [],  # noqa: B006 - as above
    version: Annotated[list[Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]], Query()] = [],  # noqa: B006 - as above
    model: Annotated[list[str], Query(description="Of model runs.")] = [],  # noqa: B006 - as above
    connection: Annotated[list[str], Query(description="Of model runs.")] = [],  # noqa: B006 - as above
    least: Annotated[Milliseconds, Query(alias="minResponseTimeMs")] = None,
    most: Annotated[Milliseconds, Query(alias="maxResponseTimeMs")] = None,
) -> Selection:
    statuses = {exact for one in status for exact in ((one,) if isinstance(one, RunStatus) else SHOWN[one])}
    return replace(
        services.monitor.selection(who, since, until),
        statuses=statuses,
        kinds=kind,
        triggers=trigger,
        sources=source,
        versions=version,
        models=model,
        connections=connection,
        least_ms=least,
        most_ms=most,
    )


Chosen = Annotated[Selection, Depends(_selection)]


@api.get("/v1/flow/{flow_id}/monitor/run", response_model=MonitoredRuns)
async def runs_of_flow(
    *, flow_id: str, who: Watcher, chosen: Chosen, services: Use, cursor: Start = None, limit: Most = 50
) -> JsonAnswer:
    """All runs of the published versions of a flow, newest first."""
    return _page(await services.monitor.runs(who, chosen, flow_id=flow_id, cursor=cursor, limit=limit))


@api.get("/v1/flow/{flow_id}/monitor/model-run", response_model=ModelRuns)
async def model_runs_of_flow(
    *, flow_id: str, who: Watcher, chosen: Chosen, services: Use, cursor: Start = None, limit: Most = 50
) -> JsonAnswer:
    """Every time that a step of these runs asked a model, newest first."""
    return _page(await services.monitor.model_runs(who, chosen, flow_id=flow_id, cursor=cursor, limit=limit))


@api.get("/v1/flow/{flow_id}/monitor/metrics", response_model=FiguresAnswer)
async def figures_of_flow(
    *, flow_id: str, who: Watcher, chosen: Chosen, services: Use, view: View = "run"
) -> JsonAnswer:
    """Total, P90, P99 and failure rate of what the same filters list."""
    of_models = view == "model-run"
    return JsonAnswer(await services.monitor.figures(who, chosen, flow_id=flow_id, of_models=of_models))


@api.get("/v1/flow/{flow_id}/monitor/history")
async def history(*, flow_id: str, who: Watcher, services: Use, cursor: Start = None, limit: Most = 50) -> History:
    """How the flow and its configuration were changed, newest first."""
    page = await services.monitor.history(who, flow_id, cursor=cursor, limit=limit)
    items = [
        ChangeAnswer(
            at=row["at"],
            event=row["event"],
            user_name=row["actor_name"],
            description=row["description"],
            details=None if row["details"] is None else orjson.loads(row["details"]),
        )
        for row in page.items
    ]
    return History(items=items, next_cursor=page.next_cursor)


@api.get("/v1/workspace/monitor/run", response_model=MonitoredRuns)
async def runs_of_workspace(
    *, who: Watcher, chosen: Chosen, services: Use, cursor: Start = None, limit: Most = 50
) -> JsonAnswer:
    """The same over all flows that one sees."""
    return _page(await services.monitor.runs(who, chosen, flow_id=None, cursor=cursor, limit=limit))


@api.get("/v1/workspace/monitor/model-run", response_model=ModelRuns)
async def model_runs_of_workspace(
    *, who: Watcher, chosen: Chosen, services: Use, cursor: Start = None, limit: Most = 50
) -> JsonAnswer:
    """The same over all flows that one sees."""
    return _page(await services.monitor.model_runs(who, chosen, flow_id=None, cursor=cursor, limit=limit))


@api.get("/v1/workspace/monitor/metrics", response_model=FiguresAnswer)
async def figures_of_workspace(*, who: Watcher, chosen: Chosen, services: Use, view: View = "run") -> JsonAnswer:
    """The same over all flows that one sees."""
    return JsonAnswer(await services.monitor.figures(who, chosen, flow_id=None, of_models=view == "model-run"))


@api.get("/v1/monitor/run/{run_id}", response_model=RunPanel)
async def run_panel(*, run_id: str, who: Reader, services: Use) -> JsonAnswer:
    """One run: its input, the log step by step with times, its output and tokens, and where it failed."""
    return JsonAnswer(await services.monitor.run_panel(who, run_id))


@api.get("/v1/monitor/model-run/{request_id}", response_model=ModelRunPanel)
async def model_run_panel(*, request_id: str, who: Reader, services: Use) -> JsonAnswer:
    """One model run: what was asked, the step's record, the answer, and what scanners found."""
    return JsonAnswer(await services.monitor.model_run_panel(who, request_id))


def _page(found: RunPage) -> JsonAnswer:
    return JsonAnswer({"items": list(found.items), "nextCursor": found.next_cursor})
