"""Watching deployed flows: their runs, what they asked of models, the figures, and how they were changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, TypeVar

from sqlalchemy import Connection, RowMapping, select

from flow_runtime.client import FlowClient
from flow_runtime.clock import Clock
from flow_runtime.errors import InvalidDefinition, Json
from flow_runtime.store import Store
from flow_runtime.stores.paging import Page
from peer_server.access import Principal
from peer_server.monitor_rows import failed_step, figures_json, model_run_row, run_row, times
from peer_server.run_answers import as_told
from peer_server.services.access.reach import reach_flow, reach_run
from peer_server.services.oversight.audit_log import RANGE
from peer_server.services.runs.runs import RunService
from peer_server.stores import monitor as rows
from peer_server.stores.audit_search import Condition, Search, find_audit
from peer_server.stores.definition_tables import flows
from peer_server.stores.grants import reached
from peer_server.stores.model_runs import ModelRun, get_model_run, model_runs_of
from peer_server.stores.monitor import Selection
from peer_server.tariff import Tariff, totals

T = TypeVar("T")
_ANCIENT: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CONFIGURATION: Final = ("flow-tool", "flow-guardrails")
"""The categories of the audit log that are the history of a flow's configuration."""


@dataclass(frozen=True, slots=True)
class RunPage:
    """Rows of the monitor, and where the next ones begin."""

    items: Sequence[dict[str, Json]]
    next_cursor: str | None


class MonitorService:
    """The monitor of a flow for those who see it, and that of all flows that one sees.

    Only runs of published versions are in it; `flow_id` None means every flow. Each method raises `NotFound` for a flow
    that one may not see, `Forbidden` if its runs are not for them, and `InvalidDefinition` for a wrong range or cursor.
    """

    def __init__(self, store: Store, *, client: FlowClient, runs: RunService, clock: Clock, tariff: Tariff) -> None:
        self._store = store
        self._client = client
        self._runs = runs
        self._clock = clock
        self._tariff = tariff

    def selection(self, principal: Principal, since: datetime | None, until: datetime | None) -> Selection:
        """Everything in that range; by default the last 30 days."""
        end = until or self._clock.now()
        begin = since or end - RANGE
        if begin >= end:
            raise InvalidDefinition(
                "invalid_range", "the range ends before it begins", path="query:from", remedy="send from < to"
            )
        return Selection(workspace_id=principal.workspace_id, flow_ids=None, since=begin, until=end)

    async def runs(
        self, principal: Principal, selection: Selection, *, flow_id: str | None, cursor: str | None, limit: int
    ) -> RunPage:
        """A page of All runs, newest first."""

        def find(conn: Connection, chosen: Selection) -> RunPage:
            page = rows.page_of_runs(conn, chosen, cursor=cursor, limit=limit)
            steps = rows.steps_executed(conn, [run.id for run in page.items])
            return RunPage([run_row(run, steps=steps.get(run.id, 0)) for run in page.items], page.next_cursor)

        return await self._within(principal, selection, flow_id=flow_id, find=find)

    async def model_runs(
        self, principal: Principal, selection: Selection, *, flow_id: str | None, cursor: str | None, limit: int
    ) -> RunPage:
        """A page of Model runs, newest first."""

        def find(conn: Connection, chosen: Selection) -> RunPage:
            page = rows.page_of_model_runs(conn, chosen, cursor=cursor, limit=limit)
            return RunPage([model_run_row(found, self._tariff) for found in page.items], page.next_cursor)

        return await self._within(principal, selection, flow_id=flow_id, find=find)

    async def figures(
        self, principal: Principal, selection: Selection, *, flow_id: str | None, of_models: bool
    ) -> dict[str, Json]:
        """Total, P90, P99 and failure rate of what the same selection lists."""
        count = rows.figures_of_model_runs if of_models else rows.figures_of_runs
        return figures_json(await self._within(principal, selection, flow_id=flow_id, find=count))

    async def run_panel(self, principal: Principal, run_id: str) -> dict[str, Json]:
        """Everything about one run: its input, the log step by step, its output. Raises `NotFound`, `Forbidden`."""
        run = await self._runs.get(principal, run_id)
        steps = await self._runs.steps(principal, run_id)
        usage = await self._runs.usage(principal, run_id)
        interrupts = await self._client.interrupts(run_id, with_children=True)
        models = await self._store.read(model_runs_of, run_id)
        mask = await self._runs.mask(run)
        panel = {
            **run_row(as_told(run, interrupts), steps=len({step["stepId"] for step in steps})),
            **times(run, [one for one in interrupts if one.run_id == run_id], now=self._clock.now()),
            "input": dict(run.inputs),
            "flowLog": steps,
            "output": run.output,
            "usage": totals(usage),
            "error": None if run.error is None else dict(run.error),
            "failedStep": failed_step(run.error, steps),
            "warnings": list(run.warnings),
            "modelRuns": [model_run_row(found, self._tariff) for found in models],
        }
        shown: dict[str, Json] = mask(panel)
        return shown

    async def model_run_panel(self, principal: Principal, model_run_id: str) -> dict[str, Json]:
        """Everything about one model run: what was asked, the record of the step, the answer. Raises as `run_panel`."""

        def find(conn: Connection) -> ModelRun:
            found = get_model_run(conn, model_run_id, workspace_id=principal.workspace_id)
            reach_run(conn, principal, found.run_id, "run.read")
            return found

        found = await self._store.read(find)
        steps = [step for step in await self._runs.steps(principal, found.run_id) if step["key"] == found.step_key]
        step = steps[0] if steps else {}
        return {
            **model_run_row(found, self._tariff),
            "input": step.get("model", {}).get("input", {}),
            "flowLog": steps,
            "output": step.get("output"),
            "error": step.get("error"),
            "scanners": step.get("scanners", []),
        }

    async def history(self, principal: Principal, flow_id: str, *, cursor: str | None, limit: int) -> Page[RowMapping]:
        """How a flow and its configuration were changed, newest first."""
        of_configuration = [Condition("category", negated=False, value=category) for category in _CONFIGURATION]
        until = self._clock.now()
        search = Search(principal.workspace_id, _ANCIENT, until, flow_id, of_configuration, match="any")

        def find(conn: Connection) -> Page[RowMapping]:
            reach_flow(conn, principal, flow_id, "flow.read")
            return find_audit(conn, search, cursor=cursor, limit=limit)

        return await self._store.read(find)

    async def _within(
        self,
        principal: Principal,
        selection: Selection,
        *,
        flow_id: str | None,
        find: Callable[[Connection, Selection], T],
    ) -> T:
        """What is found among the flows that this person sees, at one moment."""

        def look(conn: Connection) -> T:
            return find(conn, replace(selection, flow_ids=_visible(conn, principal, flow_id)))

        return await self._store.read(look)


def _visible(conn: Connection, principal: Principal, flow_id: str | None) -> Sequence[str]:
    """The flow, if its runs may be seen; else all flows that one may see, deleted ones too.

    Named one by one also to the owner, since the index that counts begins with the flow.
    """
    if flow_id is not None:
        return [reach_flow(conn, principal, flow_id, "run.read").id]
    condition = reached(principal, "flow", id=flows.c.id, owner_id=flows.c.owner_id)
    return list(conn.scalars(select(flows.c.id).where(flows.c.workspace_id == principal.workspace_id, condition)))
