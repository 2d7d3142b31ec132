"""What models get of the files of a conversation: the newest, as far as they fit."""

from dataclasses import dataclass
from typing import cast

import pytest

from flow_runtime.errors import NotFound
from flow_runtime.model import FilePart, ImagePart, TextPart
from peer_server.services.files.files import FileService
from peer_server.services.models.model_files import LARGEST_BINARY, MOST_BINARY, ModelFiles


@dataclass
class Row:
    """What is known of a file."""

    name: str
    mime: str
    size: int


class Shelf:
    """Files by id; notes which ones are read."""

    def __init__(self, **files: Row) -> None:
        self.files = files
        self.read_ids: list[str] = []

    async def find(self, _workspace_id: str, file_id: str) -> Row:
        if file_id not in self.files:
            raise NotFound("not_found", "it is gone")
        return self.files[file_id]

    async def read(self, _workspace_id: str, file_id: str) -> bytes:
        self.read_ids.append(file_id)
        return b"bytes"


@pytest.mark.anyio
async def test_the_newest_files_are_shown_and_the_ones_that_no_longer_fit_are_named() -> None:
    # Given pictures of which not all fit into one call, a text, a document that never fits, and one that is gone
    picture = Row("photo.png", "image/png", LARGEST_BINARY)
    pictures = {f"p{n}": picture for n in range(4)}
    huge = Row("all.pdf", "application/pdf", LARGEST_BINARY + 1)
    paper = Row("page.pdf", "application/pdf", 10)
    shelf = Shelf(**pictures, note=Row("note.txt", "text/plain", MOST_BINARY), huge=huge, paper=paper)
    # When they are shown, one of them twice
    ids = ["note", "p0", "p1", "huge", "gone", "p2", "p3", "p3", "paper"]
    parts = await ModelFiles(cast(FileService, shelf)).parts("w", ids)
    # Then the last ones are, and whatever is not is named and was never read
    kinds = {file_id: type(part) for file_id, part in parts.items()}
    assert kinds == {
        "paper": FilePart,
        "p3": ImagePart,
        "p2": ImagePart,
        "huge": TextPart,
        "p1": TextPart,
        "p0": TextPart,
        "note": TextPart,
    }
    assert shelf.read_ids == ["paper", "p3", "p2", "note"]
    assert parts["p0"] == TextPart(
        "[The file 'photo.png' (image/png, 10,485,760 bytes) is not shown again, for newer files.]"
    )
    assert "too large to be shown" in cast(TextPart, parts["huge"]).text
