"""`peer-server audit verify`, beside a running server and after it."""

import json
from pathlib import Path

import anyio
import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner, Result

from peer_server.cli import cli
from tests.fakes.flows import GREETING, make_flow
from tests.fakes.live_server import LiveServer


def verify(data_dir: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["audit", "verify", "--data-dir", str(data_dir), *options])


def change(data_dir: Path, statement: str) -> None:
    engine = create_engine(f"sqlite:///{data_dir / 'peer.db'}")
    with engine.begin() as conn:
        conn.execute(text(statement))
    engine.dispose()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """What a server left behind that recorded six things; it is in order while the server runs."""

    async def make() -> None:
        async with server.client() as owner:
            for _ in range(2):
                await make_flow(owner, GREETING, deploy=True)

    with LiveServer(tmp_path) as server:
        anyio.run(make)
        assert verify(tmp_path).exit_code == 0
    return tmp_path


def test_it_names_the_first_bad_record(data_dir: Path) -> None:
    # Given a log that is in order
    told = verify(data_dir)
    assert (told.exit_code, "6 records, all as they were written" in told.output) == (0, True)
    # When a record is changed in the database
    change(data_dir, "UPDATE audit_records SET actor_name = 'Somebody else' WHERE seq = 4")
    # Then the exit code and the sentence say so
    told = verify(data_dir)
    assert told.exit_code == 1
    assert "record 4 was changed, moved or slipped in (after 3 good records)" in told.output
    # And a program can read it
    (line,) = verify(data_dir, "--json").stdout.splitlines()
    flaw = json.loads(line)["flaw"]
    assert (flaw["seq"], flaw["code"]) == (4, "broken")


def test_anchors_show_that_the_end_was_cut_off(data_dir: Path, tmp_path: Path) -> None:
    # Given a copy of the anchors that is kept elsewhere
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes((data_dir / "audit-anchors.jsonl").read_bytes())
    # When somebody takes the newest record, the memory of it and the anchors away
    change(data_dir, "UPDATE audit_heads SET (seq, mac) = (SELECT seq, mac FROM audit_records WHERE seq = 5)")
    change(data_dir, "DELETE FROM audit_records WHERE seq = 6")
    (data_dir / "audit-anchors.jsonl").unlink()
    # Then only the copy knows
    assert verify(data_dir).exit_code == 0
    told = verify(data_dir, "--anchors", str(copy))
    assert (told.exit_code, "the records from 6 to 6 were cut off" in told.output) == (1, True)


def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    told = verify(tmp_path)
    assert told.exit_code == 1
    assert "there is no database" in told.output
