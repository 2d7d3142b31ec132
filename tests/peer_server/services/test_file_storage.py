"""Files and their sweep over every kind of place that they can be in: a folder, and S3 over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from flow_runtime.ids import new_id
from peer_server.services.retention.report import SweepReport
from peer_server.stores.files import remove_file
from tests.fakes.file_storage import FileStorage, file_storage
from tests.fakes.flows import make_peer
from tests.fakes.timed_server import TimedServer, timed_server

pytestmark = pytest.mark.anyio
LARGE = b"0123456789abcdef" * (400 << 10)
"""More than goes out in one part."""


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FileStorage]:
    with file_storage(request.param, tmp_path / "elsewhere") as place:
        yield place


@pytest.fixture
def server(tmp_path: Path, storage: FileStorage) -> Iterator[TimedServer]:
    with timed_server(tmp_path / "data", **storage.settings) as running:
        running.clock.advance((datetime.now(UTC) - running.clock.now()).total_seconds())
        yield running


async def upload(owner: httpx2.AsyncClient, content: bytes = b"hello", mime: str = "text/plain") -> str:
    made = await owner.post("/v1/file", files={"file": ("report.txt", content, mime)})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def sweep(server: TimedServer) -> dict[str, int]:
    report: SweepReport | None = server.run(server.services.retention.sweeper.sweep_now())
    assert report is not None
    return {kind: n for kind, n in report.counts.items() if kind in {"files", "uploads", "strayBytes", "lostFiles"}}


@pytest.mark.parametrize("content", [b"", b"hello", LARGE], ids=["empty", "small", "large"])
async def test_a_file_is_kept_read_and_deleted(server: TimedServer, storage: FileStorage, content: bytes) -> None:
    async with server.client() as owner, server.anonymous() as stranger:
        # When a file is uploaded, then its bytes are under its id, and come back whole, also by a link
        file_id = await upload(owner, content)
        assert storage.held() == {file_id: content}
        assert (await owner.get(f"/v1/file/{file_id}")).content == content
        assert (await owner.get(f"/v1/file/{file_id}/info")).json()["size"] == len(content)
        link = (await owner.post(f"/v1/file/{file_id}/link", json={})).json()["url"]
        assert (await stranger.get(link[link.index("/v1/") :])).content == content
        # When it is deleted, then they are gone
        assert (await owner.delete(f"/v1/file/{file_id}")).status_code == 204
        assert storage.held() == {}
        assert (await owner.get(f"/v1/file/{file_id}")).status_code == 404


async def test_what_is_refused_leaves_nothing(server: TimedServer, storage: FileStorage) -> None:
    async with server.client() as owner:
        disguised = ("a.txt", b"MZ" + LARGE, "text/plain")
        refused = await owner.post("/v1/file", files={"file": disguised})
        assert (refused.status_code, refused.json()["code"]) == (400, "file_type_mismatch")
        await owner.patch("/v1/workspace/file-quota", json={"personBytes": 10})
        full = await owner.post("/v1/file", files={"file": ("a.txt", LARGE, "text/plain")})
        assert (full.status_code, full.json()["code"]) == (413, "file_quota_exceeded")
    assert storage.held() == {}


async def test_the_sweep_clears_what_nothing_needs(server: TimedServer, storage: FileStorage) -> None:
    async with server.client() as owner:
        # Given three files in a conversation, one of them without its bytes, one that nothing holds, one half removed
        kept, lost, other, unused, half = [await upload(owner, word) for word in (b"k", b"l", LARGE, b"u", b"h")]
        talk = (await owner.post("/v1/conversation", json={"peerId": await make_peer(owner)})).json()["id"]
        parts = [{"type": "file", "fileId": one} for one in (kept, lost, other)]
        assert (await owner.post(f"/v1/conversation/{talk}/message", json={"content": parts})).status_code == 201
        storage.remove(lost)
        server.run(server.services.store.write(remove_file, half))
        # And bytes without a record, and something that is no file of ours
        storage.put(new_id(), b"stray")
        storage.put("README.md", b"foreign")
        # When it is swept within the day, then only what was half removed goes
        assert sweep(server) == {"uploads": 1, "lostFiles": 1}
        assert half not in storage.held()
        # When it is swept two days later
        server.clock.advance(timedelta(days=2).total_seconds())
        assert sweep(server) == {"files": 1, "strayBytes": 1}
        # Then what is needed is there, and what is not ours
        assert storage.held() == {kept: b"k", other: LARGE, "README.md": b"foreign"}
        assert (await owner.get(f"/v1/file/{unused}")).status_code == 404
        answer = await owner.get(f"/v1/file/{lost}")
        assert (answer.status_code, answer.json()["code"]) == (410, "file_lost")
        # When the conversation is deleted for good, then its files go with it
        assert (await owner.delete(f"/v1/conversation/{talk}?permanently=true")).status_code == 204
        assert storage.held() == {"README.md": b"foreign"}
