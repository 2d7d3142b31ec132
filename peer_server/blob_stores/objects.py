"""Blobs through obstore: a folder, S3, Google Cloud Storage, Azure, or memory, by one URL."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flow_runtime.ids import ID_LENGTH

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_KEY: Final = re.compile(r"^[a-z0-9]{10,64}$")
_ID: Final = re.compile(rf"^[0-9a-z]{{{ID_LENGTH}}}$")
"""What files are stored under; anything else in the same place is not ours to remove."""
_LISTED_AT_ONCE: Final = 500
_PIECE_BYTES: Final = 5 << 20
"""What is held of a file on its way; also the smallest part that S3 takes."""
_AT_ONCE: Final = 2


class ObjectBlobs:
    """Blobs in an object store. The library is loaded with the first blob, not at start.

    `url` names the store; `options` are the store's own (endpoint, region, access keys), which it also takes from its
    usual environment variables.
    """

    def __init__(self, url: str, *, options: Mapping[str, str] | None = None) -> None:
        self._url = url
        self._options = dict(options or {})
        self._store: ObjectStore | None = None

    async def put(self, key: str, pieces: AsyncIterator[bytes]) -> None:
        """Store what the pieces come to."""
        await self._open().put_async(_checked(key), pieces, chunk_size=_PIECE_BYTES, max_concurrency=_AT_ONCE)

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """The bytes in pieces. Raises `KeyError` if there are none."""
        try:
            found = await self._open().get_async(_checked(key))
        except FileNotFoundError as error:
            raise KeyError(key) from error
        async for piece in found.stream():
            yield bytes(piece)

    async def delete(self, key: str) -> None:
        """Forget the bytes. Idempotent."""
        try:
            await self._open().delete_async(_checked(key))
        except FileNotFoundError:
            return

    async def exists(self, key: str) -> bool:
        """Whether there are bytes under the key."""
        try:
            await self._open().head_async(_checked(key))
        except FileNotFoundError:
            return False
        return True

    async def keys(self, *, older_than: datetime) -> AsyncIterator[Sequence[str]]:
        """The keys under which something was stored before then."""
        async for found in self._open().list(chunk_size=_LISTED_AT_ONCE):
            keys = [one["path"] for one in found if one["last_modified"] <= older_than]
            yield [key for key in keys if _ID.match(key)]

    def _open(self) -> "ObjectStore":
        if self._store is None:
            from obstore.store import LocalStore, from_url  # noqa: PLC0415 - start-up budget

            if self._url.startswith("file:"):
                self._store = LocalStore(prefix=Path(self._url.removeprefix("file://")), mkdir=True)
            else:
                # Which options there are depends on the URL; the library itself names the ones that it does not know.
                connect: Any = from_url
                is_plain = self._options.get("endpoint", "").startswith("http://")
                client = {"client_options": {"allow_http": True}} if is_plain else {}
                self._store = connect(self._url, **self._options, **client)
        return self._store


def _checked(key: str) -> str:
    """The key, if it is one of ours: letters and digits only, so it can never be a path."""
    if not _KEY.match(key):
        raise KeyError(key)
    return key
