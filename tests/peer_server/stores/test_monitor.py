"""The figures of the monitor are exactly what one counts by hand, however they are filtered, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from math import ceil
from typing import Any

import pytest
from sqlalchemy import insert, update

from flow_runtime.run import RunStatus
from flow_runtime.store import Store, Transaction
from flow_runtime.stores.tables import interrupts, runs
from peer_server.monitor_words import kind_of, rank
from peer_server.stores.monitor import (
    Figures,
    Selection,
    figures_of_model_runs,
    figures_of_runs,
    page_of_model_runs,
    page_of_runs,
)
from tests.fakes.seeded_runs import APART, START, Seeded, invent, put

FOREVER = START + timedelta(days=3650)
EVERYTHING = Selection(workspace_id="w1", flow_ids=["f1"], since=START, until=FOREVER)
DAY = timedelta(days=1)

CASES: list[tuple[dict[str, Any], Callable[[Seeded], bool]]] = [
    ({}, lambda run: True),
    ({"flow_ids": None}, lambda run: True),
    ({"flow_ids": ["f2"]}, lambda run: False),
    ({"flow_ids": []}, lambda run: False),
    ({"workspace_id": "w2"}, lambda run: False),
    ({"since": START + 10 * APART, "until": START + 500 * APART}, lambda run: 10 <= position(run) < 500),
    ({"statuses": [RunStatus.FAILED, RunStatus.TIMED_OUT]}, lambda run: run.status in {"failed", "timed_out"}),
    ({"statuses": [RunStatus.CANCELLED]}, lambda run: run.status == "cancelled"),
    ({"statuses": [RunStatus.RUNNING]}, lambda run: False),
    ({"kinds": ["Event-based"]}, lambda run: kind_of(run.trigger) == "Event-based"),
    ({"kinds": ["API-based", "Schedule-based"]}, lambda run: run.trigger in {"api", "share", "schedule"}),
    ({"triggers": ["webhook.t1"]}, lambda run: run.trigger == "webhook.t1"),
    ({"sources": ["key a", "nightly"]}, lambda run: run.source != "key b"),
    ({"versions": [1, 3]}, lambda run: run.version != 2),
    ({"least_ms": 59_000}, lambda run: run.took_us >= 59_000_000),
    ({"most_ms": 500}, lambda run: run.took_us <= 500_000),
]


def position(run: Seeded) -> int:
    return (run.created_at - START) // APART


def counted(found: list[Seeded]) -> Figures:
    """The figures by the definition: nearest rank over what ended otherwise than by cancellation."""
    answered = sorted(run.took_us for run in found if run.status != "cancelled")
    ranks = [answered[ceil(share * len(answered) / 100) - 1] if answered else None for share in (90, 99)]
    failed = sum(run.status in {"failed", "timed_out"} for run in found)
    names = ("completed", "failed", "timed_out", "cancelled")
    by_status = {name: sum(run.status == name for run in found) for name in names}
    return Figures(len(found), failed, by_status["cancelled"], by_status, *ranks)


@pytest.mark.anyio
@pytest.mark.row("C-39", "C-40")
async def test_figures_and_rows_are_exact(store: Store) -> None:
    # Given runs of known durations
    known = invent(1000)
    await put(store, known)
    for changes, belongs in CASES:
        selection = Selection(**{**_fields(EVERYTHING), **changes})
        expected = [run for run in known if belongs(run)]
        # When they are counted and listed
        figures = await store.read(figures_of_runs, selection)
        listed = await store.read(page_of_runs, selection, cursor=None, limit=200)
        # Then both are exactly what one counts by hand
        assert figures == counted(expected), changes
        assert [run.id for run in listed.items] == [run.id for run in reversed(expected)][:200], changes
        assert (listed.next_cursor is not None) == (len(expected) > 200), changes


@pytest.mark.anyio
@pytest.mark.row("C-41")
async def test_figures_of_model_runs_are_exact(store: Store) -> None:
    # Given model runs of known durations, of two models
    known = invent(1000)
    await put(store, known)
    for model, belongs in (("openai:small", {1}), ("openai:large", {2, 3})):
        selection = Selection(**{**_fields(EVERYTHING), "models": [model], "connections": ["openai"]})
        calls = [run for run in known if run.version in belongs]
        took = sorted(call.took_us for call in calls)
        # When those of one model are counted and listed
        figures = await store.read(figures_of_model_runs, selection)
        page = await store.read(page_of_model_runs, selection, cursor=None, limit=50)
        # Then they are exact
        assert figures.total == len(calls)
        assert figures.failed == sum(call.status != "completed" for call in calls)
        assert (figures.p90_us, figures.p99_us) == tuple(took[ceil(p * len(took) / 100) - 1] for p in (90, 99))
        assert [call.id for call in page.items] == [call.id for call in reversed(calls)][:50]


@pytest.mark.anyio
@pytest.mark.row("C-43", "C-44")
async def test_only_what_asks_is_waiting(store: Store) -> None:
    # Given parked runs: one asks, one is two levels above one that asks, one was answered, one rests in a delay
    known = invent(6)
    await put(store, known)
    asker, top, middle, deep, answered, resting = (run.id for run in known)
    await store.write(_park, [run.id for run in known], {middle: top, deep: middle})
    asked = {asker: ("approval", "open"), deep: ("callback", "open"), answered: ("form", "settled")}
    await store.write(_ask, {**asked, resting: ("timer", "open"), top: ("child_run", "open")})
    # When they are counted and listed
    figures = await store.read(figures_of_runs, EVERYTHING)
    for status, expected in (("waiting", {asker, top, middle, deep}), ("running", {answered, resting})):
        selection = Selection(**{**_fields(EVERYTHING), "statuses": [RunStatus(status)]})
        listed = (await store.read(page_of_runs, selection, cursor=None, limit=50)).items
        # Then only the first kinds are waiting
        assert {run.id for run in listed} == expected
        assert {run.status for run in listed} == {RunStatus(status)}
        assert (await store.read(figures_of_runs, selection)).by_status[status] == len(expected)
        assert figures.by_status[status] == len(expected)


def _park(tx: Transaction, ids: list[str], parents: dict[str, str]) -> None:
    for run_id in ids:
        change = {"status": RunStatus.WAITING, "ended_at": None, "parent_run_id": parents.get(run_id)}
        tx.conn.execute(update(runs).where(runs.c.id == run_id).values(change))


def _ask(tx: Transaction, asked: dict[str, tuple[str, str]]) -> None:
    for run_id, (kind, status) in asked.items():
        row = {"id": f"i{run_id}", "status": status, "kind": kind, "workspace_id": "w1", "run_id": run_id}
        place = {"root_run_id": run_id, "key": "s", "step_id": "s", "step_type": "t", "payload": {}, "approvers": []}
        times = {"opened_at": START, "settled_at": None if status == "open" else START}
        tx.conn.execute(insert(interrupts).values({**row, **place, **times}))


@pytest.mark.soak
@pytest.mark.anyio
async def test_figures_over_a_hundred_thousand_runs_are_exact(store: Store) -> None:
    known = invent(100_000)
    await put(store, known)
    assert await store.read(figures_of_runs, EVERYTHING) == counted(known)
    week = Selection(**{**_fields(EVERYTHING), "until": START + 7 * DAY})
    assert await store.read(figures_of_runs, week) == counted([run for run in known if run.created_at < week.until])


@pytest.mark.parametrize(
    ("percent", "count", "expected"), [(90, 1, 1), (90, 10, 9), (90, 11, 10), (99, 100, 99), (99, 101, 100)]
)
def test_the_nearest_rank(percent: int, count: int, expected: int) -> None:
    assert rank(percent, count) == expected


def _fields(selection: Selection) -> dict[str, Any]:
    return {name: getattr(selection, name) for name in Selection.__slots__}
