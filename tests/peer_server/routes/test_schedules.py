"""Schedules through the door, by a clock that the tests move, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from flow_runtime.errors import Json
from peer_server.stores.schedules import schedules_of
from tests.fakes.flows import GREETING, make_flow
from tests.fakes.members import Member
from tests.fakes.timed_server import TimedServer, runs_of, timed_server
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio
ADA = {"inputs": {"name": "Ada"}}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimedServer]:
    """One server per database; its time begins on Thursday, 1 January 2026."""
    settings: dict[str, Any] = {}
    if request.param == "postgresql":
        postgres: PostgresServer = request.getfixturevalue("postgres_server")
        settings["database_url"] = postgres.url(postgres.create_database())
    with timed_server(tmp_path_factory.mktemp("timed"), **settings) as running:
        yield running


async def scheduled(owner: httpx2.AsyncClient, **body: Json) -> tuple[str, dict[str, Any]]:
    """A deployed flow with this schedule."""
    flow_id = await make_flow(owner, GREETING, deploy=True)
    made = await owner.post(f"/v1/flow/{flow_id}/schedule", json={"data": ADA, **body})
    assert made.status_code == 201, made.text
    return flow_id, made.json()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.row("B-27", "B-28", "B-29")
async def test_the_sample_body_is_stored_shown_and_cancelled(owner: httpx2.AsyncClient) -> None:
    # Given a flow without a schedule
    flow_id = await make_flow(owner, GREETING, deploy=True)
    path = f"/v1/flow/{flow_id}/schedule"
    none = await owner.get(path)
    assert (none.status_code, none.json()["code"]) == (404, "no_schedule")
    # When the sample body is sent
    made = await owner.post(path, json={"cron": "0 9 * * 1", "data": ADA})
    # Then it is stored, in UTC, with its next runs
    stored = (await owner.get(path)).json()
    assert (made.status_code, made.json()) == (201, stored)
    assert (stored["cron"], stored["data"], stored["timezone"]) == ("0 9 * * 1", ADA, "UTC")
    assert stored["explanation"] == "At 09:00 on Monday"
    assert stored["nextRunAt"] == stored["nextRuns"][0]
    assert len(stored["nextRuns"]) == 5
    # And a second one takes its place
    again = await owner.post(path, json={"cron": "30 9 * * *", "data": ADA})
    assert (again.status_code, again.json()["id"]) == (200, stored["id"])
    # And cancelling is harmless a second time
    cancelled = [(await owner.post(f"{path}-cancel")).json() for _ in range(2)]
    assert cancelled == [{"cancelled": True}, {"cancelled": False}]
    assert (await owner.get(path)).status_code == 404


@pytest.mark.row("A-04", "A-25", "A-26", "A-33", "B-30", "C-47", "C-48")
async def test_the_deployed_version_runs_at_the_local_hour(server: TimedServer, owner: httpx2.AsyncClient) -> None:
    # Given a schedule at nine in Istanbul, and a draft that went on since
    flow_id, schedule = await scheduled(owner, cron="0 9 * * *", timezone="Europe/Istanbul", name="Mornings")
    step = {"id": "done", "type": "final", "config": {"output": "a draft"}}
    await owner.patch(f"/v1/flow/{flow_id}", json={"definition": {**GREETING, "steps": [step]}})
    due_at = at(schedule["nextRunAt"])
    assert (due_at.hour, due_at.minute) == (6, 0)
    # When that time comes
    server.until(due_at - timedelta(seconds=1))
    assert await runs_of(owner, flow_id) == []
    assert server.until(due_at) >= 1
    # Then one run of version 1 has the schedule's inputs, and says what started it
    (run,) = await runs_of(owner, flow_id)
    assert (run["job"], run["version"], run["environment"], run["inputs"]) == (
        "app.run",
        1,
        "production",
        {"name": "Ada"},
    )
    assert run["trigger"]["type"] == "schedule"
    assert (run["type"], run["source"]) == ("schedule", "Mornings")
    (row,) = (await owner.get(f"/v1/flow/{flow_id}/logs")).json()["items"]
    assert row["trigger"] == {"type": "schedule", "source": "Mornings", "scheduleId": schedule["id"]}
    assert run["trigger"]["data"] == {
        "scheduleId": schedule["id"],
        "scheduledFor": due_at.isoformat(),
        "missed": False,
    }
    assert server.ended(run["appRunId"]).output == {"greeting": "Hello Ada"}
    # And the schedule goes on a day later
    stored = (await owner.get(f"/v1/flow/{flow_id}/schedule")).json()
    assert at(stored["nextRunAt"]) == due_at + DAY
    assert (at(stored["lastRunAt"]), stored["lastRunId"]) == (due_at, run["appRunId"])


async def test_ticks_that_nobody_was_there_for_follow_the_policy(
    server: TimedServer, owner: httpx2.AsyncClient
) -> None:
    # Given two hourly schedules
    latest, _ = await scheduled(owner, cron="0 * * * *")
    skip, _ = await scheduled(owner, cron="0 * * * *", missed="skip")
    whole = server.clock.now().replace(minute=0) + HOUR
    # When all processes were away for five ticks and half an hour
    server.until(whole + 4 * HOUR + HOUR / 2)
    # Then the one runs once, for the latest tick, and says so; the other does not
    (run,) = await runs_of(owner, latest)
    assert (run["trigger"]["data"]["missed"], at(run["trigger"]["data"]["scheduledFor"])) == (True, whole + 4 * HOUR)
    assert await runs_of(owner, skip) == []
    # And both are there for the next one
    server.until(whole + 5 * HOUR)
    assert [run["trigger"]["data"]["missed"] for run in await runs_of(owner, latest)] == [True, False]
    assert [run["trigger"]["data"]["missed"] for run in await runs_of(owner, skip)] == [False]


async def test_a_schedule_ends_with_its_last_time(server: TimedServer, owner: httpx2.AsyncClient) -> None:
    # Given a schedule that starts in two days and ends on the day after
    start = (server.clock.now() + 2 * DAY).replace(hour=0, minute=0)
    flow_id, schedule = await scheduled(
        owner, cron="0 8 * * *", startAt=start.isoformat(), endAt=(start + DAY + 8 * HOUR).isoformat()
    )
    assert [at(run) for run in schedule["nextRuns"]] == [start + 8 * HOUR, start + DAY + 8 * HOUR]
    # When both days pass, and more
    for day in range(5):
        server.until(start + day * DAY + 9 * HOUR)
    # Then it ran twice and nothing is to come
    assert len(await runs_of(owner, flow_id)) == 2
    stored = (await owner.get(f"/v1/flow/{flow_id}/schedule")).json()
    assert (stored["nextRunAt"], stored["nextRuns"], stored["status"]) == (None, [], "over")


async def test_a_cancelled_or_disabled_schedule_does_not_fire(server: TimedServer, owner: httpx2.AsyncClient) -> None:
    # Given one that is cancelled and one that is switched off
    cancelled, _ = await scheduled(owner, cron="*/10 * * * *")
    disabled, schedule = await scheduled(owner, cron="*/10 * * * *")
    await owner.post(f"/v1/flow/{cancelled}/schedule-cancel")
    off = await owner.patch(f"/v1/schedule/{schedule['id']}", json={"enabled": False})
    assert (off.json()["status"], off.json()["nextRunAt"]) == ("disabled", None)
    server.pass_time(HOUR)
    assert await runs_of(owner, cancelled) == await runs_of(owner, disabled) == []
    # When the second is switched on again, it fires again, and catches up nothing
    await owner.patch(f"/v1/schedule/{schedule['id']}", json={"enabled": True})
    server.pass_time(timedelta(minutes=10))
    assert len(await runs_of(owner, disabled)) == 1


@pytest.mark.row("A-37")
async def test_inputs_must_fit_and_untried_ones_are_hinted_at(server: TimedServer, owner: httpx2.AsyncClient) -> None:
    # Given inputs that do not fit
    flow_id = await make_flow(owner, GREETING, deploy=True)
    path = f"/v1/flow/{flow_id}/schedule"
    refused = await owner.post(path, json={"cron": "0 9 * * 1", "data": {"inputs": {"name": 5}}})
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["path"]) == (400, "invalid_inputs", "/data/inputs/name")
    # When they do, they were still never tried
    made = (await owner.post(path, json={"cron": "0 9 * * 1", "data": ADA})).json()
    assert [hint["code"] for hint in made["hints"]] == ["inputs_untried"]
    # Then a test run answers the hint, and is kept apart from what counts
    tried = await owner.post(f"/v1/schedule/{made['id']}/test")
    assert tried.status_code == 202
    (run,) = await runs_of(owner, flow_id)
    assert (run["environment"], run["inputs"]) == ("draft", ADA["inputs"])
    assert (await owner.get(path)).json()["hints"] == []
    # And other inputs are untried again
    other = await owner.patch(f"/v1/schedule/{made['id']}", json={"data": {"inputs": {"name": "Bo"}}})
    assert [hint["code"] for hint in other.json()["hints"]] == ["inputs_untried"]
    # But not those that the flow was run with by somebody else
    await owner.post(f"/v1/flow/execute/{flow_id}", json={"inputs": {"name": "Cy"}})
    other = await owner.patch(f"/v1/schedule/{made['id']}", json={"data": {"inputs": {"name": "Cy"}}})
    assert other.json()["hints"] == []


@pytest.mark.row("A-33")
async def test_a_schedule_says_that_nothing_is_published_yet(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, GREETING)
    path = f"/v1/flow/{flow_id}/schedule"
    made = (await owner.post(path, json={"cron": "0 9 * * 1", "data": ADA})).json()
    assert [hint["code"] for hint in made["hints"]] == ["inputs_untried", "not_published"]
    await owner.post(f"/v1/flow/{flow_id}/publish")
    assert [hint["code"] for hint in (await owner.get(path)).json()["hints"]] == ["inputs_untried"]


async def test_one_frequency_is_needed(owner: httpx2.AsyncClient) -> None:
    flow_id = await make_flow(owner, GREETING)
    for sent in ({}, {"cron": "0 9 * * 1", "frequency": {"kind": "daily", "time": "09:00"}}):
        refused = await owner.post(f"/v1/flow/{flow_id}/schedule", json={**sent, "data": ADA})
        problem = refused.json()
        assert (refused.status_code, problem["code"], problem["path"]) == (400, "invalid_request", "/cron")


async def test_what_no_longer_fits_is_shown_as_failing(server: TimedServer, owner: httpx2.AsyncClient) -> None:
    # Given a schedule whose flow wants another input since
    flow_id, schedule = await scheduled(owner, cron="0 0 * * *")
    inputs = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "number"}}}
    changed = {**GREETING, "inputs": {**inputs, "required": ["name", "age"]}}
    await owner.patch(f"/v1/flow/{flow_id}", json={"definition": changed})
    deployed = await owner.post(f"/v1/flow/{flow_id}/deploy", json={"confirm": True})
    assert deployed.status_code == 200, deployed.text
    # When it is due
    server.pass_time(DAY)
    # Then nothing runs, the schedule says why, and tries again at its next time
    stored = (await owner.get(f"/v1/schedule/{schedule['id']}")).json()
    assert await runs_of(owner, flow_id) == []
    assert (stored["status"], stored["error"]["code"]) == ("failing", "invalid_inputs")
    assert at(stored["nextRunAt"]) > server.clock.now()


async def test_a_removed_flow_is_no_longer_due(server: TimedServer, owner: httpx2.AsyncClient) -> None:
    flow_id, _ = await scheduled(owner, cron="0 * * * *")
    await owner.delete(f"/v1/flow/{flow_id}")
    # Its tick starts nothing, and is the last one
    assert server.pass_time(HOUR) >= 1
    row = server.run(server.services.store.read(schedules_of, flow_id))[0]
    assert (row.next_fire_at, row.last_run_id, row.error["code"]) == (None, None, "not_found")


async def test_a_flow_has_any_number_of_schedules(owner: httpx2.AsyncClient) -> None:
    # Given the main schedule and two more
    flow_id, main = await scheduled(owner, cron="0 9 * * 1")
    more = [
        (await owner.post("/v1/schedule", json={"flowId": flow_id, "cron": cron, "data": ADA})).json()["id"]
        for cron in ("0 10 * * 1", "0 11 * * 1")
    ]
    # When they are listed, and one is removed
    listed = (await owner.get("/v1/schedule", params={"flowId": flow_id})).json()["items"]
    assert [item["id"] for item in listed] == [main["id"], *more]
    assert (await owner.delete(f"/v1/schedule/{more[0]}")).status_code == 204
    # Then it is gone, for good
    assert (await owner.get(f"/v1/schedule/{more[0]}")).status_code == 404
    assert (await owner.delete(f"/v1/schedule/{more[0]}")).status_code == 404
    left = (await owner.get("/v1/schedule", params={"flowId": flow_id})).json()["items"]
    assert [item["id"] for item in left] == [main["id"], more[1]]


@pytest.mark.parametrize(
    ("frequency", "cron", "said"),
    [
        ({"kind": "daily", "time": "09:05"}, "5 9 * * *", "At 09:05 every day"),
        ({"kind": "daily", "time": "09:00", "every": 3}, "0 9 * * *", "At 09:00 every day, every 3 days"),
        ({"kind": "weekly", "time": "18:30", "days": ["mon", "fri"]}, "30 18 * * MON,FRI", None),
        ({"kind": "weekly", "time": "18:30", "days": ["mon"], "every": 2}, "30 18 * * MON", None),
        ({"kind": "monthly", "time": "00:00", "day": "last"}, "0 0 L * *", None),
        ({"kind": "once", "at": "2030-03-01T12:00:00"}, "0 12 1 3 *", None),
        ({"kind": "cron", "cron": "0  9 * * 1"}, "0 9 * * 1", "At 09:00 on Monday"),
    ],
)
async def test_presets_compile_to_cron(
    owner: httpx2.AsyncClient, frequency: dict[str, Any], cron: str, said: str | None
) -> None:
    outlook = await owner.post("/v1/schedule/preview", json={"frequency": frequency, "timezone": "Asia/Tokyo"})
    assert outlook.status_code == 200, outlook.text
    found = outlook.json()
    assert found["cron"] == cron
    assert said in (None, found["explanation"])
    assert len(found["nextRuns"]) == (1 if frequency["kind"] == "once" else 5)
    if frequency["kind"] == "once":
        assert found["nextRuns"] == ["2030-03-01T03:00:00Z"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"cron": "every monday"}, "invalid_cron"),
        ({"cron": "0 9 * * 1 *"}, "invalid_cron"),
        ({"cron": "0 9 * * 1", "timezone": "Mars"}, "invalid_timezone"),
        ({"cron": "0 9 * * 1", "endAt": "2020-01-01T00:00:00Z"}, "never_fires"),
        ({"frequency": {"kind": "once", "at": "2020-01-01T00:00:00"}}, "never_fires"),
        ({"cron": "0 9 * * 1", "frequency": {"kind": "daily", "time": "09:00"}}, "invalid_request"),
        ({"frequency": {"kind": "daily", "time": "9"}}, "invalid_request"),
        ({"cron": "0 9 * * 1", "startAt": "0001-01-01T00:00:00+14:00"}, "invalid_request"),
        ({"cron": "0 9 * * 1", "endAt": "9999-12-31T23:59:59-14:00"}, "invalid_request"),
        ({"frequency": {"kind": "once", "at": "9999-12-31T23:59:59"}}, "invalid_request"),
        ({"cron": "0 9 * * 1", "startAt": "2020-01-01T00:00:00"}, "invalid_request"),
        ({}, "invalid_request"),
    ],
)
async def test_what_is_no_schedule_is_refused(owner: httpx2.AsyncClient, body: dict[str, Any], code: str) -> None:
    flow_id = await make_flow(owner, GREETING, deploy=True)
    refused = await owner.post(f"/v1/flow/{flow_id}/schedule", json={"data": ADA, **body})
    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert (await owner.get(f"/v1/flow/{flow_id}/schedule")).status_code == 404


@pytest.mark.row("A-14")
async def test_only_those_who_may_plan_the_flow_do(server: TimedServer, owner: httpx2.AsyncClient) -> None:
    # Given a scheduled flow, people with less and less on it
    flow_id, schedule = await scheduled(owner, cron="0 9 * * 1")
    editor, runner, stranger = (Member(server, name) for name in ("Ed", "Ron", "Mallory"))
    editor.gets("editor", flow_id)
    runner.gets("runner", flow_id)
    path, one = f"/v1/flow/{flow_id}/schedule", f"/v1/schedule/{schedule['id']}"
    body = {"cron": "0 10 * * 1", "data": ADA}
    expected = {stranger: (404, 404, 404, 404), runner: (200, 403, 403, 403), editor: (200, 200, 200, 200)}
    for member, statuses in expected.items():
        async with member.client() as client:
            # When each reads, replaces, changes and cancels
            read = await client.get(one)
            put = await client.post(path, json=body)
            changed = await client.patch(one, json={"name": "Mine"})
            cancelled = await client.post(f"{path}-cancel")
            # Then only the editor may, and a stranger learns nothing
            assert (read.status_code, put.status_code, changed.status_code, cancelled.status_code) == statuses
