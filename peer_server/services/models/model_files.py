"""Uploaded files as models get them: text as text, pictures as pictures, the rest as documents."""

import base64
from collections.abc import Mapping, Sequence
from typing import Final

from flow_runtime.errors import NotFound
from flow_runtime.model import FilePart, ImagePart, Part, TextPart
from peer_server.services.files.files import FileService
from peer_server.stores.files import FileRow

_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_TEXTS: Final = ("text/", "application/json", "application/xml", "application/yaml", "application/csv")
LONGEST_TEXT: Final = 200_000
LARGEST_BINARY: Final = 10 << 20
MOST_BINARY: Final = 24 << 20
"""Bytes of pictures and documents in one model call: what providers take, and what a server can hold for each turn."""


class ModelFiles:
    """Shows files to models. What is gone, too large or crowded out by newer ones is named, not shown."""

    def __init__(self, files: FileService) -> None:
        self._files = files

    async def parts(self, workspace_id: str, file_ids: Sequence[str]) -> Mapping[str, Part]:
        """What a model gets for each of the files that can be read; where they do not all fit, the last ones."""
        found: dict[str, Part] = {}
        room = MOST_BINARY
        for file_id in dict.fromkeys(reversed(file_ids)):
            try:
                row = await self._files.find(workspace_id, file_id)
                takes = 0 if row.mime.startswith(_TEXTS) else row.size
                if takes > min(room, LARGEST_BINARY):
                    found[file_id] = _named(row)
                    continue
                found[file_id] = _part(row, await self._files.read(workspace_id, file_id))
                room -= takes
            except NotFound:
                continue
        return found


def _part(row: FileRow, data: bytes) -> Part:
    if row.mime.startswith(_TEXTS):
        return TextPart(f"File {row.name!r}:\n{data.decode(errors='replace')[:LONGEST_TEXT]}")
    url = f"data:{row.mime};base64,{base64.b64encode(data).decode()}"
    return ImagePart(url) if row.mime in _PICTURES else FilePart(row.name, url)


def _named(row: FileRow) -> Part:
    reason = "is too large to be shown" if row.size > LARGEST_BINARY else "is not shown again, for newer files"
    return TextPart(f"[The file {row.name!r} ({row.mime}, {row.size:,} bytes) {reason}.]")
