"""Work in the background, killed in between: documents are indexed whole, and what is to go for good is gone whole."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Connection, func, insert, inspect, select, text, update

from flow_runtime.clock import SystemClock
from flow_runtime.errors import Json
from flow_runtime.store import Transaction
from peer_server.stores.conversation_tables import conversation_events, conversations
from peer_server.stores.definition_tables import files
from peer_server.stores.knowledge_tables import documents, passages
from peer_server.stores.passages import by_words
from peer_server.stores.retention_tables import sweeps
from tests.faults.journal import opened
from tests.faults.seeding import make_source, seed_peer, upload
from tests.faults.server_process import ServerProcess

pytestmark = pytest.mark.anyio

SECTIONS: Final = 100
"""More passages than are stored at once."""
CANARY: Final = "canary-4c1d"
OLD: Final = timedelta(days=60)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
def database_url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


async def die(server: ServerProcess, failpoint: str, cause: Callable[[], object] | None = None) -> None:
    """Start it so that it is killed there, by what it takes up by itself or by what is asked of it."""
    is_up = await server.start_soon(failpoint=failpoint)
    if cause is not None:
        assert is_up
        with pytest.raises(Exception, match=r"disconnected|reset|refused|closed|EOF"):
            cause()
    server.await_death()
    assert server.was_killed
    await forget_leases(server)


async def forget_leases(server: ServerProcess) -> None:
    """Some minutes pass: nobody waits any longer for whoever was at it."""

    def pass_(tx: Transaction) -> None:
        now = SystemClock().now()
        tx.conn.execute(update(documents).where(documents.c.claim.is_not(None)).values(due_at=now))
        tx.conn.execute(update(sweeps).values(due_at=now))

    async with opened(server) as store:
        await store.write(pass_)


def passages_of(conn: Connection) -> tuple[int, list[tuple[int, int]]]:
    """How many passages can be found, and the indexing and the number of each that is stored."""
    source_id = conn.scalar(select(documents.c.source_id))
    found = by_words(conn, [str(source_id)], {"leav": 1.0}, limit=1000)
    stored = conn.execute(select(passages.c.rev, passages.c.number).order_by(passages.c.rev, passages.c.number))
    return len(found), [(row.rev, row.number) for row in stored]


@pytest.mark.timeout(180)
async def test_a_document_is_indexed_whole_however_often_the_process_is_killed(
    tmp_path: Path, database_url: str
) -> None:
    with ServerProcess(tmp_path / "server", database_url=database_url) as server:
        # Given a document that is indexed by a process that dies in the middle of it
        content = "\n\n".join(f"# Rule {n}\n\nEverybody leaves at {n} o'clock." for n in range(SECTIONS))
        paths: list[str] = []
        await die(server, "document.added:1", lambda: add_document(server, content, paths))
        async with opened(server) as store:
            found, stored = await store.read(passages_of)
        assert (found, len(stored)) == (0, 64)
        # When the next one goes on by itself, and dies before it can say that all of it is there
        await die(server, "document.added:2")
        # Then the one after it finishes
        server.start()
        await_ready(server, paths[0])
        assert server.stop() == 0
        # When it is indexed anew, and the process dies in between
        await die(server, "document.added:1", lambda: change_passages(server, paths[0]))
        # Then all that was found before is still to be found, and nothing else
        async with opened(server) as store:
            found, stored = await store.read(passages_of)
        assert (found, len(stored)) == (SECTIONS, SECTIONS + 64)
        # And the next one puts the new passages in the place of the old ones, each once
        await die(server, "document.finished:1")
        async with opened(server) as store:
            found, stored = await store.read(passages_of)
        assert found == SECTIONS
        assert stored == [(2, n) for n in range(1, SECTIONS + 1)]


@pytest.mark.soak
@pytest.mark.timeout(180)
async def test_a_document_that_ends_the_process_each_time_fails(tmp_path: Path, database_url: str) -> None:
    with ServerProcess(tmp_path / "server", database_url=database_url) as server:
        # Given a document at which five processes have died in turn
        paths: list[str] = []
        await die(server, "document.claimed:1", lambda: add_document(server, "Everybody leaves.", paths))
        for _ in range(4):
            await die(server, "document.begun:1")
        # Then the next one lets it be, says so, and tries again only when it is told to
        server.start()
        server.wait_until(lambda: only_document(server, paths[0])["status"] == "failed")
        failed = only_document(server, paths[0])
        assert failed["error"]["code"] == "document_interrupted"
        server.request("POST", f"{paths[0]}/{failed['id']}/reindex")
        await_ready(server, paths[0])


def add_document(server: ServerProcess, content: str, paths: list[str]) -> None:
    """Put it into a new data source, and wait for it; `paths` gets the path of the documents."""
    paths.append(f"/v1/data-source/{make_source(server, 'Handbook', passageSize=400)}/document")
    server.request("POST", paths[0], {"fileId": upload(server, "handbook.md", content.encode())})
    await_ready(server, paths[0])


def change_passages(server: ServerProcess, path: str) -> None:
    server.request("PATCH", path.removesuffix("/document"), {"passageSize": 350})
    await_ready(server, path)


def only_document(server: ServerProcess, path: str) -> dict[str, Json]:
    (found,) = server.request("GET", path)["items"]
    return dict(found)


def await_ready(server: ServerProcess, path: str) -> None:
    """Wait until the only document is ready."""
    server.wait_until(lambda: only_document(server, path)["status"] == "ready")


FEW: Final = ("erasure.piece:1", "file.emptied:1")
EVERY: Final = (
    "sweep.claimed:1",
    "sweep.marked:1",
    "erasure.piece:1",
    "erasure.piece:2",
    "file.removed:1",
    "file.emptied:1",
)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("places", [FEW, pytest.param(EVERY, marks=pytest.mark.soak)])
async def test_what_goes_for_good_is_gone_whole_however_often_the_process_is_killed(
    tmp_path: Path, database_url: str, places: tuple[str, ...]
) -> None:
    with ServerProcess(tmp_path / "server", database_url=database_url) as server:
        # Given conversations with files: one that is deleted for good now, one long ago, one that stays
        server.start()
        peer_id = seed_peer(server, {})
        now, before, kept = [talk(server, peer_id, word) for word in (f"{CANARY}-now", f"{CANARY}-old", "stays")]
        upload(server, "orphan.md", f"{CANARY}-orphan".encode())
        server.request("DELETE", f"/v1/conversation/{before}")
        server.stop()
        async with opened(server) as store:
            await store.write(age, deleted=before, long=[now, before])
        # When the process dies between the pieces of a deletion that somebody asked for
        await die(server, "erasure.piece:1", lambda: delete_for_good(server, now))
        # And then in the sweep that goes on with it
        for failpoint in places:
            await die(server, failpoint)
        # Then the next sweep comes to its end
        server.start()
        await_swept(server)
        # And nothing is left of what had to go, and everything of what stays
        view = server.request("GET", f"/v1/conversation/{kept}")
        assert "stays" in str(view["messages"])
        assert server.request("GET", "/v1/workspace/audit/verify")["ok"] is True
        records = server.request("GET", "/v1/workspace/audit?filter=event:is:conversation.deleted&limit=50")["items"]
        swept = server.request("GET", "/v1/workspace/audit?filter=event:is:workspace.swept&limit=50")["items"]
        counted = Counter[str]()
        for record in swept:
            counted.update({kind: record["details"][kind] for kind in ("conversations", "files")})
        assert counted == {"conversations": 1, "files": 2}
        forever = [one["objectId"] for one in records if "for good" in one["description"]]
        assert sorted(forever) == sorted([now, before])
        server.stop()
        async with opened(server) as store:
            left = await store.read(everything)
        assert CANARY not in left
        assert left.count("stays") > 1
        kept_bytes = [path.read_bytes() for path in (server.folder / "data/files").rglob("*") if path.is_file()]
        assert kept_bytes == [b"bytes of stays"]


def talk(server: ServerProcess, peer_id: str, word: str) -> str:
    """A conversation with an answered message and a file. Its id."""
    file_id = upload(server, f"{word}.md", f"bytes of {word}".encode())
    talk_id = str(server.request("POST", "/v1/conversation", {"peerId": peer_id})["id"])
    parts = [{"type": "text", "text": f"See {word}"}, {"type": "file", "fileId": file_id}]
    server.request("POST", f"/v1/conversation/{talk_id}/message", {"content": parts, "clientMessageId": "1"})
    server.wait_until(lambda: server.request("GET", f"/v1/conversation/{talk_id}")["activeTurnId"] is None)
    return talk_id


def age(tx: Transaction, *, deleted: str, long: list[str]) -> None:
    """Two months pass; and some conversations have become long."""
    now = SystemClock().now()
    tx.conn.execute(update(conversations).where(conversations.c.id == deleted).values(deleted_at=now - OLD))
    tx.conn.execute(update(files).where(files.c.name == "orphan.md").values(created_at=now - OLD))
    for conversation_id in long:
        mine = conversation_events.c.conversation_id == conversation_id
        last = tx.conn.scalar(select(func.max(conversation_events.c.seq)).where(mine)) or 0
        event = tx.conn.execute(select(conversation_events).where(mine).limit(1)).one()._mapping
        tx.conn.execute(insert(conversation_events), [{**event, "seq": last + n} for n in range(1, 1001)])


def delete_for_good(server: ServerProcess, conversation_id: str) -> None:
    server.request("DELETE", f"/v1/conversation/{conversation_id}?permanently=true")


def await_swept(server: ServerProcess) -> None:
    """Wait for the end of a sweep that began after this start."""
    server.wait_until(lambda: "swept: " in server.log)


def everything(conn: Connection) -> str:
    """Every row of every table."""
    names = inspect(conn).get_table_names()
    return "\n".join(f"{name}: {row}" for name in names for row in conn.execute(text(f'SELECT * FROM "{name}"')))
