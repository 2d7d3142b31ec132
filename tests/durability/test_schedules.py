"""E13: whatever the clocks of the world do, three processes on one PostgreSQL fire each tick exactly once."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select

from flow_runtime.ids import new_id
from flow_runtime.store import Transaction
from flow_runtime.stores.tables import runs
from peer_server.access import Principal, permissions_of
from peer_server.app import bring_up_to_date, build_services
from peer_server.recurrence import Recurrence, zone_names
from peer_server.services.bundle import Services
from peer_server.settings import Settings
from peer_server.stores.identity import first_owner
from peer_server.stores.schedules import ScheduleRow, insert_schedule
from tests.fakes.flows import GREETING
from tests.fakes.wall_clock import HOUR, MINUTE, Window, all_readings, changes, first_readings

pytestmark = pytest.mark.promise("E13")

ROOT = Path(__file__).parents[2]
PROCESSES = 3
STEP = timedelta(minutes=30)
EUROPE = [datetime.fromisoformat("2026-03-29T01:00+00:00"), datetime.fromisoformat("2026-10-25T01:00+00:00")]
SOME = ["Europe/Berlin", "Atlantic/Azores", "America/Scoresbysund", "Asia/Beirut", "Asia/Kathmandu"]


@dataclass(frozen=True)
class Planned:
    """A schedule and when the oracle says that it is due."""

    id: str
    zone: str
    cron: str
    window: Window
    expected: Sequence[datetime]


def planned(zone: str, change: datetime, reach: timedelta) -> Iterator[Planned]:
    """A time that the change touches, and every hour, around it."""
    window = (change - reach, change + reach)
    touched = (change - 30 * MINUTE).astimezone(ZoneInfo(zone))
    named = first_readings(zone, touched.hour, touched.minute, window)
    yield Planned(new_id(), zone, f"{touched.minute} {touched.hour} * * *", window, named)
    hourly = all_readings(zone, {(hour, 0) for hour in range(24)}, window)
    yield Planned(new_id(), zone, "0 * * * *", window, hourly)


def row(plan: Planned, *, flow_id: str, workspace_id: str) -> ScheduleRow:
    begin, end = plan.window
    return ScheduleRow(
        id=plan.id,
        workspace_id=workspace_id,
        flow_id=flow_id,
        is_main=False,
        name=plan.zone,
        description="",
        frequency={"kind": "cron", "cron": plan.cron},
        timezone=plan.zone,
        start_at=None,
        end_at=end,
        inputs={"name": "Ada"},
        missed="latest",
        enabled=True,
        created_by="test",
        created_at=begin,
        updated_at=begin,
        next_fire_at=Recurrence(plan.cron, plan.zone, end_at=end).next(begin),
        last_fire_at=None,
        last_run_id=None,
        tried_at=None,
        error=None,
        cancelled_at=None,
    )


async def prepare(services: Services, plans: Sequence[Planned]) -> None:
    """A published flow with these schedules."""
    await services.store.open()
    await bring_up_to_date(services.store)
    await services.sign_in.ensure_owner("Owner")
    found = await services.store.read(first_owner)
    assert found is not None
    owner = Principal("user", found.id, "Owner", found.workspace_id, permissions_of("owner"), role="owner")
    flow = await services.flows.create(owner, GREETING)
    await services.making.versions.publish(owner, flow.id)

    def insert(tx: Transaction) -> None:
        for plan in plans:
            insert_schedule(tx, row(plan, flow_id=flow.id, workspace_id=owner.workspace_id))

    await services.store.write(insert)


def started(conn: Connection) -> list[str]:
    return [key for key in conn.scalars(select(runs.c.idempotency_key)) if key]


@contextmanager
def processes(url: str) -> Iterator[list[subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "tests.durability.schedule_firing", url]
    children = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    try:
        assert [answers(child) for child in children] == ["ready"] * PROCESSES
        yield children
    finally:
        for child in children:
            child.communicate(timeout=20)


def answers(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def fire_at(children: Sequence[subprocess.Popen[str]], at: datetime) -> list[int]:
    """Let all of them fire what is due at that instant, at once; how many each fired."""
    for child in children:
        assert child.stdin is not None
        child.stdin.write(f"{at.isoformat()}\n")
        child.stdin.flush()
    return [int(answers(child)) for child in children]


def steps(plans: Sequence[Planned]) -> list[datetime]:
    """Every half hour of every window, in order."""
    found = set()
    for begin, end in {plan.window for plan in plans}:
        found |= {begin + number * STEP for number in range(int((end - begin) / STEP) + 2)}
    return sorted(found)


def prove(url: str, data_dir: Path, plans: Sequence[Planned]) -> Counter[int]:
    """Let three processes fire all that is planned, and compare with the oracle; who fired how many."""
    services = build_services(Settings(data_dir=data_dir, database_url=url))
    shares = Counter[int]()

    async def through() -> None:
        await prepare(services, plans)
        with processes(url) as children:
            for at in steps(plans):
                shares.update(dict(enumerate(fire_at(children, at))))
        found = Counter(await services.store.read(started))
        expected = {f"sched:{plan.id}:{at.isoformat()}" for plan in plans for at in plan.expected}
        assert max(found.values()) == 1
        assert sorted(expected - set(found)) == [], "missed"
        assert sorted(set(found) - expected) == [], "too many"
        await services.store.close()

    asyncio.run(through())
    return shares


@pytest.mark.row("A-25", "B-30")
def test_three_processes_fire_each_tick_once_across_clock_changes(postgres_url: str, tmp_path: Path) -> None:
    # Given zones whose clocks change in all ways that Europe's change brings, or never
    plans = [plan for zone in SOME for change in EUROPE for plan in planned(zone, change, 4 * HOUR)]
    # When three processes go through both changes, then nothing is missed and nothing doubled
    shares = prove(postgres_url, tmp_path, plans)
    # And all of them took part
    assert len(shares) == PROCESSES


@pytest.mark.soak
def test_every_zone_of_the_world_across_two_changes(postgres_url: str, tmp_path: Path) -> None:
    plans: list[Planned] = []
    for zone in sorted(zone_names()):
        for change in list(changes(zone)) or EUROPE:
            plans += planned(zone, change, 12 * HOUR)
    shares = prove(postgres_url, tmp_path, plans)
    assert min(shares.values()) > 0
    ticks = [tick for plan in plans for tick in plan.expected]
    assert len(ticks) > 20_000
