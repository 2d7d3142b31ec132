"""Uploads: bytes under a random id, a name that is only ever shown. References are server-made ids, never paths."""

import hashlib
import re
from collections.abc import AsyncIterator
from typing import Final

from flow_runtime.clock import Clock
from flow_runtime.ids import new_id
from flow_runtime.store import Store
from peer_server.access import Principal, unknown
from peer_server.blobs import Blobs
from peer_server.errors import TooLarge
from peer_server.stores import files as rows
from peer_server.stores.files import FileRow

_MIME: Final = re.compile(r"^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$")
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_LONGEST_NAME: Final = 200


class FileService:
    """Files of one's workspace."""

    def __init__(self, store: Store, *, blobs: Blobs, clock: Clock, max_bytes: int) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._max_bytes = max_bytes

    async def upload(self, principal: Principal, data: bytes, *, name: str, mime: str) -> FileRow:
        """Keep the bytes and answer their record. Raises `TooLarge`."""
        if len(data) > self._max_bytes:
            raise file_too_large(self._max_bytes)
        row = FileRow(
            id=new_id(),
            workspace_id=principal.workspace_id,
            owner_id=principal.id,
            name=shown_name(name),
            mime=mime.lower() if _MIME.match(mime.lower()) else "application/octet-stream",
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            created_at=self._clock.now(),
        )
        await self._blobs.put(row.id, data)
        return await self._store.write(rows.insert_file, row)

    async def get(self, workspace_id: str, file_id: str) -> FileRow:
        """The record of a file. Raises `NotFound`."""
        return await self._store.read(rows.get_file, file_id, workspace_id=workspace_id)

    async def download(self, workspace_id: str, file_id: str) -> tuple[FileRow, AsyncIterator[bytes]]:
        """The record and the bytes in pieces. Raises `NotFound`."""
        row = await self.get(workspace_id, file_id)
        return row, self._blobs.read(row.id)

    async def read(self, workspace_id: str, file_id: str) -> bytes:
        """All bytes of a file, for steps and models. Raises `NotFound`."""
        row, pieces = await self.download(workspace_id, file_id)
        try:
            return b"".join([piece async for piece in pieces])
        except KeyError as error:
            raise unknown("file", row.id) from error


def shown_name(name: str) -> str:
    """The last part of a file name, without what cannot be seen; never used as a path."""
    last = re.split(r"[/\\]", name)[-1]
    shown = _UNSEEN.sub("", last).strip()[:_LONGEST_NAME]
    return shown if shown.strip(".") else "file"


def file_too_large(limit: int) -> TooLarge:
    """The refusal of a file over the limit."""
    return TooLarge("file_too_large", f"a file may have {limit:,} bytes", details={"limit": limit})
