"""The parts of a message that a person wrote: checked, and its files given to the conversation."""

from collections.abc import Sequence
from typing import Final

from flow_runtime.errors import InvalidDefinition
from flow_runtime.store import Transaction
from peer_server.access import Principal
from peer_server.services.files.file_access import reach_file
from peer_server.stores.files import add_uses
from peer_server.wire import FilePart, Part, TextPart

LONGEST_MESSAGE: Final = 200_000
MOST_PARTS: Final = 20

Content = str | Sequence[Part]
"""What a person wrote: text, or parts."""


def parts_of(tx: Transaction, content: Content, *, principal: Principal, conversation_id: str) -> list[Part]:
    """The parts of a message, files with what the server knows of them. Raises `InvalidDefinition`, `NotFound`."""
    given: Sequence[Part] = [TextPart(type="text", text=content)] if isinstance(content, str) else content
    if len(given) > MOST_PARTS or len(text_of(given)) > LONGEST_MESSAGE:
        raise InvalidDefinition(
            "message_too_long",
            f"a message has at most {MOST_PARTS} parts and {LONGEST_MESSAGE:,} characters",
            path="/content",
        )
    parts = [part if isinstance(part, TextPart) else _described(tx, part, principal) for part in given]
    if not any(isinstance(part, FilePart) or part.text.strip() for part in parts):
        raise InvalidDefinition("empty_message", "a message needs text or a file", path="/content")
    held = [part.file_id for part in parts if isinstance(part, FilePart)]
    add_uses(tx, held, kind="conversation", object_id=conversation_id)
    return parts


def text_of(parts: Sequence[Part]) -> str:
    """What a message says, without its files."""
    return "\n".join(part.text for part in parts if isinstance(part, TextPart))


def _described(tx: Transaction, part: FilePart, principal: Principal) -> FilePart:
    file = reach_file(tx.conn, principal, part.file_id)
    return FilePart(type="file", file_id=file.id, name=file.name, mime=file.mime, size=file.size)
