"""What only a file can go through: a second process, a full disk, a kill between two instructions."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flow_runtime.errors import Fenced, StoreUnavailable
from flow_runtime.run import Event
from flow_runtime.store import Append
from flow_runtime.stores.journal import read_events
from flow_runtime.stores.migrate import migrate
from flow_runtime.stores.runs import insert_run, live_runs
from flow_runtime.stores.sqlite import SqliteStore
from tests.contracts.stores import NOW, SPEC, RunStates, step_done

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]

APPENDING = """
import asyncio, sys
from datetime import UTC, datetime
from flow_runtime.run import Event, StartRun, Trigger
from flow_runtime.store import Append
from flow_runtime.stores.runs import claim_run, insert_run
from flow_runtime.stores.sqlite import SqliteStore

async def main():
    store = SqliteStore(sys.argv[1])
    await store.open()
    now = datetime.now(UTC)
    run, _ = await store.write(insert_run, StartRun("w", "flow", {}, Trigger("api"), run_id="r"), now=now)
    await store.write(claim_run, "r", owner="child", job_id=None, now=now)
    print("acknowledged", 0, flush=True)
    for seq in range(20):
        await store.append(Append("r", 1, seq, [Event("step.done", f"s{seq}", {})]))
        print("acknowledged", seq + 1, flush=True)

asyncio.run(main())
"""


async def opened(path: Path) -> SqliteStore:
    store = SqliteStore(path)
    await store.open()
    await migrate(store)
    return store


async def test_a_second_process_is_refused_and_told_who_has_the_file(tmp_path: Path) -> None:
    # Given an open store (a lock of another process and another lock of this one exclude each other alike)
    store = await opened(tmp_path / "peer.db")

    # When the same file is opened again
    with pytest.raises(StoreUnavailable, match=str(os.getpid())) as caught:
        await SqliteStore(tmp_path / "peer.db").open()

    # Then the error says so, and closing the first makes room
    assert caught.value.code == "store_in_use"
    await store.close()
    again = await opened(tmp_path / "peer.db")
    await again.close()


@pytest.mark.parametrize("content", [b"not a database, but long enough to be mistaken for one" * 20, None])
async def test_what_cannot_be_opened_says_why_and_leaves_no_lock(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "peer.db"
    if content is None:
        path = tmp_path / "missing" / "peer.db"
    else:
        path.write_bytes(content)

    for _ in range(2):
        with pytest.raises(StoreUnavailable) as caught:
            await SqliteStore(path).open()
        assert caught.value.code == "store_unavailable"


async def test_every_write_is_flushed_in_wal_mode(tmp_path: Path) -> None:
    store = await opened(tmp_path / "peer.db")

    modes = await store.write(
        lambda tx: [tx.conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    )

    assert modes == ["wal", 2]
    await store.close()


async def test_readers_cannot_write(tmp_path: Path) -> None:
    store = await opened(tmp_path / "peer.db")

    with pytest.raises(Exception, match="readonly"):
        await store.read(lambda conn: conn.exec_driver_sql("DELETE FROM runs"))

    assert await store.read(live_runs) == []
    await store.close()


async def test_a_store_that_was_closed_can_be_read_by_others(tmp_path: Path) -> None:
    store = await opened(tmp_path / "peer.db")
    run = await RunStates(store).running()
    await store.append(step_done(run, count=3))
    await store.close()

    with sqlite3.connect(tmp_path / "peer.db") as conn:
        assert conn.execute("SELECT count(*) FROM run_events").fetchone() == (3,)
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    conn.close()


@pytest.mark.parametrize("failpoint", ["store.before_commit", "store.after_commit"])
@pytest.mark.parametrize("nth", [1, 2, 3, 9, 21])
async def test_a_kill_around_a_commit_loses_nothing_acknowledged(tmp_path: Path, failpoint: str, nth: int) -> None:
    # Given a process that starts a run, claims it and appends, and is killed at its n-th commit
    path = tmp_path / "peer.db"
    await (await opened(path)).close()
    environment = {**os.environ, "FLOW_FAILPOINT": f"{failpoint}:{nth}", "PYTHONPATH": str(ROOT)}

    # When it runs into the failpoint
    command = [sys.executable, "-c", APPENDING, str(path)]
    child = await asyncio.create_subprocess_exec(*command, env=environment, stdout=subprocess.PIPE)
    output, _ = await child.communicate()

    # Then everything it acknowledged is there, and at most the one commit in flight besides
    assert child.returncode == -signal.SIGKILL
    acknowledged = output.decode().count("acknowledged") - 1
    store = await opened(path)
    events = await store.read(read_events, "r")
    assert len(events) in {max(acknowledged, 0), acknowledged + 1}
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    await store.close()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a tiny file system")
    mount = tmp_path / "disk"
    mount.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mount)], check=False)
    if done.returncode:
        pytest.skip("this machine does not allow mounts")
    yield mount
    subprocess.run(["umount", "--lazy", str(mount)], check=True)


async def test_a_full_disk_refuses_new_work_and_keeps_all_that_was_acknowledged(tiny_disk: Path) -> None:
    # Given a run on a small disk
    store = await opened(tiny_disk / "peer.db")
    states = RunStates(store)
    run, other = await states.running(), await states.running()

    # When it journals until the disk is full
    acknowledged = 0

    async def journal_for_ever() -> None:
        nonlocal acknowledged
        while True:
            event = Event("step.done", "s", {"output": "x" * 4000})
            await store.append(Append(run.id, run.epoch, acknowledged, [event]))
            acknowledged += 1

    with pytest.raises(StoreUnavailable) as caught:
        await journal_for_ever()

    # Then the error is clear, reads go on, whole transactions are refused too, and nothing acknowledged is missing
    assert caught.value.code == "store_unavailable"
    assert acknowledged > 10
    assert len(await store.read(read_events, run.id)) == acknowledged
    refused = await asyncio.gather(
        *(store.append(step_done(other, after_seq=0, count=1000)) for _ in range(2)),
        store.write(insert_run, SPEC, now=NOW),
        return_exceptions=True,
    )
    assert any(isinstance(answer, StoreUnavailable) for answer in refused)
    assert all(isinstance(answer, StoreUnavailable | Fenced | tuple) for answer in refused)
    await store.close()

    # And the file is sound
    with sqlite3.connect(tiny_disk / "peer.db") as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert conn.execute("SELECT count(*) FROM run_events WHERE run_id = ?", (run.id,)).fetchone() == (acknowledged,)
    conn.close()
