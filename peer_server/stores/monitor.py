"""What the monitor finds among runs and model runs: pages, counts and exact percentiles. Core functions.

Every condition names the columns of one covering index per table: 100,000 runs are counted from the index alone.
Runs that have ended and runs that have not are in an index each, and are asked for apart.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Float,
    and_,
    case,
    cast,
    distinct,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
)

from flow_runtime.run import Run, RunStatus
from flow_runtime.stores.asking import asks, has_status, told
from flow_runtime.stores.paging import Page, cursor_of, read_page
from flow_runtime.stores.rows import RUN_COLUMNS, AnySelect, to_run
from flow_runtime.stores.tables import HAS_FINISHED, IS_UNFINISHED, run_events, runs
from peer_server.monitor_words import EVENT_TRIGGERS, SCHEDULE_TRIGGER, Kind, rank
from peer_server.stores.model_runs import MODEL_RUN_COLUMNS, ModelRun
from peer_server.stores.monitor_tables import IS_MONITORED_CALL, model_runs

T = TypeVar("T", Run, ModelRun)
_FAILED: Final = (RunStatus.FAILED, RunStatus.TIMED_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which runs are looked at; an empty filter lets everything pass. `flow_ids` None = every flow there is."""

    workspace_id: str
    flow_ids: Collection[str] | None
    since: datetime
    until: datetime
    statuses: Collection[RunStatus] = ()
    kinds: Collection[Kind] = ()
    triggers: Collection[str] = ()
    sources: Collection[str] = ()
    versions: Collection[int] = ()
    models: Collection[str] = ()
    connections: Collection[str] = ()
    least_ms: int | None = None
    most_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted. Percentiles are over what ended otherwise than by cancellation; None if that is nothing."""

    total: int
    failed: int
    cancelled: int
    by_status: Mapping[str, int]
    p90_us: int | None
    p99_us: int | None

    @property
    def failure_rate(self) -> float | None:
        """Failed ones among all that were not cancelled."""
        counted = self.total - self.cancelled
        return self.failed / counted if counted else None


def page_of_runs(conn: Connection, selection: Selection, *, cursor: str | None, limit: int) -> Page[Run]:
    """A page of runs, newest first. Raises `InvalidDefinition`."""
    pages = [
        read_page(
            conn,
            select(*RUN_COLUMNS).where(condition),
            at=runs.c.created_at,
            id=runs.c.id,
            convert=to_run,
            cursor=cursor,
            limit=limit,
        )
        for condition in (_finished(selection), _unfinished(selection))
    ]
    found = sorted(
        (run for page in pages for run in page.items), key=lambda run: (run.created_at, run.id), reverse=True
    )
    has_more = len(found) > limit or any(page.next_cursor for page in pages)
    items = told(conn, found[:limit])
    return Page(items, cursor_of(items[-1].created_at, items[-1].id) if items and has_more else None)


def page_of_model_runs(conn: Connection, selection: Selection, *, cursor: str | None, limit: int) -> Page[ModelRun]:
    """A page of model runs, newest first. Raises `InvalidDefinition`."""
    query: AnySelect = select(*MODEL_RUN_COLUMNS).where(_called(selection))
    return read_page(
        conn,
        query,
        at=model_runs.c.started_at,
        id=model_runs.c.id,
        convert=lambda row: ModelRun(*row[: len(MODEL_RUN_COLUMNS)]),
        cursor=cursor,
        limit=limit,
    )


def figures_of_runs(conn: Connection, selection: Selection) -> Figures:
    """The figures over runs."""
    at = _counted(conn, selection, runs.c.created_at)
    return _figures(
        conn,
        status=runs.c.status,
        took=_microseconds(runs.c.created_at, runs.c.ended_at),
        where=_finished(selection, at=at),
        live=_live(conn, selection, where=_unfinished(selection, at=at)),
    )


def _live(conn: Connection, selection: Selection, *, where: ColumnElement[bool]) -> dict[str, int]:
    """The runs that have not ended by their statuses as they are told."""
    query = select(runs.c.status, func.count()).where(where).group_by(runs.c.status)
    live = {str(status): int(count) for status, count in conn.execute(query)}
    if RunStatus.WAITING in live:
        is_busy = and_(where, runs.c.status == RunStatus.WAITING, ~asks(selection.workspace_id))
        busy = conn.scalar(select(func.count()).select_from(runs).where(is_busy)) or 0
        live[RunStatus.WAITING] -= busy
        live[RunStatus.RUNNING] = live.get(RunStatus.RUNNING, 0) + busy
    return live


def figures_of_model_runs(conn: Connection, selection: Selection) -> Figures:
    """The figures over model runs."""
    took = _microseconds(model_runs.c.started_at, model_runs.c.ended_at)
    return _figures(conn, status=model_runs.c.status, took=took, where=_called(selection), live={})


def steps_executed(conn: Connection, run_ids: Sequence[str]) -> dict[str, int]:
    """How many steps of each of these runs were executed; one that ran many times, in a loop, is one step."""
    key = run_events.c.key
    own = func.substring(key, "[^/]*$")
    if (
        conn.dialect.name == "sqlite"
    ):  # It knows no patterns: what follows the last slash is what no slash-free end has.
        own = func.replace(key, func.rtrim(key, func.replace(key, "/", "")), "")
    query = (
        select(run_events.c.run_id, func.count(distinct(own)).label("steps"))
        .where(run_events.c.run_id.in_(run_ids), run_events.c.type.like("step.%"))
        .group_by(run_events.c.run_id)
    )
    return {row.run_id: row.steps for row in conn.execute(query)}


def _figures(
    conn: Connection,
    *,
    status: ColumnElement[Any],
    took: ColumnElement[Any],
    where: ColumnElement[bool],
    live: Mapping[str, int],
) -> Figures:
    names = (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.TIMED_OUT, RunStatus.CANCELLED)
    wanted = [func.count().filter(status == name) for name in names]
    answered = status != RunStatus.CANCELLED
    if conn.dialect.name == "postgresql":
        *counts, both = conn.execute(select(*wanted, _both(took, answered)).where(where)).one()
        p90, p99 = both or (None, None)
    else:
        counts = list(conn.execute(select(*wanted).where(where)).one())
        p90, p99 = _ranked(conn, took=took, where=and_(where, answered), count=sum(counts[:-1]))
    by_status = {**live, **{name.value: int(count) for name, count in zip(names, counts, strict=True)}}
    cancelled, failed = by_status["cancelled"], sum(by_status[name] for name in _FAILED)
    return Figures(sum(by_status.values()), failed, cancelled, by_status, p90, p99)


def _both(took: ColumnElement[Any], answered: ColumnElement[bool]) -> ColumnElement[Any]:
    """Both percentiles in the pass that counts. What PostgreSQL calls discrete is the nearest rank; it skips nulls."""
    shares = cast([0.9, 0.99], ARRAY(Float))
    return func.percentile_disc(shares).within_group(case((answered, took)))


def _ranked(
    conn: Connection, *, took: ColumnElement[Any], where: ColumnElement[bool], count: int
) -> tuple[int | None, int | None]:
    """The values at the nearest ranks of 90 and 99, counted from above: only the longest tenth is sorted."""
    if not count:
        return None, None
    longest = select(took.label("took")).where(where).order_by(text("took DESC")).limit(count - rank(90, count) + 1)
    top = longest.cte("top").prefix_with("MATERIALIZED")
    p99 = select(top.c.took).order_by(top.c.took.desc()).limit(1).offset(count - rank(99, count))
    row = conn.execute(select(select(func.min(top.c.took)).scalar_subquery(), p99.scalar_subquery())).one()
    return int(row[0]), int(row[1])


def _counted(conn: Connection, selection: Selection, at: ColumnElement[Any]) -> ColumnElement[Any]:
    """The time as a condition of counts: over all flows, SQLite would look for it in an index that does not cover."""
    is_misled = selection.flow_ids is None and conn.dialect.name == "sqlite"
    return at.op("+")(literal_column("0")) if is_misled else at


def _finished(selection: Selection, *, at: ColumnElement[Any] = runs.c.created_at) -> ColumnElement[bool]:
    return and_(HAS_FINISHED, *_of_runs(selection, at=at), *_lasting(selection, runs.c.created_at, runs.c.ended_at))


def _unfinished(selection: Selection, *, at: ColumnElement[Any] = runs.c.created_at) -> ColumnElement[bool]:
    """Nothing has taken any time yet, so a limit to that lets none of these pass."""
    if selection.least_ms is not None or selection.most_ms is not None:
        return false()
    return and_(IS_UNFINISHED, *_of_runs(selection, at=at))


def _of_runs(selection: Selection, *, at: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    table = runs.c
    found = _common(selection, runs.c, at=at)
    for column, wanted in ((table.trigger_type, selection.triggers), (table.trigger_source, selection.sources)):
        if wanted:
            found.append(column.in_(wanted))
    if selection.statuses:
        found.append(has_status(selection.statuses, workspace_id=selection.workspace_id))
    if selection.kinds:
        found.append(or_(*(_is_kind(table.trigger_type, kind) for kind in selection.kinds)))
    return found


def _called(selection: Selection) -> ColumnElement[bool]:
    table = model_runs.c
    found = [IS_MONITORED_CALL, *_common(selection, table, at=table.started_at)]
    for column, wanted in ((table.model, selection.models), (table.connection, selection.connections)):
        if wanted:
            found.append(column.in_(wanted))
    if selection.statuses:
        found.append(table.status.in_(selection.statuses))
    return and_(*found, *_lasting(selection, table.started_at, table.ended_at))


def _common(selection: Selection, table: Any, *, at: ColumnElement[Any]) -> list[ColumnElement[bool]]:  # noqa: ANN401 - columns of either table
    found = [table.workspace_id == selection.workspace_id, at >= selection.since, at < selection.until]
    if selection.flow_ids is not None:
        found.append(table.flow_id.in_(selection.flow_ids))
    if selection.versions:
        found.append(table.version.in_(selection.versions))
    return found


def _lasting(selection: Selection, began: Any, ended: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 - columns
    took = _microseconds(began, ended)
    limits = ((selection.least_ms, took.__ge__), (selection.most_ms, took.__le__))
    return [compare(value * 1000) for value, compare in limits if value is not None]


def _microseconds(began: Any, ended: Any) -> ColumnElement[int]:  # noqa: ANN401 - columns
    """How long something took. The columns hold numbers, of which the difference is one again."""
    took: ColumnElement[int] = type_coerce(ended, BigInteger) - type_coerce(began, BigInteger)
    return took


def _is_kind(trigger: Any, kind: Kind) -> ColumnElement[bool]:  # noqa: ANN401 - a column
    is_schedule: ColumnElement[bool] = trigger == SCHEDULE_TRIGGER
    is_event = or_(*(trigger.like(f"{start}%") for start in EVENT_TRIGGERS))
    match kind:
        case "Schedule-based":
            return is_schedule
        case "Event-based":
            return is_event
        case "API-based":
            return and_(~is_schedule, ~is_event)
