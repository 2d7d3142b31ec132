"""Which runs wait for somebody outside: a delay, a pause between attempts or a child run at work is no such wait."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import CTE, ColumnElement, Connection, and_, or_, select

from flow_runtime.run import ASKED_KINDS, Run, RunStatus
from flow_runtime.stores.tables import IS_OPEN, interrupts, runs

_IS_ASKED = and_(IS_OPEN, interrupts.c.kind.in_(sorted(ASKED_KINDS)))


def asks(workspace_id: str) -> ColumnElement[bool]:
    """Whether a run, or one below it, has asked something outside that is still open."""
    own = select(interrupts.c.id).where(interrupts.c.run_id == runs.c.id, _IS_ASKED).exists()
    return or_(own, runs.c.id.in_(select(_asked_below(workspace_id).c.id)))


def has_status(statuses: Collection[RunStatus], *, workspace_id: str) -> ColumnElement[bool]:
    """Whether a run has one of these statuses as it is told: parked without a question, it is running."""
    parked = runs.c.status == RunStatus.WAITING
    others = runs.c.status.in_([status for status in statuses if status is not RunStatus.WAITING])
    match RunStatus.WAITING in statuses, RunStatus.RUNNING in statuses:
        case True, True:
            return or_(others, parked)
        case True, False:
            return or_(others, and_(parked, asks(workspace_id)))
        case False, True:
            return or_(others, and_(parked, ~asks(workspace_id)))
        case _:
            return others


def told(conn: Connection, found: Sequence[Run]) -> list[Run]:
    """These runs with their statuses as they are told; level by level downwards, there are at most 16."""
    asking: set[str] = set()
    level = {run.id: run.id for run in found if run.status is RunStatus.WAITING}
    while level:
        asked = conn.scalars(select(interrupts.c.run_id).where(interrupts.c.run_id.in_(level), _IS_ASKED))
        asking.update(level[run_id] for run_id in asked)
        silent = [run_id for run_id, top in level.items() if top not in asking]
        below = select(runs.c.id, runs.c.parent_run_id).where(runs.c.parent_run_id.in_(silent))
        level = {run_id: level[parent_id] for run_id, parent_id in conn.execute(below)}
    return [replace(run, status=RunStatus.RUNNING) if _is_busy(run, asking) else run for run in found]


def _is_busy(run: Run, asking: Collection[str]) -> bool:
    return run.status is RunStatus.WAITING and run.id not in asking


def _asked_below(workspace_id: str) -> CTE:
    """The ids of every run that has a run below it that asks: from each question upwards."""
    asking, parent = runs.alias("asking"), runs.alias("parent")
    above = (
        select(asking.c.parent_run_id.label("id"))
        .join(interrupts, interrupts.c.run_id == asking.c.id)
        .where(interrupts.c.workspace_id == workspace_id, _IS_ASKED, asking.c.parent_run_id.is_not(None))
        .cte(recursive=True)
    )
    return above.union(
        select(parent.c.parent_run_id).join(above, above.c.id == parent.c.id).where(parent.c.parent_run_id.is_not(None))
    )
