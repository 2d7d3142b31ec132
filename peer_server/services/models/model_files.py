"""Uploaded files as models get them: text as text, pictures as pictures, the rest as documents."""

import base64
from collections.abc import Mapping, Sequence
from typing import Final

from flow_runtime.errors import NotFound
from flow_runtime.model import FilePart, ImagePart, Part, TextPart
from peer_server.services.files.files import FileService

_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_TEXTS: Final = ("text/", "application/json", "application/xml", "application/yaml", "application/csv")
LONGEST_TEXT: Final = 200_000
LARGEST_BINARY: Final = 10 << 20


class ModelFiles:
    """Shows files to models. What is gone or too large is named, not shown."""

    def __init__(self, files: FileService) -> None:
        self._files = files

    async def parts(self, workspace_id: str, file_ids: Sequence[str]) -> Mapping[str, Part]:
        """What a model gets for each of the files that can be read."""
        found: dict[str, Part] = {}
        for file_id in file_ids:
            try:
                found[file_id] = await self._part(workspace_id, file_id)
            except NotFound:
                continue
        return found

    async def _part(self, workspace_id: str, file_id: str) -> Part:
        row = await self._files.find(workspace_id, file_id)
        is_text = row.mime.startswith(_TEXTS)
        if not is_text and row.size > LARGEST_BINARY:
            return TextPart(f"[The file {row.name!r} ({row.mime}, {row.size:,} bytes) is too large to be shown.]")
        data = await self._files.read(workspace_id, file_id)
        if is_text:
            return TextPart(f"File {row.name!r}:\n{data.decode(errors='replace')[:LONGEST_TEXT]}")
        url = f"data:{row.mime};base64,{base64.b64encode(data).decode()}"
        return ImagePart(url) if row.mime in _PICTURES else FilePart(row.name, url)
