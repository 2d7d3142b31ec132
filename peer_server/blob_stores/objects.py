"""Blobs through obstore: a folder today; S3, GCS and Azure speak the same interface."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_KEY: Final = re.compile(r"^[a-z0-9]{10,64}$")


class ObjectBlobs:
    """Blobs in an object store. The library is loaded with the first blob, not at start."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store: ObjectStore | None = None

    async def put(self, key: str, data: bytes) -> None:
        """Store the bytes."""
        await self._open().put_async(_checked(key), data)

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

    def _open(self) -> "ObjectStore":
        if self._store is None:
            from obstore.store import LocalStore  # noqa: PLC0415 - start-up budget

            self._store = LocalStore(prefix=self._folder, mkdir=True)
        return self._store


def _checked(key: str) -> str:
    """The key, if it is one of ours: letters and digits only, so it can never be a path."""
    if not _KEY.match(key):
        raise KeyError(key)
    return key
