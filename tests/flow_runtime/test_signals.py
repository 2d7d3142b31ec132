"""Hints reach whom they concern, and nobody else."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flow_runtime.run import RunStatus
from flow_runtime.signals import LeaseSignals, RunSignals
from tests.flow_runtime.test_scope import RUN

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def test_a_lease_hears_of_its_own_run_only() -> None:
    signals, mine = RunSignals(), LeaseSignals()
    with signals.executing("r1", mine):
        assert signals.executed_here() == {"r1": {mine}}
        signals.woken("r2")
        signals.cancel("r2")
        assert not mine.woken.is_set()
        signals.cancel("r1")
    assert mine.cancelled.is_set()
    assert mine.woken.is_set()
    assert signals.executed_here() == {}


async def test_a_watcher_hears_of_its_run_its_children_and_its_tree() -> None:
    signals = RunSignals()
    child = replace(RUN, id="c", parent_run_id="p", root_run_id="root")
    for watched in ("c", "p", "root"):
        with signals.watching(watched) as watch:
            signals.rested(child)
            await asyncio.wait_for(watch.sleep(60), timeout=1)
            assert watch.ended is None
    with signals.watching("c") as watch:
        signals.rested(replace(child, status=RunStatus.COMPLETED))
        assert watch.ended is not None


async def test_sleeping_towards_a_timer_ends_when_an_earlier_one_is_set() -> None:
    signals = RunSignals()
    sleeping = asyncio.create_task(signals.sleep_towards(NOW, at_most_s=60))
    await asyncio.sleep(0)
    signals.timer_set(NOW + timedelta(seconds=1))
    await asyncio.sleep(0)
    assert not sleeping.done()
    signals.timer_set(NOW - timedelta(seconds=1))
    await asyncio.wait_for(sleeping, timeout=1)


async def test_a_timer_set_between_two_sleeps_is_not_missed() -> None:
    signals = RunSignals()
    await signals.sleep_towards(NOW, at_most_s=0)
    signals.timer_set(NOW + timedelta(seconds=1))
    await asyncio.wait_for(signals.sleep_towards(None, at_most_s=60), timeout=1)


async def test_two_leases_of_one_run_both_hear() -> None:
    # A duplicate job registers before it finds out that the run is taken: it must not displace the owner.
    signals, owner, other = RunSignals(), LeaseSignals(), LeaseSignals()
    with signals.executing("r1", owner):
        with signals.executing("r1", other):
            pass
        signals.woken("r1")
        signals.drain()
    assert owner.woken.is_set()
    assert owner.draining.is_set()
    assert not other.woken.is_set()
