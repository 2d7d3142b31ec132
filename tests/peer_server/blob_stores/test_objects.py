"""Every place that bytes can be kept behaves alike: memory, a folder, and S3 over HTTP."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flow_runtime.ids import new_id
from peer_server.blob_stores.objects import ObjectBlobs
from tests.fakes.s3_server import S3Server

pytestmark = pytest.mark.anyio
LARGE = 12 << 20


@pytest.fixture(params=["memory", "folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectBlobs]:
    if request.param == "memory":
        yield ObjectBlobs("memory:///")
    elif request.param == "folder":
        yield ObjectBlobs(f"file://{tmp_path / 'files'}")
    else:
        with S3Server() as server:
            yield ObjectBlobs("s3://bucket/prefix", options=server.options)


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def whole(blobs: ObjectBlobs, key: str) -> bytes:
    return b"".join([piece async for piece in blobs.read(key)])


@pytest.mark.parametrize("parts", [(), (b"hello",), (b"a" * 100, b"b"), (b"x" * (1 << 20),) * 12])
async def test_what_was_put_is_read(blobs: ObjectBlobs, parts: tuple[bytes, ...]) -> None:
    key = new_id()
    await blobs.put(key, pieces(*parts))
    assert await whole(blobs, key) == b"".join(parts)


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(blobs: ObjectBlobs) -> None:
    key, other = new_id(), new_id()
    for each in (key, other):
        await blobs.put(each, pieces(b"kept"))
    await blobs.delete(key)
    await blobs.delete(key)
    with pytest.raises(KeyError):
        await whole(blobs, key)
    assert await whole(blobs, other) == b"kept"


@pytest.mark.parametrize("size", [10, LARGE])
async def test_an_upload_that_breaks_off_leaves_nothing(blobs: ObjectBlobs, size: int) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * (size // 10)
        raise ConnectionResetError

    key = new_id()
    with pytest.raises(Exception):  # noqa: B017, PT011 - the library wraps what the pieces raised
        await blobs.put(key, breaking())
    with pytest.raises(KeyError):
        await whole(blobs, key)


@pytest.mark.parametrize("key", ["../peer.db", "a/b/c/d/e/f/g", "short", "x" * 65, "UPPERCASE12", ""])
async def test_a_key_is_never_a_path(blobs: ObjectBlobs, key: str) -> None:
    with pytest.raises(KeyError):
        await blobs.put(key, pieces(b"x"))
    with pytest.raises(KeyError):
        await whole(blobs, key)


async def keys(blobs: ObjectBlobs, *, older_than: datetime) -> list[str]:
    return [key async for page in blobs.keys(older_than=older_than) for key in page]


async def test_what_is_there_is_told(blobs: ObjectBlobs) -> None:
    key = new_id()
    assert not await blobs.exists(key)
    await blobs.put(key, pieces(b"kept"))
    assert await blobs.exists(key)
    await blobs.delete(key)
    assert not await blobs.exists(key)


@pytest.mark.parametrize("count", [0, 1, 600])
async def test_every_key_of_before_then_is_listed_once(blobs: ObjectBlobs, count: int) -> None:
    # Given files, a few more than are listed at once, and something that is no file of ours
    stored = [new_id() for _ in range(count)]
    for key in stored:
        await blobs.put(key, pieces(b"x"))
    await blobs.put("notanidofours", pieces(b"x"))
    # Then those that are old enough are told, and nothing else
    now = datetime.now(UTC)
    assert sorted(await keys(blobs, older_than=now + timedelta(minutes=1))) == sorted(stored)
    assert await keys(blobs, older_than=now - timedelta(minutes=10)) == []


async def test_a_file_may_go_while_the_keys_are_listed(blobs: ObjectBlobs) -> None:
    stored = [new_id() for _ in range(10)]
    for key in stored:
        await blobs.put(key, pieces(b"x"))
    async for page in blobs.keys(older_than=datetime.now(UTC) + timedelta(minutes=1)):
        for key in page:
            await blobs.delete(key)
    assert await keys(blobs, older_than=datetime.now(UTC) + timedelta(minutes=1)) == []
